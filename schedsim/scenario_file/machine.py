"""The tables ``[machine]`` and ``[python]``: cores, caches, the GIL."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.engine.pace import CacheSpec
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.policies import POLICIES
from schedsim.policies.defaults import parameters_of
from schedsim.scenario import MachineSpec, PythonSpec
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.policy import read_policy
from schedsim.scenario_file.problems import Key, shown
from schedsim.scenario_file.shapes import MachineTable, ProcessTable, PythonTable

BALANCE: Time = 4_000_000
"""How often cores with queues of their own even them out: a tick of Linux at 250 Hz."""

PRESET = "preset"
"""In place of a cost: as it was measured (:mod:`schedsim.presets`)."""

SWITCH_INTERVAL_IN_TICKS: Time = 5
"""The default of a file that counts ticks: CPython's 5 ms, with a millisecond for a tick."""


def read_machine(table: dict[str, object], reading: Reading) -> MachineSpec:
    """``[machine]``: one core and round robin by default."""
    table = _without_parameters(table, reading)
    machine = reading.table(MachineTable, table, ("machine",))
    policy, parameters = read_policy(machine, reading)
    own_queues = POLICIES[policy].queue_per_core or machine.placement != "least_loaded"
    per_core = own_queues if machine.queues is None else machine.queues == "per_core"
    _check_cores(machine, reading)
    return MachineSpec(
        machine.cores,
        policy,
        parameters,
        int(machine.switch_cost),
        int(machine.migration_cost),
        int(machine.wake_latency),
        queue_per_core=per_core,
        idle_pull=_pulls(machine, parameters),
        balance=_balance(machine, reading) if per_core else 0,
        peek_interval=int(machine.peek_interval or 0),
        peek_choices=tuple(machine.peek_choices),
        core_orders=tuple(map(tuple, machine.core_orders)),
        placement=machine.placement,
        speeds=tuple(Fraction(str(speed)) for speed in machine.speeds or ()),
        cache=_read_cache(machine, table, reading),
    )


def _without_parameters(table: dict[str, object], reading: Reading) -> dict[str, object]:
    """``table`` without what belongs into the table of its policy, which is told."""
    policy = table.get("policy")
    name = policy.get("name") if isinstance(policy, dict) else policy
    if not isinstance(name, str) or name not in POLICIES:
        return table
    keys = {field.encode_name for field in msgspec.structs.fields(MachineTable)}
    astray = parameters_of(name).keys() & table.keys() - keys
    for word in sorted(astray):
        says = f'it is a parameter of the policy: policy = {{ name = "{name}", {word} = ... }}'
        reading.problems.add(("machine", word), says)
    return {word: value for word, value in table.items() if word not in astray}


def _pulls(machine: MachineTable, parameters: dict[str, Any]) -> bool:
    """Idle cores help themselves, but not by default where OSTEP's multi.py is followed."""
    if machine.idle_pull is not None:
        return machine.idle_pull
    return machine.peek_interval is None and not parameters.get("aligned")


def _balance(machine: MachineTable, reading: Reading) -> Time:
    if machine.balance is not None:
        return int(machine.balance)
    return 0 if reading.unit == "tick" else BALANCE


def _read_cache(
    machine: MachineTable, table: dict[str, object], reading: Reading
) -> CacheSpec | None:
    if machine.cache_size is None:
        for word in ("warmup", "rate_cold", "rate_warm"):
            if word in table:
                reading.problems.add(("machine", word), "it goes with cache_size")
        return None
    return CacheSpec(machine.cache_size, int(machine.warmup), machine.rate_cold, machine.rate_warm)


def _check_cores(machine: MachineTable, reading: Reading) -> None:
    """What names cores names cores that there are."""
    named = {
        "speeds": range(len(machine.speeds or ())),
        "peek_choices": machine.peek_choices,
        "core_orders": [core for order in machine.core_orders for core in order],
    }
    for word, cores in named.items():
        if max(cores, default=0) >= machine.cores:
            says = f"there is no core {max(cores)}: the machine has {machine.cores}"
            reading.problems.add(("machine", word), f"{says}, the first is 0")
    if any(sorted(order) != list(range(machine.cores)) for order in machine.core_orders):
        says = f"each order names each of the {machine.cores} cores once"
        reading.problems.add(("machine", "core_orders"), says)


