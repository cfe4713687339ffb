"""The whole timeline as one picture that needs nothing else: cores, GILs, threads and their tasks.

It can be read without colour: situations have patterns, threads and tasks have letters.  In a
small run every bar says on pointing what it is.  How things look is in ``looks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from schedsim.compare.cells import shorten
from schedsim.compare.outcomes import LOOP_LETTER, Cast, Outcome
from schedsim.durations import Time, format_duration
from schedsim.export.base import Export
from schedsim.export.looks import BAR, COLOURS, LOOKS, patterns, style
from schedsim.export.pieces import WHOLE, Piece, pieces
from schedsim.export.shapes import n, round_up, text
from schedsim.export.words import MOST_NAME, WORDS, commands, name_of, rows_of
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.timeline import LaneId, Situation
from schedsim.trace import Kind, Role

_MARK = "<!-- schedsim timeline -->"
_LABELS = 200
"""The width of the names at the left."""
_PLOT = 1_000
_RIGHT = 30
_ROW = 20
_MOST_LANES = 300
_MOST_TITLES = 4_000
"""Pieces that say what they are; where there are more, those that look alike are one shape."""
_LETTER = 9
"""The least width of a bar with a letter in it."""
_EDGED = 3
"""The least width of a bar with an edge, which tells it from its neighbours."""
_LEAST = 0.8
_APART = 7.0
_LABEL_CHARACTERS = 24
_STEP = 90
"""The least distance of labels on the axis."""
_LEGEND_ENTRY = 165
_MISSED = "m-4 0h8l-4 8z"
"""A triangle that points down, from the middle of its top."""
_MARKED = "l3 4l-3 4l-3-4z"
"""A diamond, from its top."""


def picture(run: Run, measured: Measured, *, titled: bool = True) -> str:
    """The picture as one SVG element, with its title in it unless a page has that already."""
    return "\n".join(_Picture(run, measured, titled=titled).lines())


def _write(run: Run, measured: Measured) -> str:
    return f"{_MARK}\n{picture(run, measured)}\n"


class _Picture:
    def __init__(self, run: Run, measured: Measured, *, titled: bool) -> None:
        self.run = run
        self.trace = run.trace
        self.timeline = measured.timeline
        self.titled = titled
        lanes = self.timeline.lanes()
        self.lanes, self.more = lanes[:_MOST_LANES], len(lanes[_MOST_LANES:])
        self.outcome = Outcome("", run, measured, Outcome.of("", run).who)
        self.cast = Cast([self.outcome])
        self.end = max(1, self.trace.end)
        self.pixel = self.end / _PLOT
        self.pieces = {lane: self._pieces(lane) for lane in self.lanes}
        self.detailed = sum(map(len, self.pieces.values())) <= _MOST_TITLES
        everything = [piece for found in self.pieces.values() for piece in found]
        self.seen = {piece.situation for piece in everything}
        self.parted = any(0 < piece.level < WHOLE for piece in everything)
        """Somebody ran for a part of a piece."""
        self.width = _LABELS + _PLOT + _RIGHT
        self.marks: dict[LaneId, list[tuple[Time, str]]] = {}
        for row in rows_of(self.trace, Kind.MARK):
            task = self.trace.entities[row.subject].role is Role.TASK
            lane = LaneId("task" if task else "thread", row.subject)
            says = plain(self.trace.labels[row.arg], MOST_NAME)
            self.marks.setdefault(lane, []).append((row.time, says))

    def _pieces(self, lane: LaneId) -> list[Piece]:
        found = pieces(self.timeline.slices(lane), self.pixel)
        return [piece for piece in found if piece.situation in WORDS or piece.level]

    def lines(self) -> Iterator[str]:
        """Everything, from top to bottom."""
        body: list[str] = []
        top = 12
        title = plain(self.run.scenario.title, 120)
        if self.titled:
            body.append(text(12, top + 12, title, "s-title s-f-ink"))
            body.append(text(12, top + 32, self._about(), "s-f-quiet"))
            top += 50
        axis = top + 12
        top += 24
        rows = list(self._rows(top))
        bottom = top + _ROW * len(rows)
        body += self._axis(axis, bottom)
        body += self._commands(axis, bottom)
        body += rows
        if self.more:
            bottom += _ROW
            says = f"... and {self.more:,} more lanes are not drawn"
            body.append(text(12, bottom - 6, says, "s-f-quiet"))
        legend = list(self._legend(bottom + 10))
        height = bottom + 20 + _ROW * len({line for line, _ in legend})
        body += [drawn for _, drawn in legend]
        label = escape(f"Timeline: {title}")
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="s s-f-ink" role="img" '
            f'width="{self.width}" height="{height}" viewBox="0 0 {self.width} {height}">'
        )
        yield f"<title>{label}</title>"
        yield f"<style>{style()}</style>{patterns()}"
        yield f'<rect class="s-f-paper" width="{self.width}" height="{height}"/>'
        yield from body
        yield "</svg>"

    def _about(self) -> str:
        end = format_duration(self.trace.end, self.trace.unit)
        cores = f"{self.trace.cores} core" + ("s" if self.trace.cores > 1 else "")
        return f"{cores} · {self.run.scenario.machine.policy} · {end} · seed {self.run.seed}"

    # -- lanes ----------------------------------------------------------------------------

    def _rows(self, top: float) -> Iterator[str]:
        """A row for each lane, and one that names each process."""
        process = 0
        for lane in self.lanes:
            home = self._home(lane)
            if home != process:
                process = home
                if self._named(home):
                    label = shorten(f"process {name_of(self.trace, home)}", _LABEL_CHARACTERS)
                    yield text(12, top + 14, label, "s-f-quiet")
                    top += _ROW
            yield self._row(lane, top)
            top += _ROW

    def _home(self, lane: LaneId) -> int:
        """The process that a lane is in; 0 of a core."""
        if lane.kind == "core":
            return 0
        return lane.number if lane.kind == "gil" else self.trace.entities[lane.number].process

    def _named(self, process: int) -> bool:
        """Whether a process has a row: not if it is the only one, or nothing but one thread."""
        entities = self.trace.entities
        inside = [lane for lane in self.lanes if self._home(lane) == process]
        alone = sum(each.role is Role.PROCESS for each in entities[1:]) == 1
        called = {entities[lane.number].name for lane in inside}
        return not alone and (len(inside) > 1 or called != {entities[process].name})

    def _row(self, lane: LaneId, top: float) -> str:
        if lane.kind in ("thread", "task"):
            left = 12 if lane.kind == "thread" else 26
            label, letter = name_of(self.trace, lane.number), self._letter(lane.number)
            colour = self._colour(lane.number)
            drawn = [
                f'<rect class="{colour}" x="{left}" y="{top + 3}" width="13" height="{BAR}"/>',
                text(left + 6.5, top + 14, letter, _ink(colour), middle=True),
            ]
            left += 20
        else:
            left, drawn, label = 12, [], plain(self.timeline.name(lane), 200)
        room = _LABEL_CHARACTERS - (left - 12) // 7
        full = f"<title>{escape(label)}</title>"
        drawn.append(text(left, top + 14, shorten(label, room), "s-f-ink", inside=full))
        drawn += self._bars(lane, top + 3)
        drawn += self._missed(lane, top + 3)
        drawn += self._signs(self.marks.get(lane, ()), top, "s-f-ink", _MARKED)
        return f"<g>{''.join(drawn)}</g>"

    def _bars(self, lane: LaneId, top: float) -> Iterator[str]:
        shapes: dict[str, list[str]] = {}
        letters = []
        for piece in self.pieces[lane]:
            left, width = self._x(piece.start), (piece.end - piece.start) / self.pixel
            width = max(width, _LEAST)
            for name, upper, height in self._parts(piece, width):
                y = top + upper
                if self.detailed:
                    size = f'width="{n(width)}" height="{height}"'
                    says = f"<title>{escape(self._says(lane, piece))}</title>"
                    yield f'<rect class="{name}" x="{n(left)}" y="{n(y)}" {size}>{says}</rect>'
                else:
                    box = f"M{n(left)} {n(y)}h{n(width)}v{height}h-{n(width)}z"
                    shapes.setdefault(name, []).append(box)
            if piece.level == WHOLE and width >= _LETTER:
                letter, ink = self._letter(piece.runner), _ink(self._colour(piece.runner))
                letters.append(text(left + width / 2, top + 11, letter, ink, middle=True))
        for name, boxes in shapes.items():
            yield f'<path class="{name}" d="{"".join(boxes)}"/>'
        yield from letters

    def _parts(self, piece: Piece, width: float) -> Iterator[tuple[str, int, int]]:
        """The shapes of a piece: class, top and height; a bar as high as it was RUNNING for."""
        look = LOOKS.get(piece.situation)
        if look is not None and piece.situation is not Situation.RUNNING:
            yield look.name, look.top, look.height
        if piece.level:
            height = BAR * piece.level // WHOLE
            edge = "s-run " if width >= _EDGED else ""
            yield f"{edge}{self._colour(piece.runner)}", BAR - height, height

    def _says(self, lane: LaneId, piece: Piece) -> str:
        """What one reads on pointing at a piece."""
        start = format_duration(piece.start, self.trace.unit)
        took = format_duration(piece.end - piece.start, self.trace.unit)
        says = WORDS.get(piece.situation, "")
        who = plain(self.timeline.name(lane), 60)
        if lane.kind in ("core", "gil") and (piece.runner or piece.who):
            who = f"{who}: {name_of(self.trace, piece.runner or piece.who)}"
        if piece.slices > 1:
            share = f"running for about {piece.level}/{WHOLE} of the time"
            says = f"{share if piece.level else says} ({piece.slices:,} short slices)"
        return f"{who} · {says} · from {start} · for {took}"

    def _missed(self, lane: LaneId, top: float) -> Iterator[str]:
        missed = [(time, "deadline missed") for time in self.timeline.missed(lane)]
        yield from self._signs(missed, top - 3, "s-f-stuck", _MISSED)

    def _signs(
        self, what: Iterable[tuple[Time, str]], top: float, name: str, shape: str
    ) -> Iterator[str]:
        """Small shapes at moments of a lane, as many as can be told apart."""
        last = -_APART
        for time, says in what:
            x = self._x(time)
            if x - last < _APART:
                continue
            last = x
            told = escape(f"{says} at {format_duration(time, self.trace.unit)}")
            path = f"M{n(x)} {n(top)}{shape}"
            yield f'<path class="{name}" d="{path}"><title>{told}</title></path>'

    def _letter(self, entity: int) -> str:
        return self.cast.letters[self.outcome.who[entity]]

    def _colour(self, entity: int) -> str:
        letter = self._letter(entity)
        return "s-cl" if letter == LOOP_LETTER else f"s-c{(ord(letter) - 1) % 32 % COLOURS}"

    def _x(self, time: Time) -> float:
        return _LABELS + time / self.pixel

    # -- what is around -------------------------------------------------------------------

    def _axis(self, top: float, bottom: float) -> Iterator[str]:
        step = round_up(self.end * _STEP / _PLOT)
        for time in range(0, self.end + 1, step):
            x = n(self._x(time))
            yield f'<path class="s-l-grid" d="M{x} {n(top + 5)}V{n(bottom)}"/>'
            label = format_duration(time, self.trace.unit)
            yield text(self._x(time), top, label, "s-f-quiet", middle=True)

    def _commands(self, top: float, bottom: float) -> Iterator[str]:
        for row, says in commands(self.run):
            at = format_duration(row.time, self.trace.unit)
            told = f"<title>{escape(f'{at}: {says}')}</title>"
            line = f"M{n(self._x(row.time))} {n(top + 3)}V{n(bottom)}"
            yield f'<path class="s-l-stuck" stroke-dasharray="3 3" d="{line}">{told}</path>'

    def _legend(self, top: float) -> Iterator[tuple[int, str]]:
        """The entries, each with the number of its line."""
        entries = []
        for situation in WORDS:
            if situation in self.seen:
                look = LOOKS[situation]
                name = "s-f-ink" if situation is Situation.RUNNING else look.name
                shape = f'class="{name}" y="{look.top}" height="{look.height}"'
                entries.append((f'<rect {shape} width="24"/>', WORDS[situation]))
        if self.parted:
            entries.append(('<rect class="s-f-ink" y="8" height="6" width="24"/>', "ran in part"))
        if any(self.timeline.missed(lane) for lane in self.lanes):
            sign = f'<path class="s-f-stuck" d="M12 2{_MISSED}"/>'
            entries.append((sign, "deadline missed"))
        if self.marks.keys() & set(self.lanes):
            entries.append((f'<path class="s-f-ink" d="M12 4{_MARKED}"/>', "mark"))
        if self.run.commands:
            dashed = '<path class="s-l-stuck" stroke-dasharray="3 3" d="M12 0V14"/>'
            entries.append((dashed, "command"))
        beside = (self.width - 24) // _LEGEND_ENTRY
        for number, (swatch, says) in enumerate(entries):
            line, column = divmod(number, beside)
            place = f"translate({12 + column * _LEGEND_ENTRY} {n(top + _ROW * line)})"
            word = text(30, 11, says, "s-f-quiet")
            yield line, f'<g transform="{place}">{swatch}{word}</g>'


def _ink(colour: str) -> str:
    """The classes of a letter on that colour."""
    return f"s-letter {'s-cl-i' if colour == 's-cl' else colour.replace('s-c', 's-i')}"


SVG = Export("a timeline of ours in SVG", _MARK, _write)
