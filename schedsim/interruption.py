"""What ends a headless run before its time: signals, and bodies that never ask for anything.

Ctrl-C, SIGTERM and SIGHUP are obeyed where the run can be written down: between two decisions.
A body written in Python need never get there (``while True: pass``), so a timer looks every now
and then whether rows are still written; if not for long, it raises :class:`Stuck` in the body.
There are no threads here, only signals: where the system has no such timer (Windows), Ctrl-C is
what is left.

What has been executed up to there is saved where a recording was asked for.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, TypeAlias

from schedsim.author_lines import executing, where
from schedsim.durations import format_duration
from schedsim.leaving import leave
from schedsim.limits import PATIENCE
from schedsim.plain import plain
from schedsim.refusals import EXIT_BAD_INPUT, tell

if TYPE_CHECKING:
    from schedsim.run import Run
    from schedsim.source import Source
    from schedsim.trace import Trace

_TICK: Final = 0.25
"""Seconds between two looks."""
_GRACE: Final = 2.0
"""Seconds after a signal in which the run has to come to where it can be stopped."""
_SAME: Final = 0.2
"""Seconds in which a signal that comes again is the same one: ``timeout`` sends it twice."""
_AGAIN: Final = 1.0
"""Seconds that are waited for the decision that was not over before."""
_MOST_SWALLOWED: Final = 3
"""So many times what is raised may be caught by the body."""

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks for the end; the last is what comes when the terminal is closed."""

Progress: TypeAlias = "Callable[[Trace], None]"


class Interrupted(KeyboardInterrupt):
    """A signal says that the run is to end; it stands between two decisions."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number
        """The exit code, as shells count."""


class Stuck(KeyboardInterrupt):
    """A body has not let anything happen for too long."""


class Watch:
    """Looks at what is executed, from outside.

    Args:
        patience: how many seconds nothing may happen.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.trace: Trace | None = None
        self.run: Run | None = None
        self.source: Source | None = None
        """Where the scenario of the run came from."""
        self.rows: int | None = None
        """How many there were when something was raised in the middle: what is closed adds more."""
        self._signal = 0
        self._signal_at = 0.0
        self._since = time.monotonic()
        self._seen = -1
        self._raised = 0

    def follow(self, run: Run, source: Source) -> None:
        """Look at ``run`` from now on, which can be written down with its ``source``."""
        self.run, self.source, self.trace = run, source, run.trace
        self.rows = None
        self._since = time.monotonic()

    def looking(self, progress: Progress | None = None) -> Progress:
        """What a run is to call every now and then; it calls ``progress``."""

        def between_decisions(trace: Trace) -> None:
            self.trace = trace
            if progress is not None:
                progress(trace)
            if self._signal:
                raise Interrupted(self._signal)

        return between_decisions

    def tick(self, _: int, frame: FrameType | None) -> None:
        """Look whether anything has happened since the last look."""
        now = time.monotonic()
        seen = -1 if self.trace is None else len(self.trace)
        if seen != self._seen or (self.trace is None and not executing(frame)):
            self._seen, self._since, self._raised = seen, now, 0
        waited = now - self._since
        if self._signal and min(waited, now - self._signal_at) > _GRACE:
            self._raise(KeyboardInterrupt(), frame)
        elif waited > self.patience:
            self._raise(Stuck(), frame)

    def _raise(self, error: KeyboardInterrupt, frame: FrameType | None) -> None:
        self._since = time.monotonic() - self.patience + 4 * _TICK  # soon again, if it is caught
        self._raised += 1
        self._count()
        if self._raised > _MOST_SWALLOWED:
            signal.setitimer(signal.ITIMER_REAL, 0)  # once is enough
            place = executing(frame) or "the run"
            tell(f"{place}: it lets nothing happen, and does not let itself be interrupted either")
            leave(EXIT_BAD_INPUT if isinstance(error, Stuck) else self.code)
        raise error

    def asked(self, number: int, _: FrameType | None) -> None:
        """A signal has come: the first is obeyed where it is safe, the second at once."""
        now = time.monotonic()
        if self._signal == number and now - self._signal_at < _SAME:
            return
        at_once = self._signal or not self.trace
        self._signal, self._signal_at = number, now
        if at_once:
            self._count()
            raise KeyboardInterrupt

    def _count(self) -> None:
        if self.rows is None and self.trace is not None:
            self.rows = len(self.trace)

    def over(self) -> None:
        """There is nothing to look at any more; signals are obeyed at once."""
        self.run = self.trace = None

    @property
    def code(self) -> int:
        """The exit code for the signal that has come: that of Ctrl-C unless it was another."""
        return 128 + (self._signal or signal.SIGINT)


