"""The trace store: every row of a run in one file, beside the recording, which has none.

It can be read without executing anything, entered in the middle, and read as far as it goes when
whoever wrote it was killed.  What a run is, is in :mod:`schedsim.run`, and how it is written down
as text in :mod:`schedsim.recording`.
"""

from schedsim.trace_store.reading import Reader
from schedsim.trace_store.schema import ENDING, MARK, PARTIAL, StoreError, is_store
from schedsim.trace_store.writing import Writer

__all__ = ["ENDING", "MARK", "PARTIAL", "Reader", "StoreError", "Writer", "is_store"]
