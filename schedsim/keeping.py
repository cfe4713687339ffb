"""What the commands do with trace stores: write one beside a recording, and read one.

The store itself is in :mod:`schedsim.trace_store`, which is imported only where one is named.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from schedsim.arguments import may_write_recording, named_again
from schedsim.plain import plain
from schedsim.recording import Recording
from schedsim.refusals import fail, tell
from schedsim.run import Run
from schedsim.source import Source
from schedsim.trace import Trace

if TYPE_CHECKING:
    from schedsim.trace_store import KeptRun

Progress = Callable[[Trace], None]


def store_beside(recording: Path) -> Path:
    """Where the trace store of a recording is."""
    from schedsim.trace_store import ENDING

    return recording.with_name(recording.name + ENDING)


def may_write_both(recording: Path) -> None:
    """Refuse, before the work is done, to write where one cannot or must not."""
    from schedsim.trace_store import looks_like_store

    may_write_recording(recording)
    store = store_beside(recording)
    if store.exists() and not looks_like_store(store):
        fail(f"{plain(str(store), 200)}: exists, and is not a trace store: not overwritten")


def finish(run: Run, source: Source, recording: Path, progress: Progress | None) -> None:
    """Execute a run to its end, and keep its rows meanwhile; write the recording too.

    Raises:
        StoreError: the store cannot be written; the recording is.
        OSError: the recording cannot be.
    """
    from schedsim.trace_store import StoreError

    try:
        recorded = _keep(run, source, store_beside(recording), progress)
    except StoreError:
        run.finish(progress)
        try:
            Recording.of(run, source).save(recording)
        except OSError as error:  # as full a disk
            tell(f"{plain(str(recording), 200)}: not written: {(error.strerror or '').lower()}")
        raise
    recorded.save(recording)


def _keep(run: Run, source: Source, store: Path, progress: Progress | None) -> Recording:
    from schedsim.trace_store import Writer, beginning

    with Writer(store, run.trace, beginning(run, source)) as writer:

        def keep(trace: Trace) -> None:
            writer.write()
            if progress is not None:
                progress(trace)

        try:
            run.finish(keep)
        except KeyboardInterrupt:
            tell(f"what was run so far can be read in {plain(str(writer.partial), 200)}")
            raise
        recorded = Recording.of(run, source)
        writer.end(recorded)
    return recorded


def read(
    file: str, progress: Progress | None, *, steps: int | None = None, scenario: Path | None = None
) -> KeptRun:
    """The run in a trace store, read to its end or for so many steps; nothing is executed.

    Args:
        file: the store.
        progress: is told every now and then.
        steps: how many; all if None.
        scenario: the file that it was made from, if that is Python: only then is it executed.

    Raises:
        StoreError: it cannot be read.
        ScenarioError: its scenario cannot be.
    """
    from schedsim.trace_store import KeptRun

    run = KeptRun(Path(file))
    if scenario is not None:
        named = named_again(run.recording(), scenario)
        run = KeptRun(Path(file), named.source)
    if steps is None:
        run.finish(progress)
    else:
        run.finish(progress, steps=steps)
    if steps is None and run.says():
        tell(run.says())
    return run


def difference(run: KeptRun, progress: Progress | None) -> str | None:
    """What is different when a run that was read is executed again; None if nothing is.

    Raises:
        ScenarioError: its scenario is not valid.
        RecordingError: a command in it does not fit.
    """
    recorded = run.recording()
    steps = None if run.whole else len(run.trace)
    return recorded.first_difference(recorded.play(progress, steps=steps, shown=run.shown).trace)
