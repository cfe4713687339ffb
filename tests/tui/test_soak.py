"""A sip of the soak: see tests/soak.py."""

import pytest

from tests.soak import soak


@pytest.mark.parametrize("name", ["starving-loop", "gil-threads", "four-styles"])
async def test_random_keys_mouse_and_sizes_do_no_harm(name: str) -> None:
    assert await soak(name, 1, 200) >= 200
