"""Colours.  Everything that has a meaning is a CSS variable, so any theme can restate it.

Tasks are in Okabe and Ito's colours, which most colour-blind people can tell apart; letters and
glyphs say the same without colour.
"""

from __future__ import annotations

from textual.theme import Theme

_OKABE_ITO = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#999999",
)
_BLACK = "#000000"
_WHITE = "#FFFFFF"

VARIABLES: dict[str, str] = {
    **{f"task-{n}": colour for n, colour in enumerate(_OKABE_ITO)},
    **{f"task-{n}-ink": _BLACK for n in range(len(_OKABE_ITO))},
    "task-4-ink": _WHITE,
    # A loop's own thread.
    "nobody": "#7A8494",
    "nobody-ink": _BLACK,
    # Situations: ready, kept from it by its thread or the GIL, stuck in a call, at rest.
    "waits": "#E8B93C",
    "held": "#E58A4E",
    "stuck": "#FF6B5E",
    "rests": "#77839A",
    # Words that only help: labels, axes, units.
    "quiet": "#93A0B4",
    "chosen": "#2B3A4E",
    "playhead": "#F4F6FA",
    "playhead-ink": "#0B0E13",
}
"""Of dark themes, and of any theme that does not say otherwise."""

DARK = Theme(
    name="schedsim-dark",
    primary="#56B4E9",
    secondary="#CC79A7",
    accent="#F0E442",
    foreground="#DCE3ED",
    background="#0E1218",
    surface="#141A22",
    panel="#1C2430",
    success="#2FBF8F",
    warning="#E8B93C",
    error="#FF6B5E",
    dark=True,
    variables={"border": "#3A475A", "footer-key-foreground": "#F0E442"},
)

LIGHT = Theme(
    name="schedsim-light",
    primary="#005E93",
    secondary="#9C3F76",
    accent="#005E93",
    foreground="#1A212B",
    background="#FAFAF7",
    surface="#FFFFFF",
    panel="#E9EDF2",
    success="#00734F",
    warning="#8A5A00",
    error="#B3261E",
    dark=False,
    variables={
        "border": "#A9B4C2",
        "footer-key-foreground": "#005E93",
        "task-1": "#45A3DB",
        "task-3": "#DCCB00",
        "nobody": "#8C96A5",
        "waits": "#9A6700",
        "held": "#B85A1B",
        "stuck": "#B3261E",
        "rests": "#66717F",
        "quiet": "#596472",
        "chosen": "#CFE0EE",
        "playhead": "#1A212B",
        "playhead-ink": "#FFFFFF",
    },
)
