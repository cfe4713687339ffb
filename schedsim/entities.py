"""A table whose last entries need not be built before somebody looks at it.

Where threads are spawned by the hundred thousand, building an :class:`schedsim.trace.Entity` of
twenty fields for each takes longer than scheduling it, and the garbage collector looks at every one
of them again and again.  Those that differ in nothing but name and arrival are kept in columns; the
first look at the table builds them, and from then on it is a list like any other.

What an entity is and how one is built is not known here: see :mod:`schedsim.trace`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from schedsim.durations import Time

E = TypeVar("E")
Build = Callable[[E, int, str, Time], E]


class Table(list[E]):
    """A list that may be told to be longer than it is built; see :class:`Unbuilt`.

    Args:
        entries: those that are there.
        build: makes an entry of what it is like, and of its own number, name and arrival.
        most: the greatest number that one may have.
        too_many: says so.
    """

    __slots__ = ("arrivals", "build", "built", "like", "likes", "most", "names", "too_many")

    def __init__(self, entries: Iterable[E], build: Build[E], most: int, too_many: str) -> None:
        super().__init__(entries)
        self.build = build
        self.most, self.too_many = most, too_many
        self.built = len(self)
        """So many entries are built; the columns tell of those after them."""
        self.like: E | None = None
        """What the last one is like."""
        self.likes: list[tuple[int, E]] = []
        """What they are like: from which place in the columns on."""
        self.names: list[str] = []
        self.arrivals: array[Time] = array("q")

    def add(self, like: E, name: str, arrival: Time) -> int:
        """Add one more that is like ``like`` but for these; its number.

        Raises:
            OverflowError: there are too many.
        """
        names = self.names
        if not names:
            self.built = len(self)
            self.__class__ = Unbuilt
        if like is not self.like:
            self.like = like
            self.likes.append((len(names), like))
        number = self.built + len(names)
        if number > self.most:
            raise OverflowError(self.too_many)
        names.append(name)
        self.arrivals.append(arrival)
        return number


class Unbuilt(Table[E]):
    """A table with entries that are still to be built: all are, at the first look at any.

    While there are none its class is another, so that a look at the table costs what it costs with
    a list.
    """

    __slots__ = ()

    def __len__(self) -> int:
        return self.built + len(self.names)

    def complete(self) -> None:
        """Build what is to be built."""
        names, arrivals, likes, build = self.names, self.arrivals, self.likes, self.build
        first = self.built
        me: Table[E] = self
        me.__class__ = Table
        stops = [start for start, _ in likes[1:]] + [len(names)]
        for (start, like), stop in zip(likes, stops, strict=True):
            for place in range(start, stop):
                self.append(build(like, first + place, names[place], arrivals[place]))
        self.like = None
        self.likes, self.names, self.arrivals = [], [], array("q")


def _looking(name: str) -> Callable[..., Any]:
    """The method of a list of that name, for a table that is to be completed first."""
    method = getattr(list, name)

    def look(self: Unbuilt[Any], *args: Any, **others: Any) -> Any:
        for table in (self, *args):
            if isinstance(table, Unbuilt):
                table.complete()
        return method(self, *args, **others)

    return look


def _added_to(self: Unbuilt[Any], before: list[Any]) -> list[Any]:
    """``before + self``: a list would take the entries without asking."""
    self.complete()
    return before + self


# All that a list can do, but for what does not look at its entries.
for _name in (
    *("__add__", "__contains__", "__delitem__", "__eq__", "__ge__", "__getitem__", "__gt__"),
    *("__iadd__", "__imul__", "__iter__", "__le__", "__lt__", "__mul__", "__ne__"),
    *("__reduce_ex__", "__repr__", "__reversed__", "__rmul__", "__setitem__"),
    *("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove"),
    *("reverse", "sort"),
):
    setattr(Unbuilt, _name, _looking(_name))
setattr(Unbuilt, "__radd__", _added_to)  # noqa: B010 - as the others
