"""What is said of blocking calls: what they do to whom, what there is instead, what a patch does.

Which call it is stands in the program: a row about one names its place there.
"""

from __future__ import annotations

import re

from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.ops.calls import PATCHES, Call
from schedsim.trace import Entity, Trace
from schedsim.traps import CALL, HOLD, NATIVE
from schedsim.why.bodies import body, is_bare
from schedsim.why.moment import Explanation, Moment

_VERB = "call"
_IN_A_THREAD = "zlib.compress"
"""Computes too, and a thread helps with it."""
_IN_PYTHON = re.compile(r"""\bcall\(\s*["']([\w.]+)["']""")


def called(trace: Trace, who: int, pc: int) -> str:
    """The call that ``who`` makes at a place of its program; empty if it makes none there."""
    listing = trace.entities[who].listing
    line = listing.line(pc) if listing else None
    if listing is None or line is None:
        return ""
    text = listing.lines[line]
    verb, *words = text.split() or [""]
    found = [words[0]] if verb == _VERB and words else []
    if "compute" not in text:  # in Python other things may stand in the same line
        found = found or _IN_PYTHON.findall(text)
    return found[0] if len(found) == 1 and found[0] in BLOCKING_CALLS else ""


def instead(trace: Trace, task: Entity, name: str, *, patched: bool, gil: bool) -> str:
    """What ``task`` would better do, in the words of its loop; ``gil``: there is one to keep."""
    call, flavour = BLOCKING_CALLS[name], trace.entities[task.thread].loop
    if call.does == HOLD and not gil:
        call = BLOCKING_CALLS[_IN_A_THREAD]
    if is_bare(trace, task):
        if name == "time.sleep":
            return "Instead: the sleep of its loop."
        return f"Its loop has nothing for that; asyncio has: {call.instead.asyncio}."
    advice = f"Instead: {call.instead.of(flavour)}."
    if flavour not in PATCHES or not call.patched(flavour).cooperative:
        return advice
    if patched:  # and it blocks all the same: it was imported early
        return f"{advice} Or import {name.partition('.')[0]} after the patch."
    does = "monkey.patch_all()" if flavour == "gevent" else "eventlet.monkey_patch()"
    return f"{advice} Or call {does} before all imports: it makes {name} cooperative."


def why_blocked(trace: Trace, task: Entity, name: str, *, patched: bool) -> str:
    """Why a patch that is on has not made the call cooperative; empty if none is on."""
    flavour = trace.entities[task.thread].loop
    if not patched or flavour not in PATCHES:
        return ""
    head = f"{flavour} has patched the standard library, but"
    if name in trace.entities[task.process].imported_early:
        return f"{head} {name} was imported before that: the name still means the original."
    why = BLOCKING_CALLS[name].patched(flavour).why
    return f"{head} {name} stays blocking: {why}." if why else ""


def in_a_task(m: Moment) -> Explanation:
    """A task makes a call that keeps its loop."""
    row = m.row
    task, name = m.entity(row.subject), m.name(row.subject)
    noun = body(m.trace, task).noun
    length = m.took(row.arg)
    which = called(m.trace, row.subject, row.other)
    call = BLOCKING_CALLS.get(which)
    gil = task.process in m.after.gils
    if call is None:
        head = f"{name} calls a function ({length}) inside a {noun}: a blocking call."
    else:
        head = f"{name} calls {which} ({length}) inside a {noun}: {_what(call, gil=gil)}."
    patched = m.after.is_patched(task.process)
    told = (
        "It does not give control back: no other task of this loop runs until it returns.",
        _beside(call) if gil else "",
        "" if call is None else why_blocked(m.trace, task, which, patched=patched),
        "Instead: its asynchronous form."
        if call is None
        else instead(m.trace, task, which, patched=patched, gil=gil),
        *m.cost(task.thread),
    )
    return Explanation(head, tuple(filter(None, told)))


def _what(call: Call, *, gil: bool) -> str:
    if call.does != CALL and not gil:
        return "C code"
    if call.does == HOLD:
        return "C code that keeps the GIL"
    if call.does == NATIVE:
        return "C code that lets go of the GIL"
    return "a blocking call"


def _beside(call: Call | None) -> str:
    if call is not None and call.does == HOLD:
        return "Nor does any other thread of its process run Python: a thread would not help."
    if call is not None and call.does == NATIVE:
        return "Other threads of its process run meanwhile, so a thread of its own does help."
    return ""


def of_thread(m: Moment, thread: int) -> str:
    """``time.sleep``: the call that a thread, or the task in its loop's hand, is blocked in."""
    loop = m.before.loops.get(thread)
    if loop is None:
        return called(m.trace, thread, m.row.other)
    return called(m.trace, loop.current, m.before.pc[loop.current]) if loop.current else ""


def patching(m: Moment) -> Explanation:
    """The user switched monkey patches on or off."""
    if not m.row.arg:
        return Explanation(
            "You took the monkey patch away.",
            ("From now on the standard library's blocking calls block the whole loop.",),
        )
    early = sorted({name for each in m.trace.entities for name in each.imported_early})
    return Explanation(
        "You monkey patched the standard library.",
        (
            "From now on blocking calls that the patch replaces suspend their own task only.",
            *((f"Imported before it, so still blocking: {', '.join(early)}.",) if early else ()),
        ),
    )


def patched_wait(m: Moment, task: int) -> str:
    """How a task waits in a call that a patch has made cooperative; empty if it does not."""
    name = called(m.trace, task, m.row.other)
    entity = m.entity(task)
    flavour = m.entity(entity.thread).loop
    if not name or flavour not in PATCHES:
        return ""
    how = {
        "native": "the hub waits for it",
        "threadpool": "a thread of its pool waits for it",
        "polling": "it asks every 10 ms",
    }[BLOCKING_CALLS[name].patched(flavour).through]
    return (
        f"{name} is patched by {flavour}, so only this {body(m.trace, entity).noun} waits ({how})"
    )
