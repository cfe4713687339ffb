"""One page that needs nothing else: the lesson, the timeline, the numbers, what is worth telling.

It loads nothing and runs no script.  Everything that comes from a file is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from schedsim.durations import Time, format_duration
from schedsim.export.base import Export
from schedsim.export.looks import page_colours
from schedsim.export.svg import picture
from schedsim.export.words import MOST_NAME, commands, name_of, rows_of
from schedsim.findings import find
from schedsim.metrics import METRICS, Measured
from schedsim.metrics.measured import Times
from schedsim.plain import plain
from schedsim.report import figure_text
from schedsim.run import Run
from schedsim.trace import Kind, Role

_MARK = "<!-- schedsim page -->"
_MOST_ROWS = 1_000
"""Of a table."""
_CROWD = 10
"""Percentiles of fewer are told only to scripts."""
_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
_STRESS = re.compile(r"(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])")
_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.about,.more,td small{color:var(--quiet)}
.lesson{max-width:44rem}.lesson li{margin:.2rem 0}
code{background:var(--band);border-radius:3px;padding:0 .25em}
.wide{overflow-x:auto}.wide svg{display:block;min-width:50rem;width:100%;height:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;
border-bottom:1px solid var(--grid)}
th{font-weight:600;color:var(--quiet);white-space:nowrap}.n{text-align:right}
.finding{border-left:4px solid var(--stuck);background:var(--band);padding:.5rem .9rem;
margin:.6rem 0;max-width:52rem}
.finding p{margin:.2rem 0}
@media print{main{max-width:none}.finding{break-inside:avoid}}
"""


