"""The inputs that are kept in tests/corpus, and a sip of new ones: ``python -m tests.fuzz``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fences import apart
from tests.fuzz.mutation import Mutation
from tests.fuzz.seeds import CORPUS, bytes_of, kept
from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import tried

SIP = {"argv": 40, "recording": 60, "scenario": 80}


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept_is_read_or_refused_in_words(name: str) -> None:
    files = kept(name)
    assert files
    with apart():
        problems = {path.name: tried(TARGETS[name], path.read_bytes()) for path in files}
    assert {name: problem for name, problem in problems.items() if problem} == {}


@pytest.mark.parametrize("name", TARGETS)
def test_new_inputs_are_read_or_refused_in_words(name: str) -> None:
    chance = random.Random(name)
    with apart():
        seeds = list(TARGETS[name].seeds())
        mutation = Mutation(TARGETS[name].words(), seeds)
        for _ in range(SIP.get(name, 150)):
            given = bytes_of(mutation.mutant(chance.choice(seeds), chance))
            assert tried(TARGETS[name], given) == "", given


def test_the_corpus_is_of_the_targets_and_small() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert sum(path.stat().st_size for path in Path(CORPUS).rglob("*") if path.is_file()) < 200_000
