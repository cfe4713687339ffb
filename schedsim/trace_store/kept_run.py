"""A run whose rows are read from a trace store instead of being executed.

It looks like any other.  What comes after a command that is given to it has to be executed, from
the beginning on: the store has rows, not programs that stand somewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from schedsim.commands import Command
from schedsim.durations import Time
from schedsim.engine import FOREVER
from schedsim.history import History
from schedsim.limits import MOST_ROWS
from schedsim.recording import Recording, Source
from schedsim.run import CHUNK, Part, Run
from schedsim.scenario import MachineSpec, PythonSpec, Scenario
from schedsim.trace import Trace
from schedsim.trace_store.reading import CONTRADICTION, CONTRADICTIONS, Reader
from schedsim.trace_store.schema import StoreError

NOT_EXECUTED: Final = (
    "its scenario is written in Python, and a trace store is never executed: only what happened"
    " can be looked at"
)


@contextmanager
def believing(run: Run) -> Iterator[None]:
    """Do something that needs rows that fit one another, with rows that may be anybody's.

    Raises:
        StoreError: they do not, and come from a file.
    """
    try:
        yield
    except StoreError:
        raise
    except CONTRADICTIONS as error:
        if not isinstance(run, KeptRun):
            raise  # a mistake of ours
        raise StoreError(f"{run.shown}: damaged: {CONTRADICTION}") from error


class KeptRun(Run):
    """A run that is read.

    Args:
        path: the trace store.
        source: where its scenario came from, if that is Python and its user has named the file.

    Raises:
        StoreError: the store cannot be read.
        ScenarioError: the scenario in it is not valid.
    """

    def __init__(self, path: Path, source: Source | None = None) -> None:
        self._path = path
        self._begin()
        recorded = self._reader.recorded or self._reader.began
        self.source = source or recorded.source
        """Where its scenario came from."""
        self._executable = self.source.named or not self.source.python
        shown = self.source.name if self.source.named else f"{self.shown} (its scenario)"
        scenario = self.source.load(shown) if self._executable else self._known()
        self.scenario = scenario
        self.seed = recorded.seed
        self.commands = recorded.commands
        self.until = scenario.until if recorded.until is None else recorded.until
        self.rows = recorded.rows

    def _begin(self) -> None:
        self._reader = Reader(self._path)
        self.trace = self._reader.trace
        self.history = History(self.trace)
        self._known_rows = self._reader.known_rows()
        self._problem = ""
        """Why no more of it is read."""
        self.shown = self._reader.shown
        """What to call the file in messages."""

    def _known(self) -> Scenario:
        """What a trace says of a scenario that nobody may execute."""
        trace = self.trace
        gil = not any(entity.role == 0 and not entity.gil for entity in trace.entities[1:])
        return Scenario(
            self.source.name,
            self.source.name,
            unit=trace.unit,
            machine=MachineSpec(trace.cores, trace.policy, queue_per_core=trace.queue_per_core),
            python=PythonSpec(gil, trace.switch_interval),
            again=_refuse,
        )

    @property
    def whole(self) -> bool:
        """It was written to the end."""
        return self._reader.whole

    @property
    def cut_short(self) -> bool:
        """There was more to come than the store has."""
        if not self.finished or self.trace.complete:
            return False
        return not self.whole or len(self.trace) >= self.rows

    @property
    def finished(self) -> bool:
        """All has been read that can be."""
        return self._reader.at_end or bool(self._problem)

    @property
    def known(self) -> int:
        """How many rows there are to be read."""
        return 0 if self.finished else self._known_rows

    def says(self) -> str:
        """What is to be known of how it ended, in words; empty if it was read to the end."""
        return self._problem or (self._reader.says() if self.finished else "")

    def extend(self, rows: int) -> None:
        """Read until the trace has ``rows`` rows, or there are no more that can be believed."""
        rows_before, end_before = len(self.trace), self.trace.end
        try:
            self._reader.read_rows(rows)
            with believing(self):
                self.history.state_at(len(self.trace))
        except StoreError as error:
            self._problem = str(error)
            if len(self.trace) > rows_before:  # they contradict one another: to be seen by nobody
                self.trace.cut(rows_before)
                self.trace.end = end_before
                self.history = History(self.trace)

    def finish(
        self, progress: Callable[[Trace], None] | None = None, *, steps: int = FOREVER
    ) -> Trace:
        """Read to the end, or for ``steps`` steps, telling ``progress`` every now and then.

        Raises:
            StoreError: the store is damaged.
        """
        reader = self._reader
        while len(self.trace) < steps and not reader.at_end:
            reader.read_rows(min(steps, len(self.trace) + CHUNK))
            if progress is not None:
                progress(self.trace)
        reader.verify()
        return self.trace

    def recording(self) -> Recording:
        """The run written down, as far as it was read: what to execute to get the same."""
        return Recording.of(self, self.source)

    # -- what has to be executed ----------------------------------------------------------

    def act(self, command: Command, step: int, time: Time) -> int:
        """Refuse: what is read stays as it is.  See :meth:`branching`."""
        del command, step, time
        raise ValueError("what is read from a file stays as it is")

    def branching(self, command: Command, step: int, time: Time) -> Part[tuple[Run, int]]:
        """Another run, in which ``command`` is done too; it is executed.

        Raises:
            ValueError: it cannot be executed, or not soon.
        """
        self._check_executable(step)
        kept = tuple(placed for placed in self.commands if placed.step < step)
        other = Run(self.scenario, self.seed, kept, until=self.until, rows=self.rows)
        after = yield from other.acting(command, step, time)
        return other, after

    def without_last(self) -> Run:
        """Another run, in which the last command is not given; it is executed."""
        self._check_executable(self.commands[-1].step)
        return super().without_last()

    def forget(self) -> None:
        """Forget all rows: they are read again."""
        self._begin()

    def _check_executable(self, step: int) -> None:
        if not self._executable:
            raise ValueError(NOT_EXECUTED)
        if step > MOST_ROWS:
            raise ValueError(
                f"to act here, {step:,} steps would have to be executed again: go back before"
                f" step {MOST_ROWS:,}"
            )


def _refuse() -> NoReturn:
    raise ValueError(NOT_EXECUTED)
