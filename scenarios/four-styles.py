"""One body in four styles, as Python

The same client four times: it computes 1 ms, waits 10 ms for a device, and computes 1 ms.
This scenario is a Python file. Its bodies are real, and each is suspended as Python does it.

- **Watch** the program of each: the line where it waits, and what is kept of it there.
- **Watch** 4 ms: all four wait. The callback keeps a function and what it closed over, the generator
  2 frames, the coroutine a chain of 2 frames, the greenlet a stack of 2 calls.
- They are done at 12, 13, 14 and 15 ms, in the order in which they began.
- Where can each be suspended? At `yield`, at `await`: it shows. In a greenlet: in any call.
- **Try** `--model threads`: each is a thread then, and needs nobody's style.
"""

from schedsim.authoring import Scenario, compute, io, job, mark

GROUP = "Suspend and resume"
ORDER = 34


def scenario() -> Scenario:
    def with_callbacks(machine, length):
        def ask():
            machine.io(length, answered)

        def answered():
            machine.compute("1ms", served)

        def served():
            machine.mark(f"served after {length}")

        machine.compute("1ms", ask)

    def ask_by_generator(length):
        yield io(length)

    def with_a_generator(length):
        yield compute("1ms")
        yield from ask_by_generator(length)
        yield compute("1ms")
        yield mark(f"served after {length}")

    async def ask_by_coroutine(length):
        await io(length)

    async def with_a_coroutine(length):
        await compute("1ms")
        await ask_by_coroutine(length)
        await compute("1ms")
        await mark(f"served after {length}")

    def ask_in_a_greenlet(length):
        io(length)

    def with_a_greenlet(length):
        compute("1ms")
        ask_in_a_greenlet(length)
        compute("1ms")
        mark(f"served after {length}")

    return Scenario(
        [
            job("callback", with_callbacks, "10ms", style="callback"),
            job("generator", with_a_generator, "10ms"),
            job("coroutine", with_a_coroutine, "10ms"),
            job("greenlet", with_a_greenlet, "10ms", style="greenlet"),
        ]
    )
