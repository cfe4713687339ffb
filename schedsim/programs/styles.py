"""The catalogue of styles: the four ways in Python to suspend a body and to resume it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schedsim.programs.callbacks import CallbackProgram
from schedsim.programs.coroutines import CoroutineProgram
from schedsim.programs.generators import GeneratorProgram
from schedsim.programs.resumable import Place, Resumable, traceback_of
from schedsim.trace import Listing


def _in_a_greenlet(
    function: Callable[..., Any], arguments: tuple[Any, ...], place: Place
) -> Resumable:
    from schedsim.programs.greenlets import GreenletProgram  # noqa: PLC0415 - loaded if wanted

    # ``sys.exit`` ends the body, not the machine.
    return GreenletProgram(function, arguments, place, goes_through=(KeyboardInterrupt,))


STYLES: Mapping[str, Callable[[Callable[..., Any], tuple[Any, ...], Place], Resumable]] = {
    "callback": CallbackProgram,
    "generator": GeneratorProgram,
    "coroutine": CoroutineProgram,
    "greenlet": _in_a_greenlet,
}

_NO_LOOP: Final = "no running event loop"
"""What asyncio says where it does not run."""


@dataclass(frozen=True, slots=True)
class Function:
    """A body written as a Python function, in a file of its author."""

    style: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    file: str = ""
    """The author's file: lines are told of this one only."""
    listing: Listing = field(default_factory=lambda: Listing((), ()), repr=False)
    """The lines of the file."""

    def begin(self) -> Resumable:
        """One more of it."""
        return STYLES[self.style](self.function, self.arguments, Place(self.file))

    def told(self, error: BaseException) -> str:
        """The traceback, from the author's first frame on."""
        told = traceback_of(error, self.file)
        if self.style == "coroutine" and type(error) is RuntimeError and str(error) == _NO_LOOP:
            told += '\nOnly under model="asyncio" coroutines are run by asyncio.'
        return told
