"""A catalogue whose entries are loaded when somebody asks for them.

It is written out like any other (a name, and where the thing is), so that a search finds it; but
naming an entry or listing all names costs nothing.  A start would otherwise pay for every event
loop and every policy there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")


class LazyCatalogue(MutableMapping[str, T]):
    """Things by name; as with a dict, more can be put in.

    Args:
        places: ``package.module:attribute`` by name.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        found = self._loaded.get(name)
        if found is None:
            module, _, attribute = self._places[name].partition(":")
            found = self._loaded[name] = getattr(import_module(module), attribute)
        return found

    def __setitem__(self, name: str, thing: T) -> None:
        self._places.setdefault(name, "")
        self._loaded[name] = thing

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._loaded.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
