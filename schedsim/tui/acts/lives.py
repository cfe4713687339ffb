"""Acting on whoever is selected, from the playhead on: kill it, or let it be nicer or less nice.

A lane of a core or of a GIL means whoever has that.  Each act is a command
(:mod:`schedsim.commands`), so it is recorded, and undone like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.commands import NICE, REAL_TIME, Kill, SetNice, SetPriority, SetTickets
from schedsim.state import Status
from schedsim.timeline import LaneId
from schedsim.trace import Role
from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.why import explain

if TYPE_CHECKING:
    from schedsim.tui.moment import Moment
    from schedsim.tui.screens.player import PlayerScreen

_STEP = 5
"""Of nice values: a third of the share of who stays as it is (335 of 1024)."""
_FAIR = ("cfs", "eevdf", "linux")
_SHARES = ("lottery", "stride")


def whoever(moment: Moment, lane: LaneId | None) -> int:
    """The thread or task that a lane means at a moment; 0 if that is nobody."""
    if lane is None:
        return 0
    state = moment.state
    if lane.kind == "core":
        return state.running[lane.number] if lane.number < len(state.running) else 0
    if lane.kind == "gil":
        gil = state.gils.get(lane.number)
        return gil.holder if gil else 0
    return lane.number


def kill(player: PlayerScreen) -> None:
    """Kill whoever is selected."""
    session = player.session
    moment = session.moment
    number = whoever(moment, session.selected)
    if not _is_there(player, moment, number, "killed"):
        return
    entity = moment.entity(number)
    loop = moment.entity(entity.thread).name if entity.role is Role.TASK else ""
    command = Kill(entity.name, _process(moment, number), loop)

    def says() -> str:
        placed = session.run.commands[-1]
        return explain(session.run.history, placed.step + 1).headline

    before = len(session.branches)
    try:
        session.act(command)
    except ValueError as error:
        player.refuse(error)
        return
    player.acted(lambda: f"{says()} {key_of(player, 'undo')} undoes it.", before)


def renice(player: PlayerScreen, *, nicer: bool) -> None:
    """Let the selected thread have less of the CPU, or more, in the words of the policy."""
    session = player.session
    moment = session.moment
    number = whoever(moment, session.selected)
    if not _is_there(player, moment, number, "reniced"):
        return
    thread = moment.entity(number).thread
    command = _command(moment, thread, nicer=nicer)
    if command is None:
        policy = moment.state.policy.name
        player.say(
            f"The policy {policy} looks at nobody's nice value, priority or tickets.", "warning"
        )
        return
    name = moment.face(thread).name
    if _as_it_is(moment, thread, command):
        player.say(f"{name} has {_value(command)} already.", "warning")
        return
    player.act(lambda: session.act(command), lambda: f"{name} has {_value(command)}")


def _is_there(player: PlayerScreen, moment: Moment, number: int, done: str) -> bool:
    """Whether somebody is selected who lives; else it is said why nobody can be ``done`` so."""
    if not number:
        above, below = key_of(player, "up"), key_of(player, "down")
        player.say(
            f"Nobody is there who could be {done}: {above} and {below} select a thread or a task.",
            "warning",
        )
        return False
    if number >= len(moment.state.status):
        player.say(f"{moment.face(number).name} is not there yet.", "warning")
        return False
    if moment.state.status[number] in (Status.EXITED, Status.DONE):
        player.say(f"{moment.face(number).name} has ended already.", "warning")
        return False
    return True


def _process(moment: Moment, number: int) -> str:
    process = moment.entity(moment.entity(number).process)
    return (moment.entity(process.process) if process.process else process).name


def _command(
    moment: Moment, thread: int, *, nicer: bool
) -> SetNice | SetPriority | SetTickets | None:
    """One sensible step, as far as it goes; None where the policy has no such thing."""
    said, in_force = moment.state.attributes(thread), moment.state.policy
    name, process, policy = moment.entity(thread).name, _process(moment, thread), in_force.name
    real_time = policy == "linux" and said.scheduling_class in ("fifo", "rr")
    if policy in _SHARES:
        tickets = said.tickets // 2 if nicer else said.tickets * 2
        return SetTickets(name, max(1, tickets), process)
    if policy == "priority" or real_time:
        larger = real_time or in_force.parameters.get("larger_is_higher", False)
        priority = (said.priority or 0) + (1 if nicer != larger else -1)
        if real_time:
            priority = max(REAL_TIME[0], min(priority, REAL_TIME[1]))
        return SetPriority(name, priority, process)
    if policy in _FAIR:
        nice = said.nice + (_STEP if nicer else -_STEP)
        return SetNice(name, max(NICE[0], min(nice, NICE[1])), process)
    return None


def _as_it_is(moment: Moment, thread: int, command: SetNice | SetPriority | SetTickets) -> bool:
    """Whether the command would change nothing: there is no further to go."""
    said = moment.state.attributes(thread)
    if isinstance(command, SetNice):
        return command.nice == said.nice
    if isinstance(command, SetPriority):
        return command.priority == said.priority
    return command.tickets == said.tickets


def _value(command: SetNice | SetPriority | SetTickets) -> str:
    if isinstance(command, SetNice):
        return f"nice value {command.nice}"
    if isinstance(command, SetPriority):
        return f"priority {command.priority}"
    return f"{command.tickets} ticket{'' if command.tickets == 1 else 's'}"


ACTS = (
    Act("kill", "K", "Kill the selected task, or the process of the selected thread", kill),
    Act(
        "nicer",
        "d",
        "Let the selected thread be nicer: less of the CPU, from here on",
        lambda p: renice(p, nicer=True),
    ),
    Act(
        "less-nice",
        "D",
        "Let the selected thread be less nice: more of the CPU, from here on",
        lambda p: renice(p, nicer=False),
    ),
)
