"""A pyramid of callbacks, and the same as a coroutine

Log in, ask for a page, store it: each answer takes 5 ms and 1 ms of computing. The pyramid says it by
functions inside functions, the coroutine line by line. A third task cancels both at 8 ms.

- **Watch** the program of `pyramid`: what comes later stands further in, and the code does not run
  from top to bottom. What is kept is the innermost function, with all that it closed over.
- **Watch** 8 ms: both wait for the page. The coroutine meets the cancellation at its `await`, and its
  `finally` closes the connection.
- A callback has no frame to throw into. Its chain is told through the errback that it registered.
- Both log `closed`, and nobody stores a page.
- **Try** to leave the errback out, in a copy of this file: nothing is closed then.
"""

from schedsim.authoring import Scenario, cancel, compute, io, job, mark, sleep

GROUP = "Suspend and resume"
ORDER = 35


def scenario() -> Scenario:
    def pyramid(machine):
        user = "ada"

        def logged_in():
            def page_is_here():
                def computed():
                    def stored():
                        machine.mark(f"stored for {user}")

                    machine.io("5ms", stored)

                machine.compute("1ms", computed)

            def closed(error):
                machine.mark("closed")

            machine.io("5ms", page_is_here, closed)

        machine.io("5ms", lambda: machine.compute("1ms", logged_in))

    async def straight():
        user = "ada"
        try:
            await io("5ms")
            await compute("1ms")
            await io("5ms")
            await compute("1ms")
            await io("5ms")
            await mark(f"stored for {user}")
        finally:
            await mark("closed")

    def impatient():
        yield sleep("8ms")
        yield cancel("pyramid")
        yield cancel("straight")

    return Scenario(
        [
            job("pyramid", pyramid, style="callback"),
            job("straight", straight),
            job("impatient", impatient),
        ]
    )
