"""The looks of the timeline: its component classes, in the colours of the theme.

What is drawn in which of them is the business of :mod:`schedsim.tui.widgets.lanes`.
"""

from __future__ import annotations

from schedsim.tui.identity import COLOURS

COMPONENTS = {
    *(
        f"gantt--{name}"
        for name in (
            *("label", "selected", "axis", "legend", "playhead", "waits", "held", "stuck"),
            *("missed", "rests", "nobody", "bookmark", "range", "marked", "map", "map-view"),
        )
    ),
    *(f"gantt--chip-{n}" for n in range(COLOURS)),
    *(f"gantt--bar-{n}" for n in range(COLOURS)),
}
CSS = (
    """
    Gantt {
        height: 1fr;
        & > .gantt--label { color: $foreground; }
        & > .gantt--selected { color: $foreground; background: $chosen; text-style: bold; }
        & > .gantt--axis { color: $quiet; }
        & > .gantt--legend { color: $quiet; }
        & > .gantt--playhead { color: $playhead-ink; background: $playhead; text-style: bold; }
        & > .gantt--waits { color: $waits; }
        & > .gantt--held { color: $held; }
        & > .gantt--stuck { color: $stuck; }
        & > .gantt--missed { color: $stuck; text-style: bold reverse; }
        & > .gantt--rests { color: $rests; }
        & > .gantt--nobody { color: $nobody-ink; background: $nobody; text-style: bold; }
        & > .gantt--bookmark { color: $accent; text-style: bold; }
        & > .gantt--range { color: $primary; text-style: bold; }
        & > .gantt--marked { background: $accent-muted; text-style: bold underline; }
        & > .gantt--map { color: $rests; }
        & > .gantt--map-view { color: $primary; text-style: bold; }
    """
    + "".join(
        f"& > .gantt--chip-{n} {{ color: $task-{n}-ink; background: $task-{n}; "
        f"text-style: bold; }}\n& > .gantt--bar-{n} {{ color: $task-{n}; }}\n"
        for n in range(COLOURS)
    )
    + "}"
)
