"""When the whole run is looked at: only if somebody wants to see what comes of it, beside the app.

What is looked for is in :mod:`schedsim.tui.survey`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

from schedsim.tui.aside import aside
from schedsim.tui.session import Session
from schedsim.tui.stage import Stage
from schedsim.tui.survey import Survey, figures_until, snapshot, survey

_AT_ONCE = 4_000
"""Rows whose figures cost no more than a frame may (0.6 us a row)."""
_GROWN = 1.25
"""How much longer a run has to be to be looked at again while it plays."""

_TELLS = 0.5
"""Seconds after which it is told again how far that has come."""


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
        self._rows = 0
        """How many have been looked at; told by another thread."""
        self._then: Callable[[], object] | None = None

    def after(self, then: Callable[[], object]) -> bool:
        """Do something as soon as the run has been looked at; False if it has been already."""
        if self.session.survey is not None:
            return False
        self._then = then
        return True

    def look_back(self) -> None:
        """Have the figures up to the playhead, where they are wanted and cost no frame."""
        if "metrics" in self.stage.heights and self.session.step <= _AT_ONCE:
            self.session.look_back()

    def _behind(self, *, playing: bool) -> bool:
        """The figures up to the playhead are wanted, and take longer than a frame."""
        session = self.session
        if playing or "metrics" not in self.stage.heights or session.step <= _AT_ONCE:
            return False
        return session.past is None or session.past[:2] != (session.step, session.at)

    def wants(self, *, playing: bool) -> bool:
        """The run is to be looked at, and has come further since that was done."""
        session, shown = self.session, self.stage.heights
        wanted = self._then is not None or "findings" in shown or "metrics" in shown
        if not wanted or self._looking:
            return False
        if self._behind(playing=playing):
            return True
        known = session.survey
        if known is not None and playing and not session.run.finished:
            return len(session.trace) > known.rows * _GROWN
        return known is None or not known.fits(session.run)

    async def look(self, *, playing: bool, show: Callable[[], object]) -> None:
        """Look at the run as it is now, and back from the playhead.

        Args:
            playing: the playhead moves by itself.
            show: shows how far that has come.
        """
        self._looking = True
        session = self.session
        run, found, past = session.run, session.survey, session.past
        try:
            if found is None or not found.fits(run):
                trace = snapshot(run.trace)
                look = partial(survey, trace, finished=run.finished, progress=self._tell)
                found = await self._telling(aside(look), len(trace), show)
            if session.run is run and self._behind(playing=playing):
                step, at = session.step, session.at
                known = len(run.history.state_at(step).status)
                trace = snapshot(run.trace)
                past = step, at, await aside(partial(figures_until, trace, step, at, known))
        finally:
            self._looking = False
            session.looked = 0
        if session.run is not run:
            return
        session.survey, session.past = found, past
        if self._then is not None:
            then, self._then = self._then, None
            then()

    def _tell(self, rows: int) -> None:
        self._rows = rows

    async def _telling(
        self, looking: Coroutine[None, None, Survey], rows: int, show: Callable[[], object]
    ) -> Survey:
        """Wait until it is done, and show every now and then how far it has come."""
        self._rows = 0
        task = asyncio.ensure_future(looking)
        try:
            while not (await asyncio.wait({task}, timeout=_TELLS))[0]:
                percent = self._rows * 100 // max(1, rows)
                if percent != self.session.looked:
                    self.session.looked = percent
                    show()
            return task.result()
        finally:
            _ = task.cancel()
