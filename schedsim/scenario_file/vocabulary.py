"""Whether whoever is to run the steps knows their verbs and blocks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from schedsim.loops import LOOPS
from schedsim.scenario_file.problems import Problems, near, shown
from schedsim.scenario_file.scopes import Known
from schedsim.threads import CATALOGUE


class Vocabulary(NamedTuple):
    """What one can say under an execution model, besides what all have in common."""

    whose: str
    verbs: Collection[str]
    blocks: Collection[str]
    lacks: Mapping[str, str] = MappingProxyType({})
    """Why it has not what others have."""


def vocabulary(loop: str) -> Vocabulary:
    """That of a flavour of event loops, or of threads if ``loop`` is empty."""
    if loop in LOOPS:
        flavour = LOOPS[loop]
        return Vocabulary(loop, flavour.verbs, (*flavour.blocks, "try"))
    return Vocabulary("threads", CATALOGUE.verbs, (*CATALOGUE.blocks, "try"), CATALOGUE.lacks)


def check_vocabulary(jobs: Sequence[Known], words: Vocabulary, problems: Problems) -> None:
    """No step asks for what it cannot have."""
    for known in jobs:
        for what, asked, there in (
            ("verb", known.steps.wishes, words.verbs),
            ("block", known.steps.blocks, words.blocks),
        ):
            for wish, key in asked:
                if wish.name not in there:
                    says = f"{words.whose} has no {what} {shown(wish.name)}"
                    why = words.lacks.get(wish.name)
                    problems.add(
                        key, f"{says}: {why}" if why else f"{says}{near(wish.name, there)}"
                    )
