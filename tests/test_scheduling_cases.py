"""The product does what textbooks print, what other systems computed, and what Linux measures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.references import Case
from tests.scheduling_cases import (
    ENDLESS,
    before,
    by_job,
    expected_rows,
    expected_segments,
    expected_times,
    finishes,
    is_forced,
    is_global,
    merged,
    name_of,
    play,
    read,
    rows,
    segments,
    times,
    turns,
)

EEVDF = read("fair", "eevdf")


def check_schedule(case: Case) -> None:
    """Who ran when, and the times of each job."""
    answer = play(case)
    if "segments" in case["expect"]:
        assert segments(answer) == expected_segments(case)
    expected = expected_times(case)
    assert {key: value for key, value in times(answer).items() if key in expected} == expected


@pytest.mark.parametrize("case", read("schedules"), ids=name_of)
def test_one_core(case: Case) -> None:
    check_schedule(case)


@pytest.mark.parametrize(
    "case",
    [c for c in read("schedules", "ostep_rr_arrivals") if c["policy"] == "round_robin"],
    ids=name_of,
)
def test_round_robin_is_mlfq_with_one_level(case: Case) -> None:
    quantum = case["params"]["quantum"]
    params = {"levels": 1, "quantum": [quantum], "allotment": [1]}
    check_schedule({**case, "policy": "mlfq", "params": params})


@pytest.mark.parametrize("case", read("multicore"), ids=name_of)
def test_many_cores(case: Case) -> None:
    check_schedule(case)


# -- lottery and stride ------------------------------------------------------------------------


@pytest.mark.parametrize("case", read("lottery", "ostep_lottery"), ids=name_of)
def test_lottery(case: Case) -> None:
    answer = play(case)
    won = turns(segments(answer), case["params"]["quantum"])
    assert won == list(map(str, case["expect"]["winners"]))
    assert finishes(answer) == {
        name: at for (name, what), at in expected_times(case).items() if what == "finish"
    }


@pytest.mark.parametrize("case", read("lottery", "unfairness"), ids=name_of)
def test_lottery_is_as_unfair_as_chance(case: Case) -> None:
    """The mean over runs with different seeds is within four standard errors."""
    runs = 60
    measured = []
    for seed in range(runs):
        ends = sorted(finishes(play({**case, "seed": seed})).values())
        measured.append(ends[0] / ends[-1])
    mean = sum(measured) / runs
    assert abs(mean - case["expect"]["mean_U"]) < 4 * case["expect"]["sd_U"] / runs**0.5


@pytest.mark.parametrize("case", read("stride"), ids=name_of)
def test_stride(case: Case) -> None:
    assert turns(segments(play(case))) == case["expect"]["order"]


# -- periodic jobs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case", [case for case in read("realtime", "simso") if is_forced(case)], ids=name_of
)
def test_periodic_jobs(case: Case) -> None:
    """Cores that share a run queue are not told apart: SimSo's choice follows its events."""
    answer = play(case)
    end = case.get("agreed_until", case["until"])
    view = by_job if is_global(case) else merged
    assert view(before(segments(answer), end)) == view(before(expected_segments(case), end))
    known = [row for row in expected_rows(case) if row[3] is None or row[3] <= end]
    assert [row for row in rows(answer) if row[3] is None or row[3] <= end] == known
    if end == case["until"]:
        assert sum(row[4] for row in rows(answer)) == case["expect"]["misses"]


@pytest.mark.parametrize("case", read("realtime", "textbook"), ids=name_of)
def test_periodic_jobs_of_textbooks(case: Case) -> None:
    answer, expect = play(case), case["expect"]
    if "segments" in expect:
        assert segments(answer) == expected_segments(case)
    if "first_miss" in expect:
        missed = [(job["thread"], job["deadline"]) for job in answer["jobs"] if job["missed"]]
        assert missed == [tuple(expect["first_miss"])]
    if "worst_response" in expect:
        first = [job for job in answer["jobs"] if job["number"] == 0]
        taken = {job["thread"]: job["finish"] - job["release"] for job in first}
        assert taken == expect["worst_response"]


# -- fair shares -------------------------------------------------------------------------------


def served(case: Case, params: dict[str, Any]) -> list[int | None]:
    """Whom ``eevdf`` with ``params`` serves in each tick."""
    order = case["expect"]["order"]
    answer = play({**case, "params": params, "until": len(order)})
    names = {str(client["id"]): client["id"] for client in case["clients"]}
    found = turns(segments(answer))
    return [None if name is None else names[name] for name in found]


@pytest.mark.parametrize("case", EEVDF, ids=name_of)
def test_eevdf_of_the_paper(case: Case) -> None:
    assert served(case, {"quantum": 1}) == case["expect"]["order"]


@pytest.mark.parametrize(
    "case", [case for case in EEVDF if case["linux_same"]["run_out_slice"]], ids=name_of
)
def test_eevdf_of_linux(case: Case) -> None:
    assert served(case, {}) == case["expect"]["order"]


@pytest.mark.parametrize("policy", ["cfs", "eevdf"])
@pytest.mark.parametrize("case", read("fair", "share"), ids=name_of)
def test_nice_shares(case: Case, policy: str) -> None:
    seconds = 12_000  # milliseconds
    jobs = [
        {"id": number, "arrival": 0, "length": ENDLESS, "nice": nice}
        for number, nice in enumerate(case["nice"])
    ]
    answer = play({**case, "policy": policy, "unit": "ms", "until": seconds, "jobs": jobs})
    got = [thread["cpu"] for thread in answer["threads"]]
    share = [one / sum(got) for one in got]
    assert share == pytest.approx(case["expect"]["share"], abs=case["expect"]["tolerance"])


@pytest.mark.parametrize("case", read("fair", "cfs"), ids=name_of)
def test_cfs_slices(case: Case) -> None:
    """The first slice of each, to a microsecond: how it rounds is its own affair."""
    jobs = [
        {"id": number, "arrival": 0, "length": 10_000, "nice": nice}
        for number, nice in enumerate(case["nice"])
    ]
    slices = case["expect"]["slices"]
    found = segments(play({**case, "until": round(sum(slices)) + 1, "jobs": jobs}))
    assert [part[1] for part in found[: len(jobs)]] == [str(job["id"]) for job in jobs]
    if len(jobs) > 1:  # whoever is alone goes on after its slice
        got = [(end - start) / 1_000_000 for _, _, start, end in found[: len(jobs)]]
        assert got == pytest.approx(slices, abs=0.001)
