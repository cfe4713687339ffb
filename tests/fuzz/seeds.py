"""What inputs are made of: texts that are right or nearly so, and the words that stand in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from click import Context
from textual.binding import Binding

from schedsim import library
from schedsim.commands import COMMANDS
from schedsim.durations import UNITS
from schedsim.findings import FINDINGS
from schedsim.metrics import METRICS
from schedsim.ops import VERBS
from schedsim.policies import POLICIES
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario import MODELS
from schedsim.scenario_file import ScenarioError, loads

CORPUS: Final = Path(__file__).parents[1] / "corpus"
FILES: Final = ("a.toml", "t.toml", "bad.toml", "p.py", "a.rec", "folder")
"""What lies beside a command line."""
_SMALL: Final = 3_000
"""Bytes of a scenario of the library from which inputs are made."""


def text_of(given: bytes) -> str:
    """As text; what is not UTF-8 becomes half surrogates, which are no text either."""
    return given.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The other way."""
    return text.encode("utf-8", "surrogateescape" if _escaped(text) else "surrogatepass")


def _escaped(text: str) -> bool:
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in text)


def corpus(target: str) -> list[str]:
    """The small inputs that are kept for a target."""
    return [text_of(path.read_bytes()) for path in kept(target)]


def kept(target: str) -> list[Path]:
    """Their files."""
    return sorted(path for path in (CORPUS / target).glob("*") if path.is_file())


@cache
def scenarios() -> Sequence[str]:
    files = [*library.folder().glob("*.toml"), *(e.path for e in library.templates())]
    texts = [path.read_text(encoding="utf-8") for path in sorted(files)]
    short = [_without_lesson(text) for text in texts if "def scenario" not in text]
    return [text for text in short if len(text) < _SMALL] + corpus("scenario")


def _without_lesson(text: str) -> str:
    """A scenario is long because of its lesson, in which nothing can go wrong."""
    first, _, rest = text.partition('lesson = """')
    return first + rest.partition('"""')[2] if rest else text


@cache
def grammar() -> Sequence[str]:
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

    for text in scenarios():
        try:
            walk(tomllib.loads(text))
        except (ValueError, RecursionError):
            continue
    tables = ("[[job]]", "[[process]]", "[[process.thread]]", "[[process.thread.task]]")
    found.update((*tables, "[machine]", "[python]", "[[lock]]", "[[queue]]", "[[pool]]"))
    return sorted(found)


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
def recordings() -> Sequence[str]:
    found = []
    for text in scenarios():
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


def recording_words() -> Sequence[str]:
    keys = ("step", "at", "do", "name", "process", "loop", "on", "parameters", "python", "toml")
    return [*grammar(), *COMMANDS, *keys, "language", "settings", "model", "null"]


def command_lines() -> Sequence[str]:
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


def command_words() -> Sequence[str]:
    from schedsim.cli import COMMANDS, cli

    context = Context(cli)
    known = [cli.get_command(context, name) for name in COMMANDS]
    options = {
        option
        for command in known
        for parameter in (command.params if command else ())
        for option in parameter.opts
    }
    values = ("machine.cores=2", "python.gil=off", "machine.policy=sjf", "job.0.count=3", "5ms")
    ways = ("machine.policy={name='mlfq'}", "title=''", "x", "=", "model=asyncio", "120x36", "5")
    return [*COMMANDS, *options, *FILES, *values, *ways, *library.names(), "perfetto", "svg"]


@cache
def bound() -> Sequence[Sequence[Binding]]:
    from schedsim.tui.start import what_is_bound

    return what_is_bound()


def _ids() -> Iterator[str]:
    for screen in bound():
        for binding in screen:
            yield binding.id or ""


def keymaps() -> Sequence[str]:
    usual = ('step = "right, l, full_stop"\nfaster = ["ctrl+up"]\n', 'step = "ctrl+c"\n')
    swapped = 'quit = "x"\nhelp = "f2"\nplay = "ctrl+shift+f5"\n'
    return [*usual, swapped, *corpus("keymap")]


def keymap_words() -> Sequence[str]:
    keys = ("ctrl+", "shift+", "alt+", "f1", "escape", "space", "full_stop", "comma", ",", "enter")
    return [*_ids(), *keys, "a", "A", "é", '"', "ctrl+c", "up", "tab", "super+", "+", "++"]


def durations() -> Sequence[str]:
    return ["5ms", "1.5 s", "0us", "10 µs", "1_000ns", "87600h", "7", " 12 ", *corpus("durations")]


def expectations() -> Sequence[str]:
    usual = ("max_wait(ticker) <= 20ms", "max_loop_lag < 5ms", "no deadlock", "mean_cpu()==3")
    return [*usual, "total_slowdown( cruncher ) > 1.5", *corpus("expectations")]


def expectation_words() -> Sequence[str]:
    signs = ("<=", ">=", "==", "<", ">", "(", ")", "_", "no", "max", "min", "mean", "total")
    figures = ("wait", "waiting", "response", "turnaround", "finish", "cpu", "slowdown")
    return [*signs, *figures, *METRICS, *FINDINGS, *UNITS, "ticker", "cruncher", "nan", "inf"]


def whole_files() -> Sequence[str]:
    pythons = [path.read_text(encoding="utf-8") for path in library.folder().glob("*.py")]
    return [*scenarios(), *sorted(pythons), *corpus("library")]
