"""The timeline in SVG, and the page around it: whole, safe, and readable without colour."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from schedsim import library
from schedsim.commands import SetCores
from schedsim.export import EXPORTS
from schedsim.export.looks import LOOKS
from schedsim.export.pieces import WHOLE, Piece, pieces
from schedsim.export.words import WORDS
from schedsim.metrics import measure
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.timeline import Situation, Slice
from tests.exporting import HOSTILE, TICKS, written

RUNS, RESTS, READY = Situation.RUNNING, Situation.SUSPENDED, Situation.READY

CROWD = """
schema = 1
title = "Many"
model = "threads"
machine = { cores = 2, quantum = "1ms" }
python = { gil = "off" }
job = [
    { name = "t", count = 10, steps = [{ repeat = 2500, do = ["compute 1ms", "sleep 3ms"] }] },
]
"""
MOST_BYTES = 1_000_000


class _Page(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


# -- pieces -------------------------------------------------------------------------------


def test_what_is_as_wide_as_a_pixel_stays_as_it_is() -> None:
    slices = [Slice(0, 10, RUNS, 1), Slice(10, 25, RESTS, 1)]
    assert list(pieces(slices, 10)) == [
        Piece(0, 10, RUNS, 1, 1, WHOLE, 1),
        Piece(10, 25, RESTS, 1, 1),
    ]


def test_shorter_ones_are_put_together_and_tell_how_much_of_it_ran() -> None:
    slices = [
        *(Slice(0, 20, RUNS, 1), Slice(20, 24, READY, 1), Slice(24, 27, RUNS, 1)),
        *(Slice(27, 34, RESTS, 1), Slice(34, 60, READY, 1)),
    ]
    # 20 to 34: 3 of 14 ran, which is 1.5 of 7; it rested for 7 and was ready for 4.
    assert list(pieces(slices, 10)) == [
        Piece(0, 20, RUNS, 1, 1, WHOLE, 1),
        Piece(20, 34, RESTS, 1, 3, 1, 1),
        Piece(34, 60, READY, 1, 1),
    ]


def test_the_shortest_run_still_shows() -> None:
    slices = [Slice(0, 1, RUNS, 1), Slice(1, 99, RESTS, 1), Slice(99, 1000, READY, 1)]
    assert next(pieces(slices, 100)) == Piece(0, 99, RESTS, 1, 2, 1, 1)


def test_crowds_that_look_the_same_are_one_piece() -> None:
    slices = [
        Slice(4 * n + part, 4 * n + part + 2, RUNS if part else RESTS, 1)
        for n in range(100)
        for part in (0, 2)
    ]
    # Half of it ran: 3.5 of 7.
    assert list(pieces(slices, 8)) == [Piece(0, 400, RESTS, 1, 200, 3, 1)]


# -- svg ----------------------------------------------------------------------------------


def test_a_bar_says_what_it_is() -> None:
    root = ET.fromstring(written(TICKS, "svg"))
    said = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert said[0] == "Timeline: Two in ticks"
    bars = [text for text in said if text and " · " in text]
    assert bars == [
        "core 0: long · running · from 0 ticks · for 2 ticks",
        "core 0: short · running · from 2 ticks · for 1 tick",
        "core 0: long · running · from 3 ticks · for 2 ticks",
        "long · running · from 0 ticks · for 2 ticks",
        "long · ready · from 2 ticks · for 1 tick",
        "long · running · from 3 ticks · for 2 ticks",
        "short · ready · from 0 ticks · for 2 ticks",
        "short · running · from 2 ticks · for 1 tick",
    ]


def test_bars_are_where_their_times_are() -> None:
    # 1,000 pixels for 5 ticks, from 200 on.
    drawn = re.findall(
        r'<rect class="s-run s-c(\d)" x="(\d+)" y="\d+" width="(\d+)"', written(TICKS, "svg")
    )
    assert drawn[:3] == [("0", "200", "400"), ("1", "600", "200"), ("0", "800", "400")]


@pytest.mark.parametrize(
    ("compute", "labels"),
    [
        ("3ms", ["0 ms", "0.5 ms", "1 ms", "1.5 ms", "2 ms", "2.5 ms", "3 ms"]),
        ("40h", ["0 h", "5 h", "10 h"]),
        ("7ns", ["0 ns", "1 ns", "2 ns"]),
    ],
)
def test_an_axis_has_one_unit(compute: str, labels: list[str]) -> None:
    drawn = written(
        f"""
