"""User text made fit for a terminal.

Names, titles and labels come from files of strangers.  Before such text is shown, everything in
it that would move the cursor, change colours or turn the writing direction is written out as an
escape instead; and how a message about a wrong word goes on.  Printing and drawing themselves do
not belong here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def plain(text: str, most: int | None = None) -> str:
    r"""``text`` with what a terminal would act upon written as ``\x1b``, ``\u202e`` ...

    Args:
        text: anything.
        most: the greatest number of characters; a longer text ends in ``…``.
    """
    if most is not None and len(text) > most:
        text = text[: max(0, most - 1)] + "…"
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(map(_shown, text))
    return shown if most is None or len(shown) <= most else shown[: max(0, most - 1)] + "…"


def _shown(character: str) -> str:
    code = ord(character)
    acts = not character.isprintable() or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
    if not acts and not unicodedata.combining(character):
        return character
    if code < 0x100:  # noqa: PLR2004 - two hexadecimal digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four


def nearest(word: str, choices: Mapping[str, object]) -> str:
    """How an error message goes on: the nearest valid choice, or all of them when few."""
    import difflib  # noqa: PLC0415 - who makes no mistake does not wait for it

    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    if close:
        return f": did you mean {close[0]!r}?"
    if len(choices) <= 30:  # noqa: PLR2004 - as many as one still reads
        return f": choose one of {', '.join(choices)}"
    return ""
