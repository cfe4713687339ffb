"""``python -m tests.fuzz TARGET``: try wild inputs, and keep what went wrong."""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import pkgutil
import random
import sys
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import NoReturn

import schedsim

_LEFT_OUT = ("schedsim.__main__", "schedsim.bench", "schedsim.browser", "schedsim.validate")
_GUIDED = importlib.util.find_spec("atheris") is not None
if _GUIDED:
    import atheris

    # Which branches of ours an input reaches is known of what is loaded here.
    with (
        redirect_stderr(io.StringIO()),
        atheris.instrument_imports(include=["schedsim"], enable_loader_override=False),
    ):
        for each in pkgutil.walk_packages(schedsim.__path__, "schedsim."):
            if not each.name.startswith(_LEFT_OUT):
                importlib.import_module(each.name)

from tests.fences import apart  # noqa: E402 - only now, so that it is instrumented
from tests.fuzz.mutation import MOST_BYTES, Mutation  # noqa: E402 - the same
from tests.fuzz.seeds import bytes_of, text_of  # noqa: E402 - the same
from tests.fuzz.targets import TARGETS, Target  # noqa: E402 - the same
from tests.fuzz.trying import bound_memory, kind_of, name_of, tried  # noqa: E402 - the same


class _Fuzzing:
    """Counts, and keeps one finding of each kind."""

    def __init__(self, name: str, most: int, found: Path) -> None:
        self.name = name
        self.target: Target = TARGETS[name]
        self.most = most
        self.found = found / name
        self.kinds: dict[str, int] = {}
        self.count = 0
        self.began = time.monotonic()

    def attempt(self, given: bytes) -> None:
        """Try one; leave after the last."""
        self.count += 1
        if problem := tried(self.target, given):
            self._keep(given, problem)
        if self.count % 10_000 == 0:
            self.tell()
        if self.count >= self.most:
            self.tell()
            sys.stdout.flush()
            os._exit(1 if self.kinds else 0)  # libFuzzer knows no other way

    def tell(self) -> None:
        took = time.monotonic() - self.began
        told = f"{self.name}: {self.count:,} inputs, {len(self.kinds)} kinds of findings"
        sys.stdout.write(f"{told}, {took:,.0f} s\n")
        sys.stdout.flush()

    def _keep(self, given: bytes, problem: str) -> None:
        kind = kind_of(problem)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.kinds[kind] > 1:
            return
        self.found.mkdir(parents=True, exist_ok=True)
        path = self.found / name_of(given)
        path.write_bytes(given)
        path.with_suffix(".txt").write_text(problem, encoding="utf-8", errors="replace")
        sys.stdout.write(f"{self.name}: found {kind}: {path}\n")
        sys.stdout.flush()


def _guided(fuzzing: _Fuzzing, mutation: Mutation, seeds: list[str], seed: int) -> NoReturn:
    """What reaches new branches is kept, and mutated further."""

    def mutate(given: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.1:
            return bytes(atheris.Mutate(given, most))
        return bytes_of(mutation.mutant(text_of(given), chance))[:most]

    folder = Path(tempfile.mkdtemp(prefix="corpus-"))
    for text in seeds:
        (folder / name_of(bytes_of(text))).write_bytes(bytes_of(text))
    options = [f"-seed={seed + 1}", f"-max_len={MOST_BYTES}", "-timeout=0", "-rss_limit_mb=0"]
    quiet = ["-verbosity=0", "-print_final_stats=0", "-handle_int=0", "-handle_term=0"]
    arguments = ["fuzz", *options, *quiet, str(folder)]
    atheris.Setup(arguments, fuzzing.attempt, custom_mutator=mutate)
    atheris.Fuzz()
    raise AssertionError("it ends by itself")


def _blind(fuzzing: _Fuzzing, mutation: Mutation, seeds: list[str], seed: int) -> NoReturn:
    """Mutants of the seeds, and of mutants."""
    chance = random.Random(seed)
    while True:
        text = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 4))):
            text = mutation.mutant(text, chance)
        fuzzing.attempt(bytes_of(text))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=list(TARGETS))
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--blind", action="store_true", help="not guided by coverage")
    usual = Path(tempfile.gettempdir()) / "schedsim-fuzz"
    parser.add_argument("--found", type=Path, default=usual, help="where findings are kept")
    given = parser.parse_args()
    given.found.mkdir(parents=True, exist_ok=True)
    fuzzing = _Fuzzing(given.target, given.inputs, given.found.resolve())
    with tempfile.TemporaryDirectory() as own, apart(given.found, Path(own)):
        tempfile.tempdir = own
        seeds = list(fuzzing.target.seeds())
        mutation = Mutation(fuzzing.target.words(), seeds)
        bound_memory()
        run = _guided if _GUIDED and not given.blind else _blind
        run(fuzzing, mutation, seeds, given.seed)


if __name__ == "__main__":
    main()
