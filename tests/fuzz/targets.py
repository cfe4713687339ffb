"""What is fuzzed: how an input is tried, and what it is mutated from.

An attempt returns if all is well, also where the input is refused as it should be.  Whatever else
comes out of it is a finding.
"""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final
from unittest.mock import patch

from schedsim import expectations, library, recording
from schedsim.commands import COMMANDS
from schedsim.durations import LONGEST, UNITS, format_duration, parse_duration, parse_ticks
from schedsim.findings import FINDINGS
from schedsim.metrics import METRICS, Measured, measure
from schedsim.ops import VERBS
from schedsim.policies import POLICIES
from schedsim.recording import Recording, RecordingError, Source
from schedsim.run import Run
from schedsim.scenario import MODELS, Scenario
from schedsim.scenario_file import ScenarioError, loads

CORPUS: Final = Path(__file__).parents[1] / "corpus"
ROWS: Final = 400
"""So far a run is executed."""
_MOST: Final = 3_000
"""Threads and tasks that a run may have here: a million of them are no mistake."""
_SMALL: Final = 3_000
"""Bytes of a scenario of the library from which inputs are made."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads what strangers have written."""

    attempt: Callable[[bytes], None]
    seeds: Callable[[], Sequence[str]]
    words: Callable[[], Sequence[str]]
    leaves_nothing: bool = True
    """Not even in its own folder."""


def text_of(given: bytes) -> str:
    """As text; what is not UTF-8 becomes half surrogates, which are no text either."""
    return given.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The other way."""
    return text.encode("utf-8", "surrogateescape" if _escaped(text) else "surrogatepass")


def _escaped(text: str) -> bool:
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in text)


def _printable(error: Exception, source: str) -> None:
    """Every line of a message names the file, and does nothing to a terminal."""
    for line in str(error).split("\n"):
        assert line.startswith(source), line
        assert line.isprintable(), line


# -- scenario files -------------------------------------------------------------------------


def _scenario(given: bytes) -> None:
    try:
        scenario = loads(text_of(given), "file.toml", name="file")
    except ScenarioError as error:
        _printable(error, "file.toml")
        return
    _play(scenario)


def _play(scenario: Scenario) -> None:
    """Run what is of bounded size, and say everything of it."""
    if _size(scenario) > _MOST:
        return
    from schedsim import report

    played = Run(scenario, rows=ROWS)
    played.finish()
    report.to_text(played)
    report.to_json(played)


def _size(scenario: Scenario) -> int:
    return sum(
        job.count
        for plan in scenario.plan()
        for thread in plan.threads
        for job in (thread.job, *thread.tasks)
    )


@cache
def _scenarios() -> Sequence[str]:
    files = [*library.folder().glob("*.toml"), *(e.path for e in library.templates())]
    texts = [path.read_text(encoding="utf-8") for path in sorted(files)]
    short = [_without_lesson(text) for text in texts if "def scenario" not in text]
    return [text for text in short if len(text) < _SMALL] + corpus("scenario")


def _without_lesson(text: str) -> str:
    """A scenario is long because of its lesson, in which nothing can go wrong."""
    first, _, rest = text.partition('lesson = """')
    return first + rest.partition('"""')[2] if rest else text


