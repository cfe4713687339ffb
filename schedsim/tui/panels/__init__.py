"""The catalogue of panels: every part of the player that shows a moment.

A panel says itself where it stands and how many lines it would like; its place in the table is the
key that shows and hides it.  Adding one: a module here, a line below, a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.tui.panels.findings import FindingsPanel
from schedsim.tui.panels.lesson import LessonPanel
from schedsim.tui.panels.loop import LoopPanel
from schedsim.tui.panels.metrics import MetricsPanel
from schedsim.tui.panels.now import NowPanel
from schedsim.tui.panels.program import ProgramPanel
from schedsim.tui.panels.timeline import TimelinePanel
from schedsim.tui.panels.why import WhyPanel

PANELS: Mapping[
    str,
    type[
        NowPanel
        | LoopPanel
        | WhyPanel
        | TimelinePanel
        | LessonPanel
        | ProgramPanel
        | FindingsPanel
        | MetricsPanel
    ],
] = {
    "now": NowPanel,
    "loop": LoopPanel,
    "why": WhyPanel,
    "timeline": TimelinePanel,
    "lesson": LessonPanel,
    "program": ProgramPanel,
    "findings": FindingsPanel,
    "metrics": MetricsPanel,
}
