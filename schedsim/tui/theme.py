"""Colours.  Everything that has a meaning is a CSS variable, so any theme can restate it.

Tasks are in Okabe and Ito's colours, which most colour-blind people can tell apart; letters and
glyphs say the same without colour.  In ``schedsim-colour-blind`` the situations are in those
colours too: no two differ by red and green alone.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

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
_BLUE = 4
"""The one of them that needs light ink."""
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
        "held": "#B0541A",
        "stuck": "#B3261E",
        "rests": "#66717F",
        "quiet": "#596472",
        "chosen": "#CFE0EE",
        "playhead": "#1A212B",
        "playhead-ink": "#FFFFFF",
    },
)

CONTRAST = Theme(
    name="schedsim-contrast",
    primary="#7FD4FF",
    secondary="#FFB3DC",
    accent="#FFFF00",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1A1A1A",
    success="#5CFFB0",
    warning="#FFE14D",
    error="#FF9C92",
    dark=True,
    variables={
        "border": "#FFFFFF",
        "footer-key-foreground": "#FFFF00",
        "task-2": "#00B583",
        "task-4": "#4DA6E0",
        "task-4-ink": _BLACK,
        "task-5": "#F58A3C",
        "task-6": "#E08CBB",
        "task-7": "#C8C8C8",
        "nobody": "#C0C8D4",
        "waits": "#FFE14D",
        "held": "#FFB27A",
        "stuck": "#FF9C92",
        "rests": "#C8D0DC",
        "quiet": "#E0E6F0",
        "chosen": "#00407A",
        "playhead": "#FFFFFF",
        "playhead-ink": _BLACK,
    },
)

COLOUR_BLIND = Theme(
    name="schedsim-colour-blind",
    primary="#56B4E9",
    secondary="#CC79A7",
    accent="#F0E442",
    foreground="#DCE3ED",
    background="#0E1218",
    surface="#141A22",
    panel="#1C2430",
    success="#56B4E9",
    warning="#F0E442",
    error="#E69F00",
    dark=True,
    variables={
        "border": "#3A475A",
        "footer-key-foreground": "#F0E442",
        "waits": "#F0E442",
        "held": "#56B4E9",
        "stuck": "#F2762E",
    },
)

ANSI = Theme(
    name="schedsim-ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_magenta",
    accent="ansi_yellow",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    dark=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        **{
            f"task-{n}": f"ansi_{colour}"
            for n, colour in enumerate(
                (
                    "yellow",
                    "cyan",
                    "green",
                    "bright_yellow",
                    "blue",
                    "red",
                    "magenta",
                    "white",
                )
            )
        },
        "task-4-ink": "ansi_white",
        **{f"task-{n}-ink": "ansi_black" for n in range(len(_OKABE_ITO)) if n != _BLUE},
        "nobody": "ansi_white",
        "nobody-ink": "ansi_black",
        "waits": "ansi_yellow",
        "held": "ansi_magenta",
        "stuck": "ansi_red",
        "rests": "ansi_default",
        "quiet": "ansi_default",
        "chosen": "ansi_blue",
        "accent-muted": "ansi_bright_black",
        "playhead": "ansi_white",
        "playhead-ink": "ansi_black",
        "border": "ansi_default",
        "footer-key-foreground": "ansi_yellow",
    },
)
"""In the colours of the terminal, whatever those are."""

THEMES = (DARK, LIGHT, CONTRAST, COLOUR_BLIND, ANSI)
"""Ours, in the order in which a key goes through them."""
