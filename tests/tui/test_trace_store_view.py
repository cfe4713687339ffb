"""A trace store on the screen: there at once, and read behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedsim.recording import Recording
from schedsim.trace_store import KeptRun, Writer, writing
from schedsim.tui.app import SchedsimApp
from schedsim.tui.session import Session
from schedsim.tui.widgets.heading import Heading
from tests.test_trace_store import SOURCE, TEXT, played
from tests.tui.scenes import player

pytestmark = pytest.mark.app


async def test_how_much_has_been_read_is_told_until_all_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROWS", 100)
    run = played(TEXT.replace("repeat = 40", "repeat = 400"))
    with Writer(tmp_path / "it.trace", run.trace, Recording.of(run, SOURCE)) as writer:
        writer.end(Recording.of(run, SOURCE))
    grows = Session.wants_more
    monkeypatch.setattr(Session, "wants_more", lambda session: False)
    kept = KeptRun(tmp_path / "it.trace")
    async with SchedsimApp((kept, SOURCE)).run_test(size=(120, 36)) as pilot:
        heading, rows = player(pilot).query_one(Heading), len(run.trace)
        share = 5_000 * 100 // rows
        assert f"of {rows:,} ({share}% read)" in str(heading.content)
        monkeypatch.setattr(Session, "wants_more", grows)
        await pilot.press("right")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert f"of {rows:,} · " in str(heading.content)
        assert len(player(pilot).session.trace) == rows
