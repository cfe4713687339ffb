"""The trace store: every row of a run in one file, beside the recording, which has none.

It can be read without executing anything, entered in the middle, and read as far as it goes when
whoever wrote it was killed.  What a run is, is in :mod:`schedsim.run`, and how it is written down
as text in :mod:`schedsim.recording`.
"""

from schedsim.trace_store.kept_run import KeptRun, believing
from schedsim.trace_store.reading import Reader
from schedsim.trace_store.schema import ENDING, PARTIAL, StoreError, is_store, looks_like_store
from schedsim.trace_store.seeking import Moments
from schedsim.trace_store.writing import Writer, beginning

__all__ = [
    "ENDING",
    "PARTIAL",
    "KeptRun",
    "Moments",
    "Reader",
    "StoreError",
    "Writer",
    "beginning",
    "believing",
    "is_store",
    "looks_like_store",
]
