"""How pictures and pages look: colours for light and dark, and a pattern for every situation.

No two situations differ by colour alone.  Names of classes begin with ``s-``, so that a picture can
stand in any page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schedsim.timeline import Situation

COLOURS = 8
"""How many colours there are for threads and tasks; letters tell apart who shares one."""

_LIGHT = {
    "paper": "#ffffff",
    "band": "#f1f4f8",
    "ink": "#1a212b",
    "quiet": "#566170",
    "grid": "#d5dbe3",
    "waits": "#8a5a00",
    "held": "#a8480f",
    "stuck": "#b3261e",
    "rests": "#66717f",
    "loop": "#a7b0bd",
}
_DARK = {
    "paper": "#0e1218",
    "band": "#171e28",
    "ink": "#dce3ed",
    "quiet": "#93a0b4",
    "grid": "#2a3442",
    "waits": "#e8b93c",
    "held": "#e58a4e",
    "stuck": "#ff6b5e",
    "rests": "#77839a",
    "loop": "#7a8494",
}
# Okabe and Ito's, which most colour-blind people can tell apart; with the ink for letters on them.
_OF_LANES = (
    ("#E69F00", "#000"),
    ("#56B4E9", "#000"),
    ("#009E73", "#000"),
    ("#F0E442", "#000"),
    ("#0072B2", "#fff"),
    ("#D55E00", "#000"),
    ("#CC79A7", "#000"),
    ("#999999", "#000"),
)


class Look(NamedTuple):
    """How a situation is drawn."""

    name: str
    """The class of its shapes."""
    top: int
    """Where in a bar of :data:`BAR` it begins."""
    height: int
    pattern: str = ""
    """The pattern that fills it; ``{}`` is what is drawn with its colour."""
    colour: str = ""


BAR = 14
LOOKS: Mapping[Situation, Look] = {
    Situation.RUNNING: Look("s-run", 0, BAR),
    Situation.READY: Look("s-ready", 0, BAR, '<path class="s-f-waits" d="M0 0h2v2h-2z"/>', "waits"),
    Situation.THREAD_WAITS: Look(
        "s-thread", 0, BAR, '<path class="s-f-held" d="M0 0h1.2v4h-1.2z"/>', "held"
    ),
    Situation.WAITS_FOR_GIL: Look(
        "s-gil", 0, BAR, '<path class="s-l-held" d="M-1 1l2-2M0 4l4-4M3 5l2-2"/>', "held"
    ),
    Situation.WAITS_FOR_LOCK: Look(
        "s-lock", 0, BAR, '<path class="s-l-held" d="M-1 3l2 2M0 0l4 4M3-1l2 2"/>', "held"
    ),
    Situation.WAITS_FOR_OTHERS: Look(
        "s-others", 4, 6, '<path class="s-f-rests" d="M0 0h2v1h-2zM2 2h2v1h-2z"/>', "rests"
    ),
    Situation.CALLING: Look(
        "s-call", 0, BAR, '<path class="s-l-stuck" d="M0 0l4 4M0 4l4-4"/>', "stuck"
    ),
    Situation.SUSPENDED: Look(
        "s-rest", 6, 2, '<path class="s-f-rests" d="M0 0h2v4h-2z"/>', "rests"
    ),
    Situation.SWITCHING: Look("s-switch", 0, BAR, '<path class="s-f-stuck" d="M0 0h4v2h-4z"/>'),
    Situation.IDLE: Look("s-idle", 7, 1, '<path class="s-f-rests" d="M0 0h4v4h-4z"/>', "rests"),
}
"""Only what is spoken of: NEW and GONE are left blank."""


def patterns() -> str:
    """The definitions that the shapes refer to."""
    drawn = (
        f'<pattern id="{look.name}" width="4" height="4" patternUnits="userSpaceOnUse">'
        f"{look.pattern}</pattern>"
        for look in LOOKS.values()
        if look.pattern
    )
    return f"<defs>{''.join(drawn)}</defs>"


def style() -> str:
    """The style sheet of a picture."""
    fills = "".join(f".{k.name}{{fill:url(#{k.name})}}" for k in LOOKS.values() if k.pattern)
    lanes = "".join(
        f".s-c{n}{{fill:{colour}}}.s-i{n}{{fill:{ink}}}"
        for n, (colour, ink) in enumerate(_OF_LANES)
    )
    words = (
        ".s text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
        ".s .s-title{font-size:15px;font-weight:600}.s .s-letter{font-size:10px;font-weight:600}"
        ".s-run{stroke-width:.6}.s-cl-i{fill:#000}"
    )
    dark = f"@media (prefers-color-scheme:dark){{{_rules(_DARK)}}}"
    return f"{words}{fills}{lanes}{_rules(_LIGHT)}{dark}"


def page_colours() -> str:
    """The same colours as variables, for a page around a picture."""
    light = ";".join(f"--{name}:{colour}" for name, colour in _LIGHT.items())
    dark = ";".join(f"--{name}:{colour}" for name, colour in _DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )


def _rules(colours: Mapping[str, str]) -> str:
    """What is different in light and dark."""
    rules = [f".s-f-{name}{{fill:{colours[name]}}}" for name in colours]
    rules += [
        f".s-l-{name}{{stroke:{colours[name]};stroke-width:1;fill:none}}"
        for name in ("held", "stuck", "grid", "quiet")
    ]
    rules.append(f".s-run{{stroke:{colours['paper']}}}.s-cl{{fill:{colours['loop']}}}")
    return "".join(rules)