@cache
def _grammar() -> Sequence[str]:
    """Every word of every scenario, and all that the catalogues know."""
    found: set[str] = {*VERBS, *MODELS, *POLICIES, *UNITS, "forever", "tick", "true", "false"}

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                found.add(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            found.update(str(value).split()[:8])

    for text in _scenarios():
        try:
            walk(tomllib.loads(text))
        except tomllib.TOMLDecodeError:
            continue
    tables = ("[[job]]", "[[process]]", "[[process.thread]]", "[[process.thread.task]]")
    found.update((*tables, "[machine]", "[python]", "[[lock]]", "[[queue]]", "[[pool]]"))
    return sorted(found)


# -- recordings -----------------------------------------------------------------------------


def _recording(given: bytes) -> None:
    path = Path("file.rec")
    path.write_bytes(given)
    try:
        recorded = recording.load(path)
    except RecordingError as error:
        _printable(error, "file.rec")
        return
    finally:
        path.unlink()
    try:
        scenario = recorded.source.load("file.rec (its scenario)")
        if _size(scenario) > _MOST:
            return
        played = replace(recorded, rows=min(recorded.rows, ROWS)).play(shown="file.rec")
    except (ScenarioError, RecordingError) as error:
        _printable(error, "file.rec")
        return
    recorded.first_difference(played.trace)
    again = Recording.of(played, recorded.source).dumps()
    assert recording.loads(again, "again").dumps() == again


_DEEDS: Final = (
    {"do": "yielding", "on": True},
    {"do": "inject", "name": "x", "duration": 5_000_000, "chunk": 1_000_000, "yielding": True},
    {"do": "cores", "count": 2},
    {"do": "switch_interval", "interval": 1_000_000},
    {"do": "patch", "on": True},
    {"do": "gil", "on": False},
    {"do": "policy", "name": "mlfq", "parameters": {"levels": 3}},
    {"do": "quantum", "quantum": 2_000_000},
    {"do": "kill", "name": "ticker-1"},
    {"do": "nice", "name": "cruncher", "nice": 5},
    {"do": "priority", "name": "cruncher", "priority": 5},
    {"do": "tickets", "name": "cruncher", "tickets": 5},
)


@cache
def _recordings() -> Sequence[str]:
    found = []
    for text in _scenarios():
        try:
            scenario = loads(text, "x", name="x")
        except ScenarioError:
            continue
        run = Run(scenario, rows=60)
        run.finish()
        whole = Recording.of(run, Source("x", text)).dumps()
        found.append(whole)
        deed = _DEEDS[len(found) % len(_DEEDS)]
        given = str({"step": 9, "at": run.trace.times[min(9, len(run.trace) - 1)], **deed})
        given = given.replace("'", '"').replace("True", "true").replace("False", "false")
        found.append(whole.replace('"commands": []', f'"commands": [{given}]'))
    return found + corpus("recording")


def _recording_words() -> Sequence[str]:
    keys = ("step", "at", "do", "name", "process", "loop", "on", "parameters", "python", "toml")
    return [*_grammar(), *COMMANDS, *keys, "language", "settings", "model", "null"]


# -- command lines --------------------------------------------------------------------------

_BAD: Final = "schema = 1\ntitle = 3\n[[job]]\nname = 'a'\nsteps = ['compute']\n"


@cache
def _beside() -> None:
    """Files to be named in command lines."""
    scenario = library.path("starving-loop").read_text(encoding="utf-8")
    Path("a.toml").write_text(scenario, encoding="utf-8")
    ticks = library.path("textbook-fifo").read_text(encoding="utf-8")
    Path("t.toml").write_text(ticks, encoding="utf-8")
    Path("bad.toml").write_text(_BAD, encoding="utf-8")
    python = library.path("four-styles").read_text(encoding="utf-8")
    Path("p.py").write_text(python, encoding="utf-8")
    run = Run(loads(scenario, "a.toml"), rows=100)
    run.finish()
    Recording.of(run, Source("a", scenario)).save(Path("a.rec"))
    Path("folder").mkdir()


def _argv(given: bytes) -> None:
    """Arguments are lines; what would take long, or for ever, is not begun."""
    _beside()
    words = [word for word in text_of(given).split("\n") if word][:14]
    if any("\0" in word for word in words):  # no operating system hands over such
        return
    if {"screenshot", "screenshots", "bench"} & set(words):
        return
    from schedsim import cli

    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with ExitStack() as stack:
        stack.enter_context(patch.object(sys, "argv", ["schedsim", *words]))
        stack.enter_context(patch("schedsim.browser.serve"))
        stack.enter_context(patch("schedsim.validate.TARGETS", {}))
        stack.enter_context(patch("schedsim.cli.MOST_ROWS", 2_000))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            cli.main()
        except SystemExit as left:
            code = left.code
    for path in set(Path().iterdir()) - {Path(name) for name in _FILES}:
        path.unlink() if path.is_file() else path.rmdir()
    assert code in {0, 1, 2}, f"{code!r} {err.getvalue()}"
    assert "Traceback" not in err.getvalue() or "has failed:" in err.getvalue(), err.getvalue()
    assert code != 2 or err.getvalue().strip(), "refused without a word"


_FILES: Final = ("a.toml", "t.toml", "bad.toml", "p.py", "a.rec", "folder")


def _command_lines() -> Sequence[str]:
    lines = (
        "run a.toml --max-events 300",
        "run a.toml --model threads --set machine.cores=2 --seed 3 --until 50ms --json",
        "run a.toml t.toml --json --max-events 100",
        "run t.toml --until 5 --expect no~deadlock --expect max_wait(A)<=20",
        "run a.toml -o b.rec --max-events 100",
        "run starving-loop --set python.gil=off --max-events 100",
        "run p.py --max-events 200",
        "replay a.rec --verify",
        "replay a.rec --until-step 5 --json",
        "replay a.rec --scenario p.py --expect max_wait(ticker)<=1ms",
        "check a.toml bad.toml a.rec t.toml",
        "compare a.toml --models processes,threads,asyncio --max-events 100",
        "compare a.toml t.toml --until 10ms --max-events 100",
        "compare t.toml --policies fifo,sjf --json --max-events 100",
        "export a.rec --to perfetto -o x.json",
        "export a.toml --to svg -o x.svg",
        "export t.toml --to csv -o x.csv",
        "export a.rec --to html -o x.html",
        "export a.rec --to text -o x.txt",
        "list",
        "open a.toml --no-animation --keymap k.toml",
        "serve a.toml --host 127.0.0.1 --port 0",
        "validate order --json",
        "--version",
        "--help",
        "run --help",
    )
    return [line.replace(" ", "\n").replace("~", " ") for line in lines] + corpus("argv")


def _command_words() -> Sequence[str]:
    from schedsim.cli import cli

    options = {
        option
        for command in cli.commands.values()
        for parameter in command.params
        for option in parameter.opts
    }
    values = ("machine.cores=2", "python.gil=off", "machine.policy=sjf", "job.0.count=3", "5ms")
    ways = ("machine.policy={name='mlfq'}", "title=''", "x", "=", "model=asyncio", "120x36", "5")
    return [*cli.commands, *options, *_FILES, *values, *ways, *library.names(), "perfetto", "svg"]


# -- keymaps, durations, expectations, what a file says of itself ------------------------------


@cache
def _bound() -> Sequence[Sequence[object]]:
    from schedsim.tui.start import what_is_bound

    return what_is_bound()


def _keymap(given: bytes) -> None:
    from textual.binding import BindingsMap

    from schedsim.tui import keymap

    path = Path("keymap.toml")
    bound = _bound()
    path.write_bytes(given)
    try:
        moved = keymap.read(path, bound)  # type: ignore[arg-type]
        for screen in bound:
            keymap.move(BindingsMap(screen), moved)  # type: ignore[arg-type]
    except ScenarioError as error:
        _printable(error, "keymap.toml")
    finally:
        path.unlink()


def _ids() -> Iterator[str]:
    for screen in _bound():
        for binding in screen:
            yield binding.id  # type: ignore[attr-defined]


def _keymaps() -> Sequence[str]:
    usual = ('step = "right, l, full_stop"\nfaster = ["ctrl+up"]\n', 'step = "ctrl+c"\n')
    swapped = 'quit = "x"\nhelp = "f2"\nplay = "ctrl+shift+f5"\n'
    return [*usual, swapped, *corpus("keymap")]


def _keymap_words() -> Sequence[str]:
    keys = ("ctrl+", "shift+", "alt+", "f1", "escape", "space", "full_stop", "comma", ",", "enter")
    return [*_ids(), *keys, "a", "A", "é", '"', "ctrl+c", "up", "tab", "super+", "+", "++"]


def _durations(given: bytes) -> None:
    text = text_of(given)
    for read, unit in ((parse_duration, "ns"), (parse_ticks, "tick")):
        try:
            time = read(text)
        except ValueError:
            continue
        assert 0 <= time <= LONGEST
        assert format_duration(time, unit).isprintable()


def _duration_seeds() -> Sequence[str]:
    return ["5ms", "1.5 s", "0us", "10 µs", "1_000ns", "87600h", "7", " 12 ", *corpus("durations")]


def _expectation(given: bytes) -> None:
    text = text_of(given)
    for unit in ("ns", "tick"):
        try:
            read = expectations.read(text, unit)
            read.check({"ticker", "cruncher"})
            read.broken(_measured(unit))
        except ValueError as error:
            assert str(error).isprintable(), error


@cache
def _measured(unit: str) -> Measured:
    name = "textbook-fifo" if unit == "tick" else "starving-loop"
    return measure(Run(Source.of(library.path(name)).load(), rows=300).finish())


def _expectations() -> Sequence[str]:
    usual = ("max_wait(ticker) <= 20ms", "max_loop_lag < 5ms", "no deadlock", "mean_cpu()==3")
    return [*usual, "total_slowdown( cruncher ) > 1.5", *corpus("expectations")]


def _expectation_words() -> Sequence[str]:
    signs = ("<=", ">=", "==", "<", ">", "(", ")", "_", "no", "max", "min", "mean", "total")
    figures = ("wait", "waiting", "response", "turnaround", "finish", "cpu", "slowdown")
    return [*signs, *figures, *METRICS, *FINDINGS, *UNITS, "ticker", "cruncher", "nan", "inf"]


def _glimpse(given: bytes) -> None:
    for name in ("x.toml", "x.py", "x.py.txt"):
        path = Path(name)
        path.write_bytes(given)
        try:
            entry = library.glimpse(path)
            assert entry.title
        finally:
            path.unlink()


def _files() -> Sequence[str]:
    pythons = [path.read_text(encoding="utf-8") for path in library.folder().glob("*.py")]
    return [*_scenarios(), *sorted(pythons), *corpus("library")]


def corpus(target: str) -> list[str]:
    """The small inputs that are kept for a target."""
    return [text_of(path.read_bytes()) for path in kept(target)]


def kept(target: str) -> list[Path]:
    """Their files."""
    return sorted(path for path in (CORPUS / target).glob("*") if path.is_file())


TARGETS: Final[Mapping[str, Target]] = {
    "scenario": Target(_scenario, _scenarios, _grammar),
    "recording": Target(_recording, _recordings, _recording_words),
    "argv": Target(_argv, _command_lines, _command_words, leaves_nothing=False),
    "keymap": Target(_keymap, _keymaps, _keymap_words),
    "durations": Target(_durations, _duration_seeds, lambda: [*UNITS, "_", ".", "-", "+", "µ"]),
    "expectations": Target(_expectation, _expectations, _expectation_words),
    "library": Target(_glimpse, _files, _grammar),
}