def _write(run: Run, measured: Measured) -> str:
    title = escape(plain(run.scenario.title, MOST_NAME))
    body = "\n".join(_Page(run, measured).parts())
    return (
        f'<!DOCTYPE html>\n{_MARK}\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} · schedsim</title>\n<style>\n{page_colours()}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


class _Page:
    def __init__(self, run: Run, measured: Measured) -> None:
        self.run = run
        self.trace = run.trace
        self.measured = measured

    def parts(self) -> Iterator[str]:
        """Everything below the title."""
        yield f'<p class="about">{escape(self._about())}</p>'
        if lesson := self.run.scenario.lesson.strip():
            yield f'<section class="lesson">{"".join(_prose(lesson))}</section>'
        yield f'<h2>Timeline</h2>\n<div class="wide">{self._picture()}</div>'
        found = find(self.measured)
        if found:
            yield "<h2>Findings</h2>"
        for finding in found[:_MOST_ROWS]:
            named = f"{finding.kind.replace('_', ' ')} at {self._took(finding.start)}"
            says, advice = escape(finding.why), escape(finding.advice)
            yield (
                f'<div class="finding"><p><strong>{escape(named)}</strong></p>'
                f"<p>{says}</p><p>{advice}</p></div>"
            )
        yield from _more(len(found))
        if self.trace.failures:
            yield "<h2>Failures</h2>"
        for entity, told in self.trace.failures.items():
            text = "\n".join(plain(line) for line in told.split("\n"))
            name = escape(name_of(self.trace, entity))
            yield f'<p><strong>{name}</strong></p><pre class="wide">{escape(text)}</pre>'
        yield from self._figures()
        head = ("arrival", "first run", "finish", "cpu", "turnaround", "waiting", "slowdown")
        columns = ("name", "in", *head)
        for role, heading in ((Role.THREAD, "Threads"), (Role.TASK, "Tasks")):
            lives = self.measured.of(role)
            rows = [self._life(times) for times in lives[:_MOST_ROWS]]
            yield from _table(heading, columns, rows, len(lives), words=2)
        yield from self._happenings()

    def _picture(self) -> str:
        return picture(self.run, self.measured, titled=False)

    def _about(self) -> str:
        run, trace = self.run, self.trace
        model = "tree" if run.scenario.is_tree else run.scenario.model
        cores = f"{trace.cores} core" + ("s" if trace.cores > 1 else "")
        gil = "GIL on" if run.scenario.python.gil else "GIL off"
        words = [model, cores, run.scenario.machine.policy, gil, self._took(trace.end)]
        words += [f"{len(trace):,} steps", f"seed {run.seed}"]
        if not trace.complete:
            words.append("stopped with more to come")
        return " · ".join(words)

    def _took(self, time: Time | None) -> str:
        return "-" if time is None else format_duration(time, self.trace.unit)

    def _figures(self) -> Iterator[str]:
        crowd = len(self.measured.pieces) >= _CROWD
        lines: dict[str, list[str]] = {}
        for metric in METRICS.values():
            value = None if metric.crowd and not crowd else metric(self.measured)
            if value is not None:
                text = figure_text(metric.form, value, self.trace.unit)
                lines.setdefault(metric.line, []).append(f"{metric.word} {text}")
        rows = [(heading, " · ".join(figures)) for heading, figures in lines.items()]
        yield from _table("Metrics", ("of", "figures"), rows, len(rows), words=2)

    def _life(self, times: Times) -> Sequence[str]:
        entity = self.trace.entities[times.entity]
        home = name_of(self.trace, entity.process)
        if entity.role is Role.TASK:
            home += f"/{name_of(self.trace, entity.thread)}"
        moments = (times.arrival, times.first_run, times.finish)
        lasting = (times.cpu, times.turnaround, times.waiting)
        slowdown = "-" if times.slowdown is None else f"{times.slowdown:.2f}"
        name = name_of(self.trace, times.entity)
        return (name, home, *map(self._took, moments + lasting), slowdown)

    def _happenings(self) -> Iterator[str]:
        """What was logged, and what the user did."""
        trace = self.trace
        marks = [
            (self._took(row.time), name_of(trace, row.subject), plain(trace.labels[row.arg], 200))
            for row in rows_of(trace, Kind.MARK)
        ]
        shown = marks[:_MOST_ROWS]
        yield from _table("Marks", ("at", "by", "label"), shown, len(marks), words=3)
        done = [(self._took(row.time), says) for row, says in commands(self.run)]
        yield from _table("What was done", ("at", "what"), done[:_MOST_ROWS], len(done), words=2)


def _table(
    heading: str, head: Sequence[str], rows: Iterable[Sequence[str]], count: int, *, words: int
) -> Iterator[str]:
    """A table under a heading, of which the first columns are words and the rest numbers."""
    if not count:
        return

    def line(cells: Sequence[str], tag: str) -> str:
        drawn = (
            f"<{tag}{'' if n < words else ' class=n'}>{escape(cell)}</{tag}>"
            for n, cell in enumerate(cells)
        )
        return f"<tr>{''.join(drawn)}</tr>"

    body = "\n".join(line(cells, "td") for cells in rows)
    yield f"<h2>{heading}</h2>"
    yield (
        f'<div class="wide"><table><thead>{line(head, "th")}</thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )
    yield from _more(count)


def _more(count: int) -> Iterator[str]:
    if count > _MOST_ROWS:
        yield f'<p class="more">... and {count - _MOST_ROWS:,} more</p>'


def _prose(text: str) -> Iterator[str]:
    """A lesson: paragraphs, lists with dashes, ``**bold**``, ``*stress*``, code; nothing else."""
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.strip().split("\n")]
        items: list[str] = []
        before: list[str] = []
        for line in lines:
            if line.startswith(("- ", "* ")):
                items.append(line[2:])
            elif items:
                items[-1] += f" {line}"
            else:
                before.append(line)
        if before:
            yield f"<p>{_inline(' '.join(before))}</p>"
        if items:
            yield f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"


def _inline(text: str) -> str:
    """Bold, stress and code within a line; code is taken as it is."""
    parts = _CODE.split(plain(text))
    drawn = []
    for number, part in enumerate(parts):
        safe = escape(part)
        if number % 2:
            drawn.append(f"<code>{safe}</code>")
        else:
            drawn.append(_STRESS.sub(r"<em>\1</em>", _BOLD.sub(r"<b>\1</b>", safe)))
    return "".join(drawn)


HTML = Export("a page of ours in HTML", _MARK, _write)
