"""Themes: everything can be read in each of them, and told apart by most colour-blind people."""

from __future__ import annotations

from itertools import combinations

import pytest
from textual.color import Color
from textual.theme import Theme

from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import ANSI, COLOUR_BLIND, CONTRAST, DARK, LIGHT, THEMES, VARIABLES
from tests.tui.scenes import make_app

pytestmark = pytest.mark.app

TRUE_COLOUR = [theme for theme in THEMES if not theme.ansi]
SIGNS = ("waits", "held", "stuck", "rests", "quiet")


def colour(theme: Theme, name: str) -> Color:
    value = theme.variables.get(name) or VARIABLES.get(name) or getattr(theme, name)
    return Color.parse(str(value))


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2.2 defines it, from 1 to 21 (its 'relative luminance')."""

    def luminance(given: Color) -> float:
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in given.normalized
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=lambda theme: theme.name)
def test_text_can_be_read(theme: Theme) -> None:
    """4.5 is what WCAG asks of text (level AA), 7 of high contrast (AAA)."""
    enough = 7 if theme is CONTRAST else 4.5
    background = colour(theme, "background")
    for name in (*SIGNS, "foreground", "primary", "accent", "error", "warning", "success"):
        assert contrast(colour(theme, name), background) >= enough, name
    assert contrast(colour(theme, "foreground"), colour(theme, "chosen")) >= enough
    assert contrast(colour(theme, "playhead-ink"), colour(theme, "playhead")) >= enough
    for number in range(8):
        ink = colour(theme, f"task-{number}-ink")
        assert contrast(ink, colour(theme, f"task-{number}")) >= enough, number


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=lambda theme: theme.name)
def test_bars_stand_out_from_the_background(theme: Theme) -> None:
    """WCAG asks 3 of graphics; a light background leaves less room, and letters say who it is."""
    enough = 1.5 if theme is LIGHT else 3
    for number in range(8):
        assert contrast(colour(theme, f"task-{number}"), colour(theme, "background")) >= enough


# Machado, Oliveira, Fernandes 2009, severity 1.0: what people without red (protan) or green
# (deutan) cones see, in linear RGB.
BLIND = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def seen(given: Color, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """A colour as they see it, as CIE L*a*b*."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in given.normalized]
    r, g, b = (
        min(1, max(0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in matrix
    )
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.mark.parametrize("matrix", BLIND.values(), ids=BLIND)
def test_colour_blind_people_can_tell_situations_apart(
    matrix: tuple[tuple[float, ...], ...],
) -> None:
    """A difference of 20 is plain to see for two patches side by side (2.3 is just noticeable)."""
    shown = {name: seen(colour(COLOUR_BLIND, name), matrix) for name in ("waits", "held", "stuck")}
    for one, other in combinations(shown, 2):
        apart = sum((a - b) ** 2 for a, b in zip(shown[one], shown[other], strict=True)) ** 0.5
        assert apart >= 20, (one, other)


async def test_t_goes_through_our_themes_and_remembers() -> None:
    remembered = Remembered(theme=DARK.name)
    async with make_app(remembered=remembered).run_test() as pilot:
        seen_themes = []
        for _ in THEMES:
            await pilot.press("T")
            seen_themes.append(pilot.app.theme)
        assert seen_themes == [theme.name for theme in (*THEMES[1:], THEMES[0])]
        await pilot.press("T")
    assert remembered.theme == LIGHT.name


async def test_without_colour_the_theme_of_the_terminal_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    assert ANSI.name not in app.usable_themes()
    async with app.run_test() as pilot:
        for _ in THEMES:
            await pilot.press("T")
            assert pilot.app.theme != ANSI.name


def test_each_theme_has_a_word_for_every_meaning() -> None:
    app = SchedsimApp(remembered=Remembered())
    for theme in THEMES:
        app.theme = theme.name
        for name in VARIABLES:
            assert app.theme_variables[name]
