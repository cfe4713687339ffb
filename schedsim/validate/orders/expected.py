"""What the programs of B8 say on CPython 3.11.7, 3.12.1 and 3.13.0, as SEMANTICS.md writes it.

Not here: the programs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

_SAID: dict[str, str] = {
    "p01_create_task_vs_await": (
        "main0 | main1 | C start | A start | B start | C end | main2 | A end | B end | "
        "main3 | main4"
    ),
    "p02_sleep0_round_robin": "A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main",
    "p03_call_soon_nested_vs_task": (
        "main0 | cb x | task0 | cb y | main1 | cb x' | task1 | main2 | cb x'' | task2 | main3"
    ),
    "p04_gather_results_and_wakeup": (
        "spy 0 | done B | spy 1 | done C | spy 2 | done A | spy 3 | spy 4 | "
        "gather ['A', 'B', 'C'] | spy 5 | end"
    ),
    "p05_lock_fifo_no_barging": (
        "A want 0 | A got 0 | B want 0 | C want 0 | A rel 0 | A want 1 | B got 0 | B rel 0 | "
        "B want 1 | C got 0 | C rel 0 | C want 1 | A got 1 | A rel 1 | B got 1 | B rel 1 | "
        "C got 1 | C rel 1 | end"
    ),
    "p06_lock_release_reacquire_same_task": "A 0 | A 1 | A 2 | B 0 | B 1 | B 2 | end",
    "p07_queue_maxsize1": (
        "put? 0 | put! 0 | put? 1 | get? | got 0 | get? | put! 1 | put? 2 | got 1 | get? | "
        "put! 2 | put? 3 | got 2 | get? | put! 3 | got 3 | get? | got None | end"
    ),
    "p08_queue_two_getters_barging": "barge 1 | A got 2 | B got 3 | left 1",
    "p09_event_broadcast_order": (
        "A wait | B wait | C wait | set | cleared | A woken | B woken | C woken | end"
    ),
    "p10_semaphore2": (
        "A in | B in | A out | B out | C in | D in | C out | D out | E in | E out | end"
    ),
    "p11_cancel_pending_sleep": (
        "w sleep | cancel True | state False 1 | w cancelled | main1 False | w cleanup | "
        "w finally | main2 True | main3 True True"
    ),
    "p12_cancel_before_start": "main got CancelledError",
    "p13_timeout": (
        "inner cancelled | TimeoutError 0 | body runs | TimeoutError0 | "
        "no await -> no timeout | end"
    ),
    "p14_wait_for_fast_and_slow": (
        "A run  | spy 0 | A ret | A | after | spy 1 | spy 2 | spy 3 | spy 4"
    ),
    "p15_call_later_order_and_ties": (
        "earlier | tie C | tie G | tie F | tie D | tie H | tie A | tie E | tie B | later"
    ),
    "p16_call_later0_vs_call_soon_vs_sleep0": ("soon | task | main1 | later-1 | later0 | main2"),
    "p17_late_timers_and_ready": "soon1 | soon2 | main1 | T5 | T10 | main2",
    "p18_io_before_timers_after_ready": "soon | main1 | io c | io a | timer | main2",
    "p19_taskgroup_order_and_error": (
        "body end | end B | end A | group1 done | body2 | end D | cancelled E | "
        "cancelled C | EG ['D']"
    ),
    "p20_await_done_task_does_not_yield": "w | after await done task | spy | end",
    "p21_done_callbacks_vs_awaiter": "set | awaiter | cb1 | cb2 | end",
    "p22_return_value_chain_depth": "it 0 | it 1 | leaf | it 2 | mid | it 3 | top | it 4",
    "p23_condition_notify": (
        "A wait | B wait | C wait | notify2 | A woke | B woke | notify_all | C woke | end"
    ),
    "p24_eager": (
        "m0 | A start | A end | m1 True | B start | m2 False | B end | ['A', 'B'] | "
        "C start | C end | D start | D end | ['C', 'D']"
    ),
    "p25_to_thread_order": "main | ts | to_thread thr | end",
    "p26_as_completed": "fin B | got B | fin C | got C | fin A | got A",
    "p27_wait_first_completed": "fin B | fin C | fin A | first ['A', 'B', 'C'] [] | end",
    "p28_async_generator_and_shield": (
        "yield 0 | x 0 | yield 1 | x 1 | loop end (spy not run yet) | spy | "
        "outer cancelled | inner done | end"
    ),
    "p29_leftover_tasks_cancelled_at_exit": (
        "A start | B start | main ends | cb after main returns | A finally | B finally"
    ),
    "p30_cancel_after_set_result_same_iteration": (
        "cancel -> True | cancelled (result lost) | main sees cancel"
    ),
    "p31_two_waiters_one_future_and_equal_sleeps": (
        "X | Y | Z | slept early | slept A | slept B | slept C | slept D | slept E"
    ),
    "p32_lock_waiter_cancelled": "released+cancel A | A cancelled | B got | C got | end",
    "p33_yield_starvation_two_passes": (
        "spin 1 | spin 2 | spin 3 | timer callback | spin 4 | woke"
    ),
}
_BEFORE_3_12: Final = {
    "p14_wait_for_fast_and_slow": (
        "spy 0 | A run  | spy 1 | A ret | spy 2 | spy 3 | A | after | spy 4"
    ),
    "p24_eager": "n/a",
}
if sys.version_info < (3, 12):  # pragma: no cover - Python 3.11
    _SAID |= _BEFORE_3_12

EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(said.split(" | ")) for name, said in _SAID.items()
}
"""By program."""

UNORDERED: Final[Mapping[str, frozenset[str]]] = {
    "p19_taskgroup_order_and_error": frozenset({"cancelled C", "cancelled E"}),
    "p29_leftover_tasks_cancelled_at_exit": frozenset({"A finally", "B finally"}),
}
"""Tokens that come in the order of a set, which is none."""
