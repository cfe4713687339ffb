"""EEVDF by brute force with exact fractions: as in the paper of 1995, and with Linux's vruntime.

Clients always have work.  Nothing of schedsim is used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.references import Case


@dataclass
class Client:
    """A client of the paper: its pending request and what it has got."""

    index: int
    weight: int
    request: int
    arrival: int
    eligible: Fraction = Fraction(0)
    """Virtual time from which its request may be served; of Linux, its vruntime."""
    deadline: Fraction = Fraction(0)
    begun: int = 0
    """How much of the request has been served."""
    joined: Fraction = Fraction(0)
    served: int = 0
    requests: list[tuple[Fraction, Fraction]] = field(default_factory=list)

    def ask(self, eligible: Fraction) -> None:
        """The next request."""
        self.eligible = eligible
        self.deadline = eligible + Fraction(self.request, self.weight)
        self.begun = 0
        self.requests.append((self.eligible, self.deadline))


@dataclass
class Fair:
    """Who was served in each quantum, by index (None: nobody was there); what the paper says."""

    order: list[int | None] = field(default_factory=list)
    virtual_time: list[Fraction] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    max_abs_lag: Fraction = Fraction(0)


def clients_of(case: Case) -> list[Client]:
    """In the order of the case."""
    return [
        Client(index, each["weight"], each["request"], each["arrival"])
        for index, each in enumerate(case["clients"])
    ]


def eevdf(case: Case, ticks: int, *, lowest_id: bool = False) -> Fair:
    """The earliest deadline of the eligible requests, decided anew at each quantum of 1.

    Args:
        case: with ``clients``.
        ticks: how long.
        lowest_id: equal deadlines go to the first client, not to the one eligible last.
    """
    clients = clients_of(case)
    fair = Fair(clients=clients)
    virtual = Fraction(0)
    for now in range(ticks):
        there = [client for client in clients if client.arrival <= now]
        for client in there:
            if client.arrival == now:
                client.joined = virtual
                client.ask(virtual)
        fair.virtual_time.append(virtual)
        for each in there:
            lag = each.weight * (virtual - each.joined) - each.served
            fair.max_abs_lag = max(fair.max_abs_lag, abs(lag))
        eligible = [each for each in there if each.eligible <= virtual or each.begun]
        if not eligible:
            fair.order.append(None)
            continue
        best = min(
            eligible,
            key=lambda each: (each.deadline, 0 if lowest_id else -each.eligible, each.index),
        )
        fair.order.append(best.index)
        best.served += 1
        best.begun += 1
        if best.begun == best.request:
            best.ask(best.deadline)
        virtual += Fraction(1, sum(each.weight for each in there))
    return fair


def average(there: Sequence[Client]) -> Fraction:
    """The weighted mean vruntime."""
    total = sum((each.weight * each.eligible for each in there), Fraction(0))
    return total / sum(each.weight for each in there)


def linux(case: Case, ticks: int, *, run_out_slice: bool) -> list[int | None]:
    """The earliest deadline of those whose vruntime is not above the average; ties by index.

    Args:
        case: with ``clients``, of which newcomers join at the average.
        ticks: how long.
        run_out_slice: who was picked keeps the core until its request is fulfilled.
    """
    clients = clients_of(case)
    order: list[int | None] = []
    current: Client | None = None
    for now in range(ticks):
        before = [each for each in clients if each.arrival < now]
        mean = average(before) if before else Fraction(0)
        for client in clients:
            if client.arrival == now:
                client.ask(mean)
        there = [each for each in clients if each.arrival <= now]
        if not there:
            order.append(None)
            continue
        if current is None or not run_out_slice:
            mean = average(there)
            current = min(
                (each for each in there if each.eligible <= mean),
                key=lambda each: (each.deadline, each.index),
            )
        order.append(current.index)
        current.eligible += Fraction(1, current.weight)
        current.begun += 1
        if current.begun == current.request:
            current.ask(current.eligible)
            current = None
    return order
