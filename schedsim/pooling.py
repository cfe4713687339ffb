"""The pools of a running machine: what is given to them, and how they come by their workers.

What pools do is in :mod:`schedsim.threads`; here they get entities, processes and GILs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from schedsim.engine import Engine, Gil, Thread
from schedsim.programs.scripts import Script
from schedsim.programs.steps import Block, Repeat, Step
from schedsim.scenario import Job, PoolSpec, Scenario
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Worker
from schedsim.threads.pools import EVENTLET, GEVENT, TRIO, Custom, Pool, default_size
from schedsim.threads.process_pools import PRESETS, Costs, ProcessPool
from schedsim.trace import Entity, Listing, Role
from schedsim.traps import VERB, Body, Named, Op

ASYNCIO = Custom("asyncio_")
USUAL: Mapping[str, tuple[Custom, int]] = {
    "trio": (TRIO, 40),
    "gevent": (GEVENT, 10),
    "eventlet": (EVENTLET, 20),
}
"""By flavour of the loop: the pool that ``to_thread`` means, and how large it is.  Otherwise it is
a ``ThreadPoolExecutor``."""


FOR_POOLS = frozenset({"to_thread", "run_in"})
"""The verbs that give a job to a pool."""


class Errand(NamedTuple):
    """A step that gives a job to a pool."""

    pool: str
    """Empty: the usual one."""
    job: str


def errands(steps: Sequence[Step]) -> Iterator[Errand]:
    """The steps that give something to a pool."""
    for step in steps:
        if isinstance(step, Op):
            what, wish = step.trap
            if what == VERB and wish.name in FOR_POOLS:
                names = {each.kind: each.name for each in wish.arguments if isinstance(each, Named)}
                yield Errand(names.get("pool", ""), names["job"])
        elif isinstance(step, (Repeat, Block)):
            yield from errands(step.do)
        else:
            for part in (step.do, *(then for _, then in step.handlers), step.last):
                yield from errands(part)


def bound(scripts: Sequence[tuple[str, Script]]) -> list[Script]:
    """``scripts`` with one listing, as whoever may carry out any of them has only one.

    Args:
        scripts: with the names under which they stand in it.
    """
    lines: list[str] = []
    line_of: list[int] = []
    places: dict[int, int] = {}
    for name, script in scripts:
        lines.append(f"{name}:")
        before = len(line_of)
        line_of.extend(len(lines) + line for line in script.listing.line_of)
        lines.extend("  " + line for line in script.listing.lines)
        places.update((step, before + place) for step, place in script.places.items())
    listing = Listing(tuple(lines), tuple(line_of))
    return [replace(script, places=places, listing=listing) for _, script in scripts]


class ThreadHiring:
    """Starts threads of one process.

    Args:
        engine: the machine.
        process: whose threads they are.
        gil: of that process.
        job: what the trace says they are for.
        listing: what they may carry out.
    """

    def __init__(
        self, engine: Engine, process: int, gil: Gil, job: str, listing: Listing | None
    ) -> None:
        self.engine = engine
        self.process = process
        self.gil = gil
        self.job = job
        self.listing = listing

    def hire(self, name: str, by: int, body: Callable[[Worker], Body]) -> Thread:
        """Start a thread."""
        engine = self.engine
        id = len(engine.trace.entities)
        engine.trace.enter(
            Entity(id, Role.THREAD, name, self.process, id, self.job, listing=self.listing)
        )
        worker = Worker(engine, id, CATALOGUE)
        worker.body = body(worker)
        return engine.spawn(id, worker, self.gil, by=by)


class ProcessHiring:
    """Starts processes of one thread each.

    Args:
        engine: the machine.
        add_process: makes a process of a name: its entity's number and its GIL.
        job: what the trace says they are for.
        listing: what they may carry out.
    """

    def __init__(
        self,
        engine: Engine,
        add_process: Callable[[str], Any],
        job: str,
        listing: Listing | None,
    ) -> None:
        self.engine = engine
        self.add_process = add_process
        self.job = job
        self.listing = listing

    def hire(self, name: str, by: int, body: Callable[[Worker], Body]) -> Thread:
        """Start a process; the thread in it."""
        process = self.add_process(name)
        hiring = ThreadHiring(self.engine, process.id, process.gil, self.job, self.listing)
        return hiring.hire(name, by, body)


class Pools:
    """All pools of a machine: one of each name for each process that uses it.

    Args:
        engine: the machine.
        scenario: what it says of them.
        add_process: makes a process of a name.
        listing: what their workers may carry out; called when the first worker is hired.
    """

    def __init__(
        self,
        engine: Engine,
        scenario: Scenario,
        add_process: Callable[[str], Any],
        listing: Callable[[], Listing | None],
    ) -> None:
        self.engine = engine
        self.scenario = scenario
        self.add_process = add_process
        self.listing = listing
        self.gils: dict[int, Gil] = {}
        """By process."""
        self.executors = 0
        """How many ``ThreadPoolExecutor`` there are that bear no name: they are numbered."""
        self.known: dict[tuple[int, str, str], Pool] = {}

    def of(self, entity: int, name: str = "") -> Pool:
        """The pool of that name of the process of a thread or task; the usual one without."""
        entities = self.engine.trace.entities
        process = entities[entity].process
        loop = "" if name else entities[entities[entity].thread].loop
        key = (process, name, loop)
        if key not in self.known:
            self.known[key] = self._make(process, name, loop)
        return self.known[key]

    def used(self, entity: int, jobs: Sequence[Job]) -> list[Pool]:
        """The pools that ``jobs`` may use: thread ``entity`` is a user of them from now on."""
        names = {errand.pool: None for job in jobs for errand in errands(job.steps)}
        found = [self.of(entity, name) for name in names]
        for pool in found:
            pool.join_users()
        return found

    def _make(self, process: int, name: str, loop: str) -> Pool:
        engine, spec = self.engine, self.scenario.pools.get(name, PoolSpec())
        custom, most = USUAL.get(loop, (ASYNCIO, default_size(engine.online)))
        title = name or "default"
        number = engine.trace.resource("pool", title)
        listing = self.listing()
        threads = ThreadHiring(engine, process, self.gils[process], title, listing)
        if spec.kind == "thread":
            if name:
                custom = Custom(f"{name}_")  # thread_name_prefix
            elif not loop:
                custom = Custom(f"ThreadPoolExecutor-{self.executors}_")
                self.executors += 1
            return Pool(engine, number, threads, spec.workers or most, custom)
        processes = ProcessHiring(engine, self.add_process, title, listing)
        workers = spec.workers or engine.online
        costs = self._costs(spec)
        custom = Custom(f"{title}-", eager=spec.start_method == "fork")
        return ProcessPool(engine, number, processes, threads, workers, custom, costs)

    def _costs(self, spec: PoolSpec) -> Costs:
        preset = PRESETS[spec.start_method] if self.scenario.unit == "ns" else Costs()
        return Costs(
            preset.start if spec.start_cost is None else spec.start_cost,
            preset.job if spec.pickle_cost is None else spec.pickle_cost,
            preset.result if spec.result_cost is None else spec.result_cost,
        )


class PoolOf:
    """A pool by its name: see :class:`schedsim.threads.pools.PoolChoice`.

    Args:
        pools: all of them.
        name: its name.
    """

    def __init__(self, pools: Pools, name: str) -> None:
        self.pools = pools
        self.name = name

    def of(self, entity: int) -> Pool:
        """That of the process of ``entity``."""
        return self.pools.of(entity, self.name)


def using(pools: Sequence[Pool], body: Body) -> Body:
    """``body``, and after it leave the pools that it may use."""
    try:
        result = yield from body
    except GeneratorExit:
        raise
    except BaseException:
        yield from leave(pools)
        raise
    yield from leave(pools)
    return result


def leave(pools: Sequence[Pool], *, wait: bool = False) -> Body:
    """Leave pools; ``wait`` until they have ended, as ``asyncio.run`` does (A15)."""
    for pool in pools:
        yield from pool.leave_users(wait=wait)
