"""When the whole run is looked at: only if somebody wants to see what comes of it, beside the app.

What is looked for is in :mod:`schedsim.tui.survey`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from schedsim.tui.aside import aside
from schedsim.tui.session import Session
from schedsim.tui.stage import Stage
from schedsim.tui.survey import snapshot, survey

_AT_ONCE = 4_000
"""Rows whose figures cost no more than a frame may (0.6 us a row)."""
_GROWN = 1.25
"""How much longer a run has to be to be looked at again while it plays."""


class Surveyor:
    """Keeps what is known of the whole run of a session up to date.

    Args:
        session: it gets what is found.
        stage: says which panels are there to show it.
    """

    def __init__(self, session: Session, stage: Stage) -> None:
        self.session = session
        self.stage = stage
        self._looking = False
        self._then: Callable[[], object] | None = None

    def after(self, then: Callable[[], object]) -> bool:
        """Do something as soon as the run has been looked at; False if it has been already."""
        if self.session.survey is not None:
            return False
        self._then = then
        return True

    def look_back(self, *, playing: bool) -> None:
        """Have the figures up to the playhead, where somebody wants to see them."""
        short = self.session.step <= _AT_ONCE or not playing
        if "metrics" in self.stage.heights and short:
            self.session.look_back()

    def wants(self, *, playing: bool) -> bool:
        """The run is to be looked at, and has come further since that was done."""
        session, shown = self.session, self.stage.heights
        wanted = self._then is not None or "findings" in shown or "metrics" in shown
        if not wanted or self._looking:
            return False
        known = session.survey
        if known is not None and playing and not session.run.finished:
            return len(session.trace) > known.rows * _GROWN
        return known is None or not known.fits(session.run)

    async def look(self) -> None:
        """Look at the run as it is now."""
        self._looking = True
        run = self.session.run
        try:
            found = await aside(partial(survey, snapshot(run.trace), finished=run.finished))
        finally:
            self._looking = False
        if self.session.run is not run:
            return
        self.session.survey = found
        if self._then is not None:
            then, self._then = self._then, None
            then()
