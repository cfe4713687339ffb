"""What is said of a scheduling policy that the user has changed, or its slices."""

from __future__ import annotations

from collections.abc import Sequence

from schedsim.durations import Time
from schedsim.policies.defaults import is_time, parameters_of, slices
from schedsim.trace import InForce
from schedsim.why.moment import Explanation, Moment, count, plural


def changed(m: Moment) -> Explanation:
    """Another policy schedules from now on, or the same in another way."""
    was, now = m.before.policy, m.after.policy
    said = ", ".join(
        f"{word.replace('_', ' ')} {_worded(m, now, word)}"
        for word, value in now.parameters.items()
        if value
    )
    name = now.name.replace("_", " ")
    instead = f"instead of {was.name.replace('_', ' ')}" if was.name != now.name else "anew"
    waiting = len(m.before.run_queue)
    details = []
    if waiting:
        details.append(
            f"{count(waiting, 'thread').capitalize()} in the run queue {plural(waiting, 'join')}"
            " that of the new policy, in the order in which the old one had them."
        )
    sliced = slices(now.name, now.parameters, now.cores)[0]
    anew = ", with a slice that begins now" if sliced else ""
    details.append(f"Who runs goes on{anew}; what the old policy kept of everybody is forgotten.")
    if said:
        details.append(f"Its parameters: {said}.")
    return Explanation(f"You let {name} schedule from now on, {instead}.", tuple(details))


def _worded(m: Moment, policy: InForce, word: str) -> str:
    value = policy.parameters[word]
    if is_time(parameters_of(policy.name)[word]):
        return _told(m, value)
    return "yes" if value is True else str(value).replace("_", " ")


def _told(m: Moment, lengths: Time | Sequence[Time]) -> str:
    """How long a slice is; of each level, the highest first."""
    if isinstance(lengths, int):
        return m.took(lengths)
    return " / ".join(map(m.took, lengths))


def retimed(m: Moment) -> Explanation:
    """Slices are of another length from now on."""
    old, new = m.before.policy, m.after.policy
    word, length = slices(new.name, new.parameters, new.cores)
    was = slices(old.name, old.parameters, old.cores)[1]
    noun = word.replace("_", " ")
    return Explanation(
        f"You set the {noun} to {_told(m, length)}; it was {_told(m, was)}.",
        ("It holds for slices that begin from now on: those under way end when they were to.",),
    )
