"""Random scenario files that use all of the grammar: every verb, block and table, for any model.

Most are valid.  What a model does not know stands in some of them: reading is to tell that, and
whatever it lets pass has to run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from hypothesis import strategies as st

from schedsim.scenario import MODELS
from schedsim.scenario_file.vocabulary import vocabulary

DURATIONS: Final = ("0ms", "1ms", "1ms", "2ms", "3ms", "5ms", "8ms")
TAKING: Final = ("1ms", "2ms", "3ms")

_EVERYBODY: Final = ("compute D", "compute D", "sleep D", "io D", "yield", "mark x")
_CALLS: Final = ("call time.sleep D", "call socket.recv D", "call subprocess.run D")
_PLAIN: Final = ("spawn J", "join J", "acquire l", "release l")
_SHARING: Final[Mapping[str, tuple[str, ...]]] = {
    "acquire": ("acquire s", "release s", "acquire r", "release r", "acquire c", "release c"),
    "await": ("await J",),
    "gather": ("gather J J",),
    "cancel": ("cancel J",),
    "raise": ("raise oops",),
    "set": ("set e",),
    "clear": ("clear e",),
    "wait": ("wait e", "wait c", "wait b"),
    "notify": ("notify c", "notify c 0", "notify_all c", "notify c 2"),
    "put": ("put q", "put q item"),
    "get": ("get q",),
    "put_nowait": ("put_nowait q",),
    "get_nowait": ("get_nowait q",),
    "send": ("send p 100", "send k"),
    "recv": ("recv p", "recv k"),
    "to_thread": ("to_thread J",),
    "run_in": ("run_in w J", "run_in v J"),
}
"""By the word that a model must know, the steps that use it."""

_BLOCKS: Final = ("with", "timeout", "move_on", "group", "shield", "try")

_TABLES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "r": ("lock", {"reentrant": True}),
    "s": ("semaphore", {"value": [0, 1, 2]}),
    "e": ("event", {"set": [False, True]}),
    "c": ("condition", {}),
    "q": ("queue", {"size": [0, 1, 2]}),
    "b": ("barrier", {"parties": [1, 2, 3]}),
    "p": ("pipe", {"latency": ["0ms", "2ms"], "bandwidth": [0, 1000]}),
    "k": ("socket", {"latency": ["1ms"]}),
    "w": ("pool", {"workers": [1, 2]}),
    "v": ("pool", {"kind": "process", "workers": [1, 2], "start_method": ["fork", "spawn"]}),
}
"""What stands under each name in the steps: the table that declares it, and its other keys."""

_KINDS: Final[Mapping[str, str]] = {"r": "rlock", "s": "semaphore", "c": "condition"}
"""What a model may not know of what can be acquired."""

ERRAND: Final = "work"
"""The job that tasks give to pools."""

some = st.sampled_from
seldom = some([False] * 15 + [True])


class Words:
    """What is said under a model, and what was used of it.

    Args:
        verbs: those that the model knows.
        blocks: those that it knows.
        kinds: what can be shared there.
        jobs: names of jobs.
    """

    def __init__(
        self,
        verbs: Collection[str],
        blocks: Collection[str],
        kinds: Collection[str],
        jobs: tuple[str, ...],
    ) -> None:
        self.lines = [*_EVERYBODY * 2, *_CALLS, *_PLAIN]
        for word, lines in _SHARING.items():
            if word in verbs:
                self.lines += lines
        self.lines = [
            line
            for line in self.lines
            if (jobs or "J" not in line) and _KINDS.get(line.split()[-1], "lock") in kinds
        ]
        self.held = [what for what in "llsc" if _KINDS.get(what, "lock") in kinds]
        self.blocks = tuple(word for word in _BLOCKS if word in blocks)
        self.jobs = jobs
        self.errand = False
        """There is a job that is meant for pools."""
        self.used: set[str] = set()
        self.acquired: set[str] = set()
        """By the job whose steps are being drawn."""
        self.spawned: set[str] = set()


@st.composite
def lines(draw: st.DrawFn, words: Words) -> str:
    """One step that is a line."""
    verb, *rest = draw(some(words.lines)).split(" ")
    if verb == "release" and rest[0] not in words.acquired | {"s"}:
        verb = "acquire"
    if verb == "acquire":
        words.acquired.add(rest[0])
    found = [verb]
    for word in rest:
        if word == "J":
            job = draw(some(words.jobs))
            if words.errand and verb in ("to_thread", "run_in"):
                job = ERRAND
            found.append(job)
            if verb in ("spawn", "to_thread", "run_in"):
                words.spawned.add(job)
        elif word == "D":
            found.append(draw(some(DURATIONS)))
        else:
            found.append(word)
            words.used.add(word)
    return " ".join(found)


@st.composite
def bodies(draw: st.DrawFn, words: Words, depth: int = 0, *, empty: bool = False) -> list[Any]:
    """Steps and blocks."""
    found: list[Any] = []
    for _ in range(draw(st.integers(0 if empty else 1, 4 if depth < 2 else 2))):
        if depth < 3 and draw(some([False, False, True])):
            found.append(draw(blocks(words, depth)))
        else:
            found.append(draw(lines(words)))
    return found


@st.composite
def blocks(draw: st.DrawFn, words: Words, depth: int) -> dict[str, Any]:
    """A table among steps."""
    kind = draw(some(("repeat", *words.blocks)))
    if kind == "with":
        what = draw(some(words.held))
        words.used.add(what)
        words.acquired.add(what)
        return {"with": what, "do": draw(bodies(words, depth + 1))}
    do = draw(bodies(words, depth + 1))
    if kind == "repeat":
        times = draw(some([1, 2, 3, 2, 3, 200, "forever"]))
        if times in (200, "forever"):
            do = [*do, f"compute {draw(some(TAKING))}"]
        return {"repeat": times, "do": do}
    if kind in ("timeout", "move_on"):
        return {kind: draw(some(DURATIONS)), "do": do}
    if kind == "try":
        table = {"try": do}
        for name in ("cancelled", "timeout", "error"):
            if draw(some([False, False, True])):
                table[name] = draw(bodies(words, depth + 1, empty=True))
        if draw(st.booleans()):
            table["finally"] = draw(bodies(words, depth + 1))
        return table
    return {kind: do}


@st.composite
def _jobs(
    draw: st.DrawFn, model_loop: str, used: set[str], names: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Jobs that know one another."""
    verbs, inside, kinds = vocabulary(model_loop)[1:4]
    if draw(seldom):
        verbs, inside, kinds = tuple(_SHARING), _BLOCKS, tuple(_KINDS.values())
    names = names[: draw(st.integers(1, len(names)))]
    jobs: list[dict[str, Any]] = []
    words = Words(verbs, inside, (*kinds, "lock"), names)
    words.errand = bool(model_loop) and not draw(seldom)
    for name in names:
        words.acquired.clear()
        job: dict[str, Any] = {"name": name, "steps": draw(bodies(words))}
        if draw(seldom):
            job["cpu_heavy"] = True
            job["yielding"] = draw(st.booleans())
        if draw(some([False, False, False, True])):
            job["arrival"] = draw(some(DURATIONS))
        if draw(seldom):
            job["period"] = draw(some(["3ms", "7ms"]))
        if draw(some([False, False, False, True])):
            job["count"] = draw(st.integers(1, 3))
        jobs.append(job)
    for job in jobs:
        if job["name"] in words.spawned and draw(st.booleans()):
            job["spawned"] = True
            job.pop("count", None)
    if ERRAND in words.spawned:
        threads = Words(*vocabulary("")[1:4], jobs=())
        jobs.append({"name": ERRAND, "steps": draw(bodies(threads)), "spawned": True})
        used |= threads.used
    used |= words.used
    return jobs