def read_python(table: dict[str, object], reading: Reading) -> PythonSpec:
    """``[python]``: with a GIL by default, but without in ticks, as exercises know no GIL."""
    version = table.get("version")
    if isinstance(version, float):  # as the command line has it: --set python.version=3.14
        table = {**table, "version": str(version)}
    python = reading.table(PythonTable, table, ("python",))
    in_ticks = reading.unit == "tick"
    default = SWITCH_INTERVAL_IN_TICKS if in_ticks else PythonSpec().switch_interval
    gil = not in_ticks if python.gil is None else python.gil != "off"
    kind = python.gil if python.gil in ("per_interpreter", "old") else "shared"
    interval = positive(python.switch_interval, ("python", "switch_interval"), reading)
    tick = positive(python.tick, ("python", "tick"), reading)
    _check_kind(table, python, reading)
    speed = python.free_threaded_speed
    if speed is None and in_ticks and python.gil is None:
        speed = 1.0  # a file in ticks does not ask for a free-threaded Python: it knows no GIL
    usual = PythonSpec()
    patch, early = read_patch(python, ("python",), reading)
    return PythonSpec(
        gil,
        interval or default,
        kind,
        python.version,
        (0 if in_ticks else usual.linger) if python.linger is None else int(python.linger),
        int(python.check_every),
        python.check_interval,
        tick or (1 if in_ticks else usual.tick),
        None if speed is None else Fraction(str(speed)),
        patch or "",
        early or (),
        _task_switch_cost(python.task_switch_cost, reading),
        python.eager_tasks,
    )


def _check_kind(table: dict[str, object], python: PythonTable, reading: Reading) -> None:
    """What only some GILs have is not said of others."""
    problems = reading.problems
    for word in ("check_interval", "tick"):
        if word in table and python.gil != "old":
            problems.add(("python", word), 'it goes with gil = "old": the GIL before Python 3.2')
    for word in ("linger", "check_every"):
        if word in table and python.gil == "old":
            says = 'the old GIL knows nothing of it: it has check_interval, in ticks of "tick"'
            problems.add(("python", word), says)
    if python.eager_tasks and python.version == "3.11":
        says = "asyncio has eager_task_factory from 3.12 on"
        problems.add(("python", "eager_tasks"), f"{says}, and this Python is {python.version}")
    if python.gil == "per_interpreter" and python.version == "3.11":
        says = "interpreters have a GIL each from 3.12 on"
        problems.add(("python", "version"), f"{says}, got {python.version}")


def read_patch(
    table: PythonTable | ProcessTable, at: Key, reading: Reading
) -> tuple[str | None, tuple[str, ...] | None]:
    """Who has patched the standard library, and what was imported before that; None: not said."""
    early = table.imported_early
    key = (*at, "imported_early")
    if early is not None and table.monkey_patch is None:
        reading.problems.add(key, "it goes with monkey_patch: what was imported before the patch")
    for name in early or ():
        if name not in BLOCKING_CALLS:
            reading.problems.choose(key, name, BLOCKING_CALLS, "blocking call")
    patch = "" if table.monkey_patch == "none" else table.monkey_patch
    return patch, None if early is None else tuple(early)


def _task_switch_cost(value: object, reading: Reading) -> Time | None:
    """A duration, or ``"preset"``: what was measured (None)."""
    key: Key = ("python", "task_switch_cost")
    if value == PRESET and reading.unit != "tick":
        return None
    try:
        if reading.unit == "tick":
            return parse_ticks(value)
        if value == 0 and isinstance(value, int):
            return 0
        if not isinstance(value, str):
            expected = f'expected a duration such as "1us", or "{PRESET}"'
            raise ValueError(f"{expected}, got {shown(value)}")
        return parse_duration(value)
    except ValueError as error:
        hint = ": what was measured is in nanoseconds" if value == PRESET else ""
        reading.problems.add(key, f"{error}{hint}")
        return 0


def positive(value: Time | None, key: Key, reading: Reading) -> Time | None:
    """``value``, which must be longer than 0 if it is given."""
    if value == 0:
        reading.problems.add(key, "must be longer than 0")
    return None if value is None else int(value)
