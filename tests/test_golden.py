"""Runs give the digests they have always given."""

from __future__ import annotations

import json

from tests import golden


def test_runs_give_the_digests_they_always_gave() -> None:
    """On 3.11, 3.12 and 3.13 alike: the table was written by one of them."""
    assert golden.digests() == json.loads(golden.PATH.read_text(encoding="utf-8"))
