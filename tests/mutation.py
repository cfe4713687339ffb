"""Mutation testing of the engine: ``python -m tests.mutation`` breaks it a thousand times.

mutmut says how code can be broken; two operators are added, which matter most in a kernel: a
statement is left out, a condition is turned round.  Mutmut's own runner is not used: it writes
all 1,073 mutants of the kernel into one file of 133,000 lines, and collects the tests again for
each.  Here pytest collects once; for each mutant the process forks, the child puts the mutant's
code into the function that everybody has imported already, and runs the tests until one fails,
those first that have caught most in the least time: half a second.

Survivors are printed as the lines that differ.  Which of them cannot be caught, and why, is told
in CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MODULES = (
    *("kernel", "agenda", "instants", "turns", "leaving", "contest"),
    *("gil", "slices", "lock", "alarms", "periodic"),
)
GOLDEN = "test_runs_give_the_digests_they_always_gave"
"""It catches most: it is asked before those that have caught nobody yet."""
TESTS = (
    "tests/test_golden.py",
    "tests/test_gil.py",
    "tests/test_gil_switch.py",
    "tests/test_gil_race.py",
    "tests/test_gil_c_calls.py",
    "tests/test_gil_kinds.py",
    "tests/test_cores.py",
    "tests/test_commands.py",
    "tests/test_cores_that_come_and_go.py",
    "tests/test_every_combination.py",
    "tests/test_job_times.py",
    "tests/test_kernel.py",
    "tests/test_locks.py",
    "tests/test_work_stealing.py",
    "tests/test_task_switch_cost.py",
    "tests/test_threads.py",
    "tests/test_turns_in_one_go.py",
    "tests/test_visitors.py",
    "tests/test_run.py",
    "tests/test_scheduling_cases.py",
)
"""What knows the engine best, and is quick."""
SLOW_TESTS = (
    "tests/test_textbook_policies.py",
    "tests/test_fair_policies.py",
    "tests/test_linux_policy.py",
    "tests/test_policy_changes.py",
    "tests/test_lives.py",
    "tests/test_scheduling_properties.py",
    "tests/test_properties.py",
)
"""Asked with ``--thorough`` too: for those whom the others let go."""

OPTIONS = (
    *("-o", "addopts=--import-mode=importlib", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-s", "-q", "--no-header", "-m", "not slow and not fuzz and not stdlib and not app"),
)
SLOWEST = 2.0
"""CPU seconds that a test of a broken engine may take; four times its own if that is more."""
MEMORY = 800_000_000
_CAUGHT, _SURVIVED, _IMPOSSIBLE = 1, 0, 2


@dataclass(frozen=True, slots=True)
class Mutant:
    """A way in which a module can be broken."""

    number: int
    module: str
    """Its full name."""
    function: str
    """``Engine.run``."""
    definition: Any
    """That function."""
    old: Any
    new: Any

    def text(self, *, broken: bool) -> str:
        """The source of the function, as it is or broken."""
        import libcst as cst

        found = self.definition.deep_replace(self.old, self.new) if broken else self.definition
        text: str = cst.Module([]).code_for_node(found.with_changes(decorators=[]))
        return text

    def difference(self) -> str:
        """The lines that differ."""
        was, now = (self.text(broken=broken).splitlines() for broken in (False, True))
        lines = difflib.unified_diff(was, now, lineterm="", n=0)
        changed = [line for line in lines if not line.startswith(("---", "+++"))]
        return "\n      ".join(changed)


# -- breaking ---------------------------------------------------------------------------------


def mutants_of(name: str) -> Iterator[Mutant]:
    """All mutants of the module ``schedsim.engine.NAME``, in the order of its lines."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper
    from mutmut.mutation.file_mutation import MutationVisitor
    from mutmut.mutation.mutators import mutation_operators
    from mutmut.mutation.pragma_handling import IgnoredCode

    def leave_out(line: cst.SimpleStatementLine) -> Iterable[cst.CSTNode]:
        statement = line.body[0]
        if isinstance(statement, cst.Expr) and isinstance(
            statement.value, cst.SimpleString | cst.ConcatenatedString
        ):
            return  # a docstring
        if isinstance(statement, cst.Expr | cst.Assign | cst.AugAssign | cst.Del):
            yield line.with_changes(body=[cst.Pass()])

    def turn_round(branch: cst.If | cst.While | cst.IfExp) -> Iterable[cst.CSTNode]:
        inside = branch.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield branch.with_changes(test=cst.UnaryOperation(cst.Not(), inside))

    operators = [
        *mutation_operators,
        (cst.SimpleStatementLine, leave_out),
        (cst.If | cst.While | cst.IfExp, turn_round),
    ]
    full = f"schedsim.engine.{name}"
    path = ROOT / "schedsim" / "engine" / f"{name}.py"
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    visitor = MutationVisitor(operators, IgnoredCode(set(), set(), set()), None)
    tree = wrapper.visit(visitor)
    owners = {
        inner: f"{outer.name.value}.{inner.name.value}"
        for outer in tree.body
        if isinstance(outer, cst.ClassDef)
        for inner in outer.body.body
        if isinstance(inner, cst.FunctionDef)
    }
    for number, mutation in enumerate(visitor.mutations):
        function = mutation.contained_by_top_level_function
        if not isinstance(function, cst.FunctionDef):
            continue  # constants: the functions have taken them over already
        named = owners.get(function, function.name.value)
        old, new = mutation.original_node, mutation.mutated_node
        yield Mutant(number, full, named, function, old, new)