@st.composite
def _pythons(draw: st.DrawFn, loops: tuple[str, ...]) -> dict[str, Any]:
    """``[python]``."""
    python: dict[str, Any] = {}
    if draw(st.booleans()):
        python["version"] = draw(some(["3.11", "3.12", "3.13", "3.14"]))
    if draw(some([False, False, True])):
        python["gil"] = draw(some(["on", "off", "per_interpreter", "old"]))
    if draw(seldom):
        python["switch_interval"] = draw(some(["1ms", "50us"]))
    if draw(seldom):
        python["check_every"] = draw(some(["0ms", "2ms"]))
    if draw(seldom):
        python["linger"] = draw(some(["0ms", "1us"]))
    if draw(some([False, False, False, True])):
        python["task_switch_cost"] = draw(some(["1us", "preset", "1ms"]))
    patching = [loop for loop in loops if loop in ("gevent", "eventlet")]
    if patching and draw(some([False, True])):
        python["monkey_patch"] = draw(some([*patching, "none"]))
        if draw(seldom):
            python["imported_early"] = ["time.sleep"]
    return python


@st.composite
def scenario_tables(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario file as tables."""
    used: set[str] = set()
    file: dict[str, Any] = {"schema": 1, "title": "random"}
    if draw(some([False, False, False, True])):
        trees = []
        loops: tuple[str, ...] = ()
        for name in ("P", "R")[: draw(st.integers(1, 2))]:
            threads: list[dict[str, Any]] = []
            for thread in ("main", "side")[: draw(st.integers(0, 2))]:
                loop = draw(some([each.loop for each in MODELS.values() if each.loop]))
                loops = (*loops, loop)
                tasks = draw(_jobs(loop, used, ("a", "b", "d")))
                threads.append({"name": thread, "loop": loop, "task": tasks})
            if not threads or draw(st.booleans()):
                threads += draw(_jobs("", used, ("x", "y")))
            trees.append({"name": name, "thread": threads})
        file["process"] = trees
    else:
        model = draw(some(list(MODELS)))
        file["model"] = model
        loops = (MODELS[model].loop,)
        file["job"] = draw(_jobs(MODELS[model].loop, used, ("a", "b", "d")))
    for name, (kind, keys) in _TABLES.items():
        if name in used:
            table = {"name": name}
            for key, choices in keys.items():
                table[key] = draw(some(choices)) if isinstance(choices, list) else choices
            file.setdefault(kind, []).append(table)
    machine: dict[str, Any] = {"cores": draw(some([1, 1, 2]))}
    if draw(seldom):
        machine["policy"] = draw(some(["fifo", "linux", "cfs", "sjf", "mlfq", "work_stealing"]))
    file["machine"] = machine
    python = draw(_pythons(loops))
    if python:
        file["python"] = python
    return file
