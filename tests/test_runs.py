"""The priority queue of long run queues, against ``heapq``."""

from __future__ import annotations

import heapq
import random

import pytest
from hypothesis import given, strategies as st

from schedsim.policies import runs
from schedsim.policies.runs import Runs

KEYS = st.one_of(st.integers(-50, 50), st.integers(0, 3))


@pytest.mark.parametrize(("small", "most"), [(1, 1), (3, 2), (10, 5), (128, 1024)])
@given(st.lists(st.one_of(st.none(), KEYS), max_size=200))
def test_the_smallest_comes_out_whatever_went_in(
    small: int, most: int, acts: list[int | None]
) -> None:
    """None takes one out; where the heap ends and how many runs there may be changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_SMALL", small)
        patch.setattr(runs, "_MOST_RUNS", most)
        queue: Runs[tuple[int, int]] = Runs()
        heap: list[tuple[int, int]] = []
        for number, key in enumerate(acts):
            if key is not None:
                queue.push((key, number))
                heapq.heappush(heap, (key, number))
            elif heap:
                assert queue.firsts[0] == heap[0]
                assert queue.pop() == heapq.heappop(heap)
            assert bool(queue.firsts) == bool(heap)


def test_a_long_queue_in_nearly_ascending_order() -> None:
    """As deadlines come: the runs are few, and the order is that of sorting."""
    draw = random.Random(0)
    entries = [(number + draw.randrange(500), number) for number in range(5_000)]
    queue: Runs[tuple[int, int]] = Runs()
    for entry in entries:
        queue.push(entry)
    assert [queue.pop() for _ in entries] == sorted(entries)


@pytest.mark.parametrize("count", [100, 700])
def test_it_is_filled_anew_in_any_order(count: int) -> None:
    """With few, which it keeps as a heap, and with many."""
    queue: Runs[int] = Runs()
    for number in range(300):
        queue.push(number)
    entries = random.Random(2).sample(range(10_000), count)
    queue.renew(entries)
    assert len(queue) == count
    assert [queue.pop() for _ in entries] == sorted(entries)
    assert not queue.firsts
