"""Random programs of nurseries and cancel scopes: see :mod:`tests.nursery_programs`."""

from __future__ import annotations

from itertools import count

from hypothesis import strategies as st

from tests.nursery_programs import Op, Program

LOCKS = ("lock", "semaphore", "limiter")


DURATIONS = st.integers(0, 12)
SCOPES = st.sampled_from(["c0", "c1"])
DEEPEST = 3
SIMPLE = (
    *("sleep", "sleep", "checkpoint", "compute", "wait", "set", "send", "receive", "raise"),
    "cancel",
)
BLOCKS = (
    *("nursery", "nursery", "nursery", "with", "condition", "move_on", "fail_after", "scope"),
    *("shield", "try"),
)


class Author:
    """Writes a program; its functions start only those that come before them, so that it ends."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers = count()
        self.funcs: dict[str, list[Op]] = {}

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def starts(self, least: int, most: int) -> list[Op]:
        known = st.sampled_from(sorted(self.funcs))
        number = self.draw(st.integers(least, most)) if self.funcs else 0
        return [["start", self.name("t"), self.draw(known)] for _ in range(number)]

    def simple(self) -> Op:
        kind = self.draw(st.sampled_from(SIMPLE))
        if kind in {"sleep", "compute"}:
            return [kind, self.draw(DURATIONS)]
        if kind == "send":
            return [kind, "C0", next(self.numbers)]
        if kind == "cancel":
            return [kind, self.draw(SCOPES)]
        on = {"wait": "E0", "set": "E0", "receive": "C0"}
        return [kind, on[kind]] if kind in on else [kind]

    def block(self, depth: int) -> Op:
        inside = self.ops(depth + 1)
        kind = self.draw(st.sampled_from(BLOCKS))
        block: Op
        if kind == "nursery":
            last: list[Op] = [["cancel_nursery"]] if self.draw(st.integers(0, 3)) == 0 else []
            block = [kind, [*self.starts(0, 2), *inside, *last]]
        elif kind == "with":
            block = [kind, "L0", inside]
        elif kind == "condition":
            does = self.draw(st.sampled_from([["wait", "K0"], ["notify", "K0", 1]]))
            block = ["with", "K0", [does, *inside]]
        elif kind in {"move_on", "fail_after"}:
            block = [kind, self.draw(DURATIONS), inside]
        elif kind == "scope":
            block = [kind, self.draw(SCOPES), inside]
        elif kind == "shield":  # around what ends by itself
            block = [kind, [["sleep", self.draw(DURATIONS)], ["mark", self.name("s")]]]
        else:
            handlers = ("cancelled!", "error", "finally")
            chosen = {each: self.ops(depth + 1) for each in handlers if self.draw(st.booleans())}
            block = [kind, inside, chosen]
        return block

    def ops(self, depth: int) -> list[Op]:
        laid: list[Op] = []
        for _ in range(self.draw(st.integers(0 if depth else 1, 3))):
            blocks = depth < DEEPEST and self.draw(st.booleans())
            laid += [self.block(depth) if blocks else self.simple(), ["mark", self.name("m")]]
        return laid


@st.composite
def programs(draw: st.DrawFn) -> Program:
    author = Author(draw)
    for number in range(draw(st.integers(1, 4))):
        author.funcs[f"f{number}"] = author.ops(1)
    started = author.starts(1, 4)
    return {
        "resources": {
            "L0": {"type": draw(st.sampled_from(LOCKS)), "value": draw(st.integers(1, 2))},
            "E0": {"type": "event"},
            "C0": {"type": "channel", "maxsize": draw(st.sampled_from([0, 1, 2, None]))},
            "K0": {"type": "condition"},
        },
        "funcs": author.funcs,
        "main": [["nursery", [*started, *author.ops(1)]], ["mark", author.name("m")]],
    }