def put_in(mutant: Mutant) -> bool:
    """Break the module in this process; False if that makes no difference, or cannot be done."""
    module = importlib.import_module(mutant.module)
    before, after = _function(module, mutant.function), _compiled(module, mutant, broken=True)
    if _told(_compiled(module, mutant, broken=False)) == _told(after):
        return False
    before.__code__ = after.__code__
    before.__defaults__, before.__kwdefaults__ = after.__defaults__, after.__kwdefaults__
    return True


def _compiled(module: ModuleType, mutant: Mutant, *, broken: bool) -> FunctionType:
    space = dict(vars(module))
    text = "from __future__ import annotations\n" + mutant.text(broken=broken)
    exec(compile(text, str(module.__file__), "exec"), space)
    function = space[mutant.function.rpartition(".")[2]]
    assert isinstance(function, FunctionType)
    return function


def _function(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for word in name.split("."):
        found = vars(found)[word]
    function = getattr(found, "__func__", found)  # a class method
    assert isinstance(function, FunctionType)
    return function


def _told(function: FunctionType) -> tuple[object, ...]:
    """What a function does, without where it stands."""

    def told(code: Any) -> tuple[object, ...]:
        constants = [
            told(each) if hasattr(each, "co_code") else (type(each), each)
            for each in code.co_consts
        ]
        return code.co_code, constants, code.co_names, code.co_varnames

    return *told(function.__code__), function.__defaults__, function.__kwdefaults__


# -- catching ---------------------------------------------------------------------------------


@dataclass(eq=False)
class Court:
    """Which tests catch whom: a plugin of pytest, whose loop over the tests it takes."""

    mutants: Sequence[Mutant]
    say: Callable[[str], None]
    took: dict[int, float] = field(default_factory=dict)
    """CPU seconds of a test of the sound engine."""
    catches: Counter[int] = field(default_factory=Counter)
    of_function: dict[str, Counter[int]] = field(default_factory=dict)
    survivors: list[Mutant] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)

    def pytest_collection(self) -> None:
        """A failure need not be made small."""
        from hypothesis import Phase, settings  # not before pytest, which rewrites its plugin

        settings.register_profile(
            "mutation",
            settings.get_profile("schedsim"),
            phases=(Phase.explicit, Phase.generate),
            report_multiple_bugs=False,
            database=None,
        )
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        code, lines = self._forked(session, range(len(items)), None)
        if code != _SURVIVED:
            self.say(f"a test fails without any mutant: {items[lines[-1][0]].nodeid}")
            session.testsfailed = 1
            return True
        self.took = {index: max(took, 0.001) for index, took in lines}
        self.catches.update({n: 20 for n, item in enumerate(items) if item.name == GOLDEN})
        self.say(
            f"{len(items)} tests, {sum(self.took.values()):.0f} s; {len(self.mutants)} mutants"
        )
        for count, mutant in enumerate(self.mutants, 1):
            began = time.perf_counter()
            code, lines = self._forked(session, self._order(mutant), mutant)
            result = self._judge(mutant, code, lines)
            passed = time.perf_counter() - began
            by = items[lines[-1][0]].name if result == "caught" else ""
            where = f"{mutant.module.rpartition('.')[2]} {mutant.function}"
            self.say(f"{count:>5} #{mutant.number:<5} {where:28} {passed:5.1f} s {result} {by}")
            if result == "survived":
                self.say(f"      {mutant.difference()}")
        return True

    def _order(self, mutant: Mutant) -> list[int]:
        """Those first that catch most in the least time, above all in this function."""
        near = self.of_function.get(mutant.function, Counter())

        def worth(index: int) -> float:
            return (self.catches[index] + 5 * near[index] + 0.05) / (self.took[index] + 0.005)

        return sorted(self.took, key=worth, reverse=True)

    def _judge(self, mutant: Mutant, code: int, lines: list[tuple[int, float]]) -> str:
        if code == _IMPOSSIBLE:
            result = "no difference"
        elif code == _SURVIVED:
            result = "survived"
            self.survivors.append(mutant)
        else:
            result = "caught" if lines else "cannot be imported"
            if lines:
                index = lines[-1][0]
                self.catches[index] += 1
                self.of_function.setdefault(mutant.function, Counter())[index] += 1
        self.results[result] += 1
        return result

    def _forked(
        self, session: pytest.Session, order: Iterable[int], mutant: Mutant | None
    ) -> tuple[int, list[tuple[int, float]]]:
        """How it ended, and which tests were begun, with what they took before."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            code = 3
            try:
                code = self._try(session, list(order), mutant, writer)
            finally:
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader, encoding="ascii") as pipe:
            lines = [(int(index), float(took)) for index, took in map(str.split, pipe)]
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), lines

    def _try(
        self, session: pytest.Session, order: list[int], mutant: Mutant | None, writer: int
    ) -> int:
        """In the child: run the tests until one fails.  A line for each: its number, its time."""
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (1, 2):
            os.dup2(nothing, number)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, SLOWEST)
        if mutant is not None and not put_in(mutant):
            return _IMPOSSIBLE
        for index, following in zip(order, [*order[1:], None], strict=True):
            item = session.items[index]
            after = None if following is None else session.items[following]
            if mutant is not None:
                os.write(writer, f"{index} 0\n".encode())
                limit = max(SLOWEST, 4 * self.took[index])
                signal.setitimer(signal.ITIMER_PROF, limit)
            else:
                signal.setitimer(signal.ITIMER_PROF, 0)
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if mutant is None:
                os.write(writer, f"{index} {time.process_time() - began:.4f}\n".encode())
            if session.testsfailed:
                return _CAUGHT
        return _SURVIVED


# -- the command ------------------------------------------------------------------------------


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(MODULES)}; all unless given")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, by lot; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="of the lot")
    parser.add_argument("--numbers", default="", help="only these mutants: 12,345")
    parser.add_argument("--thorough", action="store_true", help="ask the slow tests too")
    parser.add_argument("--goal", type=float, default=90.0, help="percent that must be caught")
    given = parser.parse_args()
    mutants = [each for name in given.modules or MODULES for each in mutants_of(name)]
    total = len(mutants)
    random.Random(given.seed).shuffle(mutants)  # wherever it is stopped, a sample has been tried
    if given.numbers:
        wanted = {int(number) for number in given.numbers.split(",")}
        mutants = [each for each in mutants if each.number in wanted]
    mutants = mutants[: given.sample or total]
    court = Court(mutants, tell)
    chosen = [*TESTS, *(SLOW_TESTS if given.thorough else ())]
    pytest.main([*OPTIONS, *chosen], plugins=[court])
    tried = court.results.total() - court.results["no difference"]
    caught = tried - court.results["survived"]
    share = 100 * caught / tried if tried else 0.0
    tell(json.dumps(court.results))
    tell(f"{caught} of {tried} caught, {share:.1f} %; {total} mutants in all")
    return 0 if share >= given.goal else 1


if __name__ == "__main__":
    sys.exit(main())
