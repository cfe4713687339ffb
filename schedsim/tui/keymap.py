"""The user's keymap: a small TOML file that moves keys.

One line an act, by its id, with the keys it shall have instead of its own::

    step = "right, l, full_stop"
    faster = ["ctrl+up"]

Ids are those of the bindings; several that have the same keys on one screen (they are never offered
together) move together.  Where one types, letters are not for acts.  A file with any mistake is
refused as a whole: keys that do something else than their user thinks are worse than none.
"""

from __future__ import annotations

import os
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from platformdirs import user_config_path
from textual.binding import Binding, BindingsMap
from textual.keys import Keys

from schedsim.plain import plain
from schedsim.scenario_file import Problem, ScenarioError
from schedsim.scenario_file.lines import lines_of
from schedsim.scenario_file.problems import near, shown

FOLDER = "SCHEDSIM_CONFIG_DIR"
"""The environment variable that names another folder."""

_Bound = Mapping[str, tuple[str, ...]]

Keymap = Mapping[str, Sequence[str]]
"""Keys by the id of a binding."""
NO_CHANGE: Keymap = MappingProxyType({})

_MOST_BYTES = 100_000
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "meta", "super"})
_RESERVED = {
    "ctrl+c": "ends or copies in every terminal",
    "ctrl+p": "opens the command palette",
    "ctrl+q": "leaves at once, on every screen",
    "ctrl+i": "is the same as tab to a terminal",
    "ctrl+m": "is the same as enter to a terminal",
    "ctrl+h": "is the same as backspace to many terminals",
    "ctrl+z": "suspends a program",
}


def place() -> Path:
    """The user's file, which need not exist."""
    folder = os.environ.get(FOLDER)
    config = Path(folder) if folder else user_config_path("schedsim", appauthor=False)
    return config / "keymap.toml"