schema = 1
title = "One"
job = [ {{ name = "a", steps = ["compute {compute}"] }} ]
""",
        "svg",
    )
    found = re.findall(r'text-anchor="middle">([^<]* (?:h|s|ms|us|ns))<', drawn)
    assert found[: len(labels)] == labels


def test_no_two_situations_differ_by_colour_alone() -> None:
    assert LOOKS.keys() == WORDS.keys()
    shapes = {
        (look.top, look.height, re.sub(r'class="[^"]*"', "", look.pattern))
        for look in LOOKS.values()
    }
    assert len(shapes) == len(LOOKS)


def test_a_long_run_is_a_small_picture() -> None:
    run = Run(loads(CROWD, "scenario"))
    run.finish()
    measured = measure(run.trace)
    slices = sum(1 for lane in measured.timeline.lanes() for _ in measured.timeline.slices(lane))
    assert slices > 80_000
    text = EXPORTS["svg"].write(run, measured)
    assert len(text) < MOST_BYTES
    assert "ran in part" in text
    ET.fromstring(text)


def test_what_was_done_is_a_dashed_line_at_its_moment() -> None:
    run = Run(loads(TICKS, "scenario"))
    run.finish()
    step = next(row.n for row in run.trace.rows() if row.time == 2)
    run.act(SetCores(2), step, 2)
    run.finish()
    # Of what is left, long has 2 and short 1, on a core each: over at 4, so 250 pixels a tick.
    root = ET.fromstring(EXPORTS["svg"].write(run, measure(run.trace)))
    space = "{http://www.w3.org/2000/svg}"
    lines = [e for e in root.iter(f"{space}path") if e.get("stroke-dasharray") == "3 3"]
    drawn, legend = lines
    assert re.match(r"M700 ", drawn.get("d", ""))
    (title,) = drawn
    assert title.text is not None
    assert title.text.startswith("2 ticks: ")
    assert "2 cores" in title.text
    assert not list(legend)
    assert "command" in [e.text for e in root.iter(f"{space}text")]


def test_of_a_great_crowd_it_says_how_much_is_left_out() -> None:
    """300 lanes are drawn, one of them the core; 1,000 rows are in a table."""
    crowd = TICKS.replace('name = "long",', 'name = "long", count = 1100,').replace(
        "compute 4", "mark a"
    )
    assert "... and 802 more lanes are not drawn" in written(crowd, "svg")
    page = written(crowd, "html")
    # 1,100 and the short one in the table of threads, 1,100 marks.
    assert re.findall(r'class="more">([^<]*)<', page) == ["... and 101 more", "... and 100 more"]


def test_a_run_in_which_nothing_happens_has_a_picture() -> None:
    text = TICKS.replace("compute 4", "mark a").replace("compute 1", "mark b")
    for form in EXPORTS:
        assert written(text, form)


def test_a_lesson_keeps_its_shape() -> None:
    lesson = """lesson = '''
Two *small* words,
2 * 3 * 4.

- **Watch** this: `a * b` and
  its `**rest**`.
- **Try** that.
'''
model"""
    text = written(TICKS.replace("model", lesson), "html")
    assert (
        '<section class="lesson"><p>Two <em>small</em> words, 2 * 3 * 4.</p><ul>'
        "<li><b>Watch</b> this: <code>a * b</code> and its <code>**rest**</code>.</li>"
        "<li><b>Try</b> that.</li></ul></section>"
    ) in text


# -- strangers ----------------------------------------------------------------------------


def test_hostile_names_are_words_in_a_picture() -> None:
    text = written(HOSTILE, "svg")
    assert text.replace("\n", "").isprintable()
    root = ET.fromstring(text)
    assert {element.tag.partition("}")[2] for element in root.iter()} == {
        *("svg", "title", "style", "defs", "pattern", "path", "rect", "text", "g"),
    }
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on")]
    assert '<script>alert(1)</script> ]]> & "q" \\x1b[31m' in "".join(root.itertext())


def test_hostile_names_are_words_in_a_page() -> None:
    text = written(HOSTILE, "html")
    assert text.replace("\n", "").isprintable()
    page = _Page(text)
    assert not {"script", "img", "i"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for words in (
        '<script>alert(1)</script> ]]> & "q" \\x1b[31m',
        "<img src=x onerror=alert(1)> <b>bold</b> <i> ]]>",
        '" onload="alert(4)',
        "</text></svg><script>alert(3)</script>\\x0a]]>\\x00\\u202e",
        "<script>alert(2)</script>",
    ):
        assert words in page.text


@pytest.mark.parametrize("name", library.names())
def test_a_page_is_whole_and_needs_no_other_file(name: str) -> None:
    run = Run(Source.of(library.path(name)).load())
    run.finish()
    measured = measure(run.trace)
    ET.fromstring(EXPORTS["svg"].write(run, measured))
    text = EXPORTS["html"].write(run, measured)
    page = _Page(text)
    assert not page.open
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.elements)
    assert not {"src", "href", "xlink:href", "action"} & {name for name, _ in page.attributes}
    assert not re.search(r"@import|url\((?!#)", text)
    assert run.scenario.title in page.text
    for word in ("Timeline", "Metrics", "Threads"):
        assert word in page.text
    assert text == EXPORTS["html"].write(run, measured)
