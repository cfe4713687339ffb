"""An exception ends its task, and nothing else

A parser meets a bad number and raises. Its loop, its thread and the others go on.

- **Watch** 3 ms: the parser has failed. Its program shows where, the report has the traceback.
- **Watch** the careful one: it waits for the parser's result, and has the exception raised at its own
  line. It catches it and goes on.
- The careless one waits as well and catches nothing: it fails too, at 3 ms.
- The pulse knows nothing of all that: it beats at 0, 2, 4, 6 and 8 ms.
- **Try** `schedsim run errors`: two tracebacks, on standard error too, and exit code 0.
"""

from schedsim.authoring import Scenario, job, mark, result_of, sleep

GROUP = "Suspend and resume"
ORDER = 36


def scenario() -> Scenario:
    async def parser():
        await sleep("3ms")
        return int("twelve")

    async def careful():
        try:
            await result_of("parser")
        except ValueError:
            await mark("no number, so 0")

    async def careless():
        number = await result_of("parser")
        await mark(f"twice is {2 * number}")

    def pulse():
        for _ in range(5):
            yield mark("beat")
            yield sleep("2ms")

    return Scenario(
        [
            job("parser", parser),
            job("careful", careful),
            job("careless", careless),
            job("pulse", pulse),
        ]
    )
