"""Which line of a scenario in Python an error came from, or is being executed.

Reading and executing such a file is in :mod:`schedsim.python_file`; nothing is loaded here that a
command would have to wait for.
"""

from __future__ import annotations

from types import FrameType

from schedsim.plain import plain

MODULE = "scenario"
"""What such a file is called while it is executed."""


def where(error: BaseException) -> str:
    """The line of such a file in which ``error`` came up, in words; empty if it was elsewhere."""
    found = ""
    step = error.__traceback__
    while step is not None:
        if _is_authors(step.tb_frame):
            found = _line(step.tb_frame, step.tb_lineno)
        step = step.tb_next
    return found


def executing(frame: FrameType | None) -> str:
    """The line of such a file that is being executed, in words; empty if it is none."""
    while frame is not None:
        if _is_authors(frame):
            return _line(frame, frame.f_lineno)
        frame = frame.f_back
    return ""


def _is_authors(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") == MODULE


def _line(frame: FrameType, line: int) -> str:
    return f"{plain(frame.f_code.co_filename, 200)}:{line}"
