"""Whether whoever is to run the steps knows their verbs and blocks, and what they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from schedsim.loops import LOOPS
from schedsim.pooling import FOR_POOLS
from schedsim.scenario import Shared
from schedsim.scenario_file.problems import Key, Problems, shown
from schedsim.scenario_file.scopes import Known
from schedsim.scenario_file.shared import USES
from schedsim.threads import CATALOGUE
from schedsim.traps import JOIN, SPAWN, Named, Wish

_TRY: Final = ("try",)
_THREADS: Final = "threads"
_ONLY: Final = ("lock", "pipe", "socket")
"""What every flavour has that can send, and what the engine has for threads."""
_CALLED: Final[Mapping[str, str]] = {"rlock": "reentrant lock"}


class Vocabulary(NamedTuple):
    """What one can say under an execution model, besides what all have in common."""

    whose: str
    verbs: Collection[str]
    blocks: Collection[str]
    kinds: Collection[str]
    """What can be shared."""
    lacks: Mapping[str, str] = MappingProxyType({})
    """Why it has not what others have."""
    tasks: bool = True
    """It is of tasks, in a loop of their own."""


def vocabulary(loop: str) -> Vocabulary:
    """That of a flavour of event loops, or of threads if ``loop`` is empty."""
    if loop in LOOPS:
        flavour = LOOPS[loop]
        blocks = (*flavour.blocks, *(() if flavour.style else _TRY))
        return Vocabulary(loop, flavour.verbs, blocks, (*flavour.resources, *_ONLY))
    return Vocabulary(
        _THREADS,
        CATALOGUE.verbs,
        (*CATALOGUE.blocks, *_TRY),
        (*CATALOGUE.resources, *_ONLY),
        CATALOGUE.lacks,
        tasks=False,
    )


def check_vocabulary(
    jobs: Sequence[Known], words: Vocabulary, shared: Mapping[str, Shared], problems: Problems
) -> None:
    """No step asks for what it cannot have.

    Args:
        jobs: that know one another: those of a file, a loop, or the threads of a process.
        words: what they can say.
        shared: what the file declares.
        problems: where to tell what is wrong.
    """
    pooled = _pooled(jobs, words)
    for known in jobs:
        if known.job.name not in pooled:
            _check(known, words, shared, problems)
            continue
        if known.job.attributes.period:
            says = "it is given to a pool, whose workers know no periods"
            problems.add((*known.key, "period"), says)
        if not pooled[known.job.name]:
            _check(known, words, shared, problems)
        if words.tasks:
            before = f"{shown(known.job.name)} is given to a pool, whose workers are threads: "
            _check(known, vocabulary(""), shared, problems, before)
            for key in _namings(known):
                says = "it starts no tasks of a loop and waits for none"
                problems.add(key, f"{before}{says}")


def _pooled(jobs: Sequence[Known], words: Vocabulary) -> Mapping[str, bool]:
    """The names of the jobs that are given to pools: whether they are nothing else."""
    by_name = {known.job.name: known for known in jobs}
    roles: list[tuple[Known, bool]] = [(known, False) for known in jobs if not known.job.spawned]
    seen = {(known.job.name, False) for known, _ in roles}
    while roles:
        known, in_pool = roles.pop()
        found = [(name, True) for name in _given(known.steps.wishes)]
        if not (in_pool and words.tasks):
            given = {key for wish, key in known.steps.wishes if wish.name in FOR_POOLS}
            found += [
                (each.name, False)
                for each in known.steps.mentions
                if each.trap == SPAWN and each.key not in given
            ]
        for role in found:
            if role not in seen and role[0] in by_name:
                seen.add(role)
                roles.append((by_name[role[0]], role[1]))
    return {name: (name, False) not in seen for name, in_pool in sorted(seen) if in_pool}


def _given(wishes: Sequence[tuple[Wish, Key]]) -> Iterator[str]:
    """The jobs that are given to pools."""
    for wish, _ in wishes:
        if wish.name in FOR_POOLS:
            for argument in wish.arguments:
                if isinstance(argument, Named) and argument.kind == "job":
                    yield argument.name


def _namings(known: Known) -> Iterator[Key]:
    """Where its steps start other jobs or wait for them, otherwise than through a pool."""
    given = {key for wish, key in known.steps.wishes if wish.name in FOR_POOLS}
    for mention in known.steps.mentions:
        if mention.trap in (SPAWN, JOIN) and mention.key not in given:
            yield mention.key


def _check(
    known: Known,
    words: Vocabulary,
    shared: Mapping[str, Shared],
    problems: Problems,
    before: str = "",
) -> None:
    for what, asked, there in (
        ("verb", known.steps.wishes, words.verbs),
        ("block", known.steps.blocks, words.blocks),
    ):
        for wish, key in asked:
            if wish.name not in there:
                why = words.lacks.get(wish.name) or _elsewhere(wish.name, what)
                says = f"{words.whose} has no {what} {shown(wish.name)}: {why}"
                problems.add(key, before + says)
    for use in known.steps.uses:
        declared = shared.get(use.name)
        kind = declared.kind if declared else USES[use.kind][0]
        if kind not in words.kinds and use.kind != "pool":
            says = f"{words.whose} has no {_CALLED.get(kind, kind)}: {_elsewhere(kind, 'kind')}"
            problems.add(use.key, before + says)


def _elsewhere(word: str, what: str) -> str:
    """Who has what is missing."""
    all_of = {_THREADS: vocabulary(""), **{loop: vocabulary(loop) for loop in LOOPS}}
    having = [
        name
        for name, words in all_of.items()
        if word in {"verb": words.verbs, "block": words.blocks, "kind": words.kinds}[what]
    ]
    return f"of the models only {', '.join(having)} can do that" if having else "nobody has"