@contextmanager
def told(patience: float = PATIENCE, output: Path | None = None) -> Iterator[Watch]:
    """Watch what is executed inside; if it ends before its time, say so, save it, and leave.

    Args:
        patience: seconds in which something has to happen.
        output: the recording that is to be written of the run that is followed.
    """
    caught: KeyboardInterrupt | None = None
    with watching(patience) as watch:
        try:
            yield watch
        except KeyboardInterrupt as error:
            caught = error
    if caught is None:
        return
    run, trace = watch.run, watch.trace
    code = EXIT_BAD_INPUT if isinstance(caught, Stuck) else watch.code
    tell(_says(caught, watch))
    if output is not None and run is not None and watch.source is not None and trace:
        from schedsim.recording import Recording

        try:
            kept = run if isinstance(caught, Interrupted) else up_to_there(run, watch.rows)
            Recording.of(kept, watch.source).save(output)
        except (KeyboardInterrupt, OSError) as error:
            tell(f"{plain(str(output), 200)}: not written: {str(error) or 'interrupted'}")
        else:
            steps = f"{len(kept.trace):,} steps"
            tell(f"{plain(str(output), 200)}: has the run up to there, {steps}")
    if isinstance(caught, Interrupted):
        sys.exit(code)
    leave(code)  # what was interrupted in the middle need not let itself be closed


def _says(error: KeyboardInterrupt, watch: Watch) -> str:
    """What happened, and what can be done about it."""
    trace, place = watch.trace, where(error)
    at = f" at {format_duration(trace.end, trace.unit)}" if trace else ""
    who = _who(trace, watch.rows) if trace and place else ""
    body = f"{place}{f' ({who})' if who else ''}"
    if isinstance(error, Stuck):
        hint = "it has to compute, wait or yield, so that time can pass (--patience waits longer)"
        python = watch.run is not None and watch.run.scenario.again is not None
        if (
            not place and not python
        ):  # millions of slices in which nobody else has a turn write nothing
            body = "the run" if trace is None else _who(trace, watch.rows) or "the run"
            hint = "its quantum is far too short for its work (--patience waits longer)"
        return f"{body or 'the run'}: nothing has happened for {watch.patience:g} s{at}: {hint}"
    if place:
        return f"interrupted in {body}"
    return f"interrupted after {len(trace):,} steps,{at}" if trace else "interrupted"


def _who(trace: Trace, rows: int | None) -> str:
    """Who was given a core or the loop last in so many rows; in all if None."""
    from schedsim.trace import ENTITY_MASK, KIND_MASK, SUBJECT_SHIFT, Kind

    ran = (Kind.TASK_RUN, Kind.RUN, Kind.SWITCH)
    for code in reversed(trace.codes[:rows]):
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        if code & KIND_MASK in ran and subject:
            return plain(trace.entities[subject].name, 60)
    return ""


@contextmanager
def watching(patience: float) -> Iterator[Watch]:
    """Look at what is executed inside: only from the main thread, where signals arrive."""
    watch = Watch(patience)
    if threading.current_thread() is not threading.main_thread():
        yield watch
        return
    before = {}
    for number in _SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):  # nohup means it
            before[number] = signal.signal(number, watch.asked)
    if hasattr(signal, "setitimer"):
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, watch.tick)
        signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    try:
        yield watch
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def up_to_there(run: Run, rows: int | None = None) -> Run:
    """The same run again, up to the last decision before the one in which it was interrupted.

    It was left in the middle of something; that is found again by doing it again, with a look
    after every row.

    Args:
        run: what was interrupted.
        rows: how many it had then; as many as it has now if None.

    Raises:
        KeyboardInterrupt: it does not come so far again.
    """
    from schedsim.run import CHUNK

    rows = len(run.trace) if rows is None else rows
    again = _again(run, rows)
    whole = len(again.trace)  # who is there from the beginning
    with watching(_AGAIN) as watch:
        watch.trace, watch.run = again.trace, again
        try:
            again.finish(watch.looking(), steps=max(1, rows - rows % CHUNK))
            while not again.finished:
                whole = len(again.trace)
                again.extend(whole + 1)
            whole = len(again.trace)
        except KeyboardInterrupt:
            pass
    again = _again(run, whole)
    with watching(_AGAIN) as watch:  # what it does need not be the same each time
        watch.trace, watch.run = again.trace, again
        again.finish(watch.looking())
    return again


def _again(run: Run, rows: int) -> Run:
    from schedsim.run import Run

    return Run(run.scenario, run.seed, run.commands, until=run.until, rows=rows)