def read(
    path: Path,
    screens: Sequence[Iterable[Binding]],
    typing: Sequence[Iterable[Binding]] = (),
) -> Keymap:
    """What the file ``path`` says.

    Args:
        path: the file.
        screens: the bindings of each screen.
        typing: those of screens and fields in which one types.

    Raises:
        ScenarioError: with everything that is wrong with it.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ScenarioError([Problem(source, "too large for a keymap")])
        text = data.decode("utf-8")
        table = tomllib.loads(text)
    except ScenarioError:
        raise
    except OSError as error:
        raise ScenarioError([Problem(source, (error.strerror or str(error)).lower())]) from None
    except RecursionError:
        raise ScenarioError([Problem(source, "nested too deeply")]) from None
    except ValueError as error:
        raise ScenarioError([Problem(source, f"not a keymap: {error}")]) from None
    known = [_keys_by_id(bindings) for bindings in screens]
    typed = [_keys_by_id(bindings) for bindings in typing]
    return _Reading(source, text, known, typed).keymap(table)


def move(bindings: BindingsMap, keymap: Keymap) -> BindingsMap:
    """The same bindings, with the keys that ``keymap`` gives them."""
    found: dict[str, list[Binding]] = {}
    moved: set[str] = set()
    for key, binding in bindings:
        name = binding.id or ""
        if name not in keymap:
            found.setdefault(key, []).append(binding)
        elif name not in moved:
            moved.add(name)
            for other in keymap[name]:
                found.setdefault(other, []).append(binding.with_key(other))
    return BindingsMap.from_keys(found)


def _keys_by_id(bindings: Iterable[Binding]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in Binding.make_bindings(bindings):
        if each.id is not None:
            found[each.id] = (*found.get(each.id, ()), each.key)
    return found


class _Reading:
    """One file being checked."""

    def __init__(
        self, source: str, text: str, screens: Sequence[_Bound], typing: Sequence[_Bound]
    ) -> None:
        self.source = source
        self.lines = lines_of(text)
        self.screens = screens
        self.typing = typing
        self.ids = {name: keys for bound in (*screens, *typing) for name, keys in bound.items()}
        self.problems: list[Problem] = []

    def keymap(self, table: Mapping[str, object]) -> Keymap:
        wanted: dict[str, tuple[str, ...]] = {}
        for name, value in table.items():
            if name not in self.ids:
                self._add(name, f"there is no act {shown(name)}{near(name, self.ids)}")
                continue
            keys = self._keys(name, value)
            if keys:
                wanted[name] = keys
        full = dict(wanted)
        for name, keys in wanted.items():
            for sibling in self._siblings(name):
                full.setdefault(sibling, keys)
        for bound in (*self.screens, *self.typing):
            self._clashes(bound, full)
        if self.problems:
            raise ScenarioError(self.problems)
        return full

    def _siblings(self, name: str) -> list[str]:
        screens = (bound for bound in self.screens if name in bound)
        return [each for bound in screens for each in bound if bound[each] == self.ids[name]]

    def _keys(self, name: str, value: object) -> tuple[str, ...]:
        words: object = value
        if isinstance(value, str):
            words = [value] if value.strip() == "," else value.split(",")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            self._add(name, f'expected keys such as "right, l", not {shown(value)}')
            return ()
        keys = []
        for word in words:
            key = _key(word.strip() or word)
            if key is None:
                self._add(name, f"there is no key {shown(word.strip())}{_instead(word.strip())}")
            elif key in _RESERVED:
                self._add(name, f"{key} cannot be used: it {_RESERVED[key]}")
            elif key not in _UNTYPED and "+" not in key and self._is_typing(name):
                self._add(name, f"{key} cannot be used: it is typed there")
            else:
                keys.append(key)
        if not words:
            self._add(name, "expected at least one key: an act without a key cannot be reached")
        return tuple(dict.fromkeys(keys))

    def _is_typing(self, name: str) -> bool:
        return any(name in bound for bound in self.typing)

    def _clashes(self, screen: _Bound, wanted: _Bound) -> None:
        """No key for two acts, unless they have had the same keys all along."""
        taken: dict[str, str] = {}
        for name, own in screen.items():
            for key in wanted.get(name, own):
                other = taken.setdefault(key, name)
                together = screen[other] == own and wanted.get(other) == wanted.get(name)
                if other != name and not together:
                    second, first = sorted((name, other), key=self._line)
                    self._add(first, f"{key} is the key of {shown(second)} already")

    def _line(self, name: str) -> int:
        return self.lines.get((name,), 0)

    def _add(self, name: str, says: str) -> None:
        self.problems.append(Problem(self.source, says, plain(name, 60), self._line(name)))


def _key(word: str) -> str | None:
    """A key as Textual calls it; None if there is none of that name."""
    *modifiers, name = word.split("+") if len(word) > 1 else [word]
    if not set(modifiers) <= _MODIFIERS or len(set(modifiers)) < len(modifiers):
        return None
    if len(name) == 1:
        if not name.isprintable() or name.isspace():
            return None
        if "ctrl" in modifiers and name.isupper():  # a terminal tells no case there
            return None
        name = _character(name)
    elif name not in _NAMED:
        return None
    if modifiers == ["shift"] and name not in _NAMED - _TYPED:
        return None  # what is typed with shift comes as another character
    return "+".join([*modifiers, name])


def _instead(word: str) -> str:
    """What may have been meant, as the end of a message."""
    modifiers, _, name = word.rpartition("+")
    if len(name) == 1 and modifiers == "shift":
        own = name.upper()
        return f": did you mean {shown(own)}?" if own != name else ": write what it types"
    if len(name) == 1 and name.isupper():
        return f": did you mean {shown(f'{modifiers}+{name.lower()}')}?"
    return near(word, _NAMED)


def _character(character: str) -> str:
    """What Textual calls the key of a character."""
    if character == ",":  # with it, Textual separates keys
        return "comma"
    (binding,) = Binding.make_bindings([Binding(character, "none")])
    return binding.key


_UNTYPED = frozenset(str(key.value) for key in Keys if not key.value.startswith("<")) - {"space"}
"""Keys that put no character into a text."""
_TYPED = {_character(character) for character in string.punctuation}
"""Characters that have a name."""
_NAMED = _UNTYPED | {"space"} | _TYPED
"""Keys that have a name instead of a character."""
