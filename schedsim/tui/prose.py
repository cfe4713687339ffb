"""Lesson texts: the little Markdown that they use, as styled text.

Paragraphs, headings, lists, ``**bold**``, ``*emphasis*`` and ``code``.  What is not understood
is shown as it stands; nothing can be clicked, and nothing raises.
"""

from __future__ import annotations

import re

from textual.content import Content

from schedsim.plain import plain

_SPANS = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|`(?P<code>[^`]+)`|\*(?P<emphasis>[^*\s][^*]*)\*")
_ITEM = re.compile(r"(?:[-*+]|(?P<number>\d+[.)]))\s+")
_STYLES = {"bold": "bold", "code": "bold $primary", "emphasis": "italic"}


def prose(text: str) -> Content:
    """``text`` ready to be wrapped and shown."""
    blocks = [_block(lines) for lines in _paragraphs(text)]
    return Content("\n").join(blocks)


def _paragraphs(text: str) -> list[list[str]]:
    """Lines that belong together; an empty list stands for an empty line."""
    found: list[list[str]] = []
    fresh = True
    for raw in text.strip().splitlines():
        stripped = plain(raw.strip())
        if not stripped:
            found.append([])
            fresh = True
        elif fresh or stripped.startswith("#") or _ITEM.match(stripped):
            found.append([stripped])
            fresh = stripped.startswith("#")
        else:
            found[-1].append(stripped)
    return found


def _block(lines: list[str]) -> Content:
    text = " ".join(lines)
    if text.startswith("#"):
        return Content.styled(text.lstrip("# "), "bold $primary")
    item = _ITEM.match(text)
    if item:
        mark = f"{item['number'] or '·'} "
        return Content.assemble((mark, "$primary"), _inline(text[item.end() :]))
    return _inline(text)


def _inline(text: str) -> Content:
    parts: list[str | tuple[str, str]] = []
    done = 0
    for match in _SPANS.finditer(text):
        kind = match.lastgroup or "emphasis"
        parts.extend((text[done : match.start()], (match[kind], _STYLES[kind])))
        done = match.end()
    return Content.assemble(*parts, text[done:])
