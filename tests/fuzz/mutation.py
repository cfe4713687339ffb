"""One input made of another: the text stays near what is read, so that it is read far.

Chance is given from outside: the same chance makes the same input.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

MOST_BYTES: Final = 20_000
"""A mutant is no longer than this."""

_WORD: Final = re.compile(r'"[^"\n]{0,80}"|[A-Za-z_][\w.-]*|\d[\d_.]*[a-z]*|\s+|.', re.DOTALL)
_NUMBERS: Final = (
    *("0", "1", "2", "-1", "63", "64", "65", "1000", "1000000", "1000000000", "1000000001"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308", "1e-9"),
    *("nan", "inf", "-inf", "0.1", "315360000000000000", "315360000000000001", "0x10", "1_0"),
    *("9" * 400, "00", "-0", "+1", "1e999999", "4294967296", "2147483648"),
)
_WILD: Final = (
    *(
        "",
        " ",
        "\0",
        "\n",
        "\r",
        "\x1b[2J",
        "\u202e",
        "é",
        "日本",
        "👩‍👩‍👧",
        "\ufeff",
        "\udc80",
        "\x7f",
    ),
    *("%s", "{}", "[/]", "..", "/", "~", "'", '"', "\\", "#", "=", ",", "[", "]", "{", "}", "--"),
    *("a" * 300, "[" * 120, "x.y.z", "\x85", "\u2028", "İ", "ß", "٣"),
)


class Mutation:
    """Makes inputs of others.

    Args:
        words: what stands in such texts, to be put where other words stand.
        others: whole texts, to take parts from.
    """

    def __init__(self, words: Sequence[str], others: Sequence[str]) -> None:
        self.words = tuple(words) or ("",)
        self.others = tuple(others) or ("",)
        self._ways: tuple[Callable[[str, random.Random], str], ...] = (
            *[self._word] * 6,
            *[self._number] * 3,
            *[self._line] * 3,
            *[self._value] * 4,
            self._cut,
            self._wild,
            self._splice,
        )

    def mutant(self, text: str, chance: random.Random) -> str:
        """Another text, one to five changes away."""
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
            text = chance.choice(self._ways)(text, chance)[:MOST_BYTES]
        return text

    def _any_word(self, chance: random.Random) -> str:
        return chance.choice(chance.choice((self.words, self.words, _NUMBERS, _WILD)))

    def _word(self, text: str, chance: random.Random) -> str:
        """One word becomes another, goes, or gets a neighbour."""
        parts = _WORD.findall(text)
        places = [n for n, part in enumerate(parts) if not part.isspace()]
        if not places:
            return self._any_word(chance)
        place, word = chance.choice(places), self._any_word(chance)
        how = chance.randrange(6)
        if parts[place][:1] == '"' and how:
            inside = parts[place][1:-1].split(" ")
            inside[chance.randrange(len(inside))] = word
            parts[place] = f'"{" ".join(inside)}"' if how > 1 else f'"{word}"'
        elif how == 0:
            parts[place] = ""
        elif how == 1:
            parts[place] += word
        elif how == 2:
            parts[place] = parts[chance.choice(places)]
        else:
            parts[place] = word
        return "".join(parts)

    def _number(self, text: str, chance: random.Random) -> str:
        """A number becomes another, its unit stays."""
        found = list(re.finditer(r"-?\d[\d_.]*", text))
        if not found:
            return self._word(text, chance)
        one = chance.choice(found)
        return text[: one.start()] + chance.choice(_NUMBERS) + text[one.end() :]

    def _line(self, text: str, chance: random.Random) -> str:
        """Lines go, come twice, change places, or come from another text."""
        lines = text.split("\n")
        place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        how = chance.randrange(5)
        if how == 0:
            del lines[place]
        elif how == 1:
            lines.insert(other, lines[place])
        elif how == 2:
            lines[place], lines[other] = lines[other], lines[place]
        elif how == 3:
            foreign = chance.choice(self.others).split("\n")
            start = chance.randrange(len(foreign))
            lines[place:place] = foreign[start : start + chance.choice((1, 1, 2, 6))]
        else:
            lines[place:place] = lines[place : place + 8] * chance.choice((1, 2, 30))
        return "\n".join(lines)

    def _cut(self, text: str, chance: random.Random) -> str:
        """It ends early, or a stretch is missing."""
        start = chance.randrange(len(text) + 1)
        return text[:start] + text[start + chance.choice((1, 5, 50, MOST_BYTES)) :]

    def _wild(self, text: str, chance: random.Random) -> str:
        """Something that no author would write, somewhere."""
        start = chance.randrange(len(text) + 1)
        return text[:start] + chance.choice(_WILD) + text[start:]

    def _splice(self, text: str, chance: random.Random) -> str:
        """The beginning of this one, and the end of another."""
        other = chance.choice(self.others)
        return text[: chance.randrange(len(text) + 1)] + other[chance.randrange(len(other) + 1) :]

    def _value(self, text: str, chance: random.Random) -> str:
        """If it is JSON: a value in it becomes another, goes, or comes twice."""
        if not text.lstrip().startswith("{"):
            return self._word(text, chance)
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            return self._word(text, chance)
        self._change(tree, chance)
        try:
            return json.dumps(tree, indent=1)
        except (ValueError, RecursionError):
            return text

    def _change(self, tree: Any, chance: random.Random) -> None:
        """Somewhere in it, deep places as likely as high ones."""
        places: list[tuple[Any, Any]] = []
        waiting = [tree]
        while waiting and len(places) < 3_000:
            each = waiting.pop()
            keys: Sequence[Any] = ()
            if isinstance(each, dict):
                keys = [key for key in each if key != "lines"]
            elif isinstance(each, list):
                keys = range(len(each))
            places += [(each, key) for key in keys]
            waiting += [each[key] for key in keys if isinstance(each[key], dict | list)]
        if not places:
            return
        holder, key = chance.choice(places)
        old = holder[key]
        how = chance.randrange(8)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, list):
            holder.insert(key, old)
        elif how == 2:
            holder[key] = chance.choice(
                [None, True, [], {}, -1, 0, 1.5, 1 << 63, 10**400, "", [old]]
            )
        elif isinstance(old, str) and how < 6:
            holder[key] = self._word(old, chance)
        elif isinstance(old, int) and how < 7:
            holder[key] = old + chance.choice((-1, 1, 2, 1_000, -1_000_000, 10**9))
        else:
            other, place = chance.choice(places)
            holder[key] = other[place]
