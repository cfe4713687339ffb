"""The critical path: which stretches, one after the other, made the end come when it came.

It is found from the end backward, as in Trace Compass (F. Giraldeau and M. Dagenais, "Wait analysis
of distributed systems using kernel tracing", 2016).

- While somebody runs, the path stays with it, to where it was woken.
- Where it was blocked and somebody woke it, the path jumps to that one: what it did until then is
  what kept the other waiting.  The path does not come back (their *unbounded* form).
- Where nobody woke it (a timer, a device, a call that returned), the wait itself is on the path.
- Where it could have run but waited for a core, a GIL or its turn in a loop, that wait is on the
  path too, with those who had it meanwhile.  One could jump to them as well; but they did nothing
  that it needed, and with another policy they would have been later.
- It ends with an arrival, or at the beginning.

The stretches touch each other, so their lengths add up to the whole.  A worker of a pool tells the
loop that a job is done when it is, but the task learns of it only when the loop comes round to it:
what is between counts as waiting for a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from schedsim.causes.lives import Doing, Lives
from schedsim.causes.walk import Deed, Stretch, Walk
from schedsim.durations import Time
from schedsim.history import History
from schedsim.trace import Role


@dataclass(frozen=True, slots=True)
class Path:
    """All of it, in order of time."""

    stretches: tuple[Stretch, ...] = ()

    @property
    def length(self) -> Time:
        """From its beginning to its end."""
        return self.stretches[-1].end - self.stretches[0].start if self.stretches else 0

    def totals(self) -> Mapping[Deed, Time]:
        """How long in all for each kind, the longest first."""
        found: dict[Deed, Time] = {}
        for each in self.stretches:
            found[each.doing] = found.get(each.doing, 0) + each.end - each.start
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def critical_path(history: History, entity: int = 0) -> Path:
    """What determined when the run ended, or when ``entity`` did, if one is given."""
    start = _end_of(Lives.of(history), entity) if entity else _last_of_all(Lives.of(history))
    if start is None:
        return Path()
    walk = Walk(history, *start)
    while walk.back():
        pass
    return Path(tuple(_joined_up(reversed(walk.found))))


def _end_of(lives: Lives, entity: int) -> tuple[int, int, Time] | None:
    """Where the path of ``entity`` begins: its end, or that of the trace."""
    life, trace = lives[entity], lives.trace
    if not len(life):
        return None
    if life.last.doing is Doing.GONE:
        return entity, life.rows[-1], trace.times[life.rows[-1]]
    return entity, len(trace), trace.end


def _last_of_all(lives: Lives) -> tuple[int, int, Time] | None:
    """Who was the last to end; in a run that goes on, who runs, or was the last to do anything."""
    trace = lives.trace
    known = [e.id for e in trace.entities[1:] if len(lives[e.id])]
    if trace.complete:
        known = [who for who in known if lives[who].last.doing is Doing.GONE] or known
    else:
        known = [who for who in known if lives[who].last.doing is Doing.RUNS] or known

    def late(who: int) -> tuple[Time, bool, int]:
        # A loop ends right after its last task: that is who was at work.
        row = lives[who].rows[-1]
        return trace.times[row], trace.entities[who].role is Role.TASK, row

    return _end_of(lives, max(known, key=late)) if known else None


def _joined_up(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours that are alike as one."""
    held: Stretch | None = None
    for each in stretches:
        if held is not None and not held.wakes and _alike(held, each):
            held = replace(held, end=each.end, wakes=each.wakes)
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _alike(one: Stretch, other: Stretch) -> bool:
    return (one.who, one.doing, one.rivals, one.resource) == (
        *(other.who, other.doing, other.rivals, other.resource),
    )
