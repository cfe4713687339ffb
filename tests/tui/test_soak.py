"""A sip of the soak: see tests/soak.py."""

import pytest

from tests.soak import soak


@pytest.mark.parametrize(
    "name", ["starving-loop", pytest.param("four-styles", marks=pytest.mark.app)]
)
async def test_random_keys_mouse_and_sizes_do_no_harm(name: str) -> None:
    assert await soak(name, 1, 120) >= 120
