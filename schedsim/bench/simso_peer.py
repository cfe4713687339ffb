"""SimSo at W5: a script for an environment of its own, run by :mod:`schedsim.bench.simso`.

``python simso_peer.py`` reads ``{"periods": [ms, ...], "share": ..., "processors": ...,
"horizon": ms}`` from standard input and prints ``[jobs, seconds of processor time]``.  Nothing of
schedsim is there, so nothing of it is imported.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import sys
import time
from typing import Any


def main() -> None:
    """Run the model; SimSo's EDF prints each decision, and that goes nowhere."""
    asked: dict[str, Any] = json.load(sys.stdin)
    core: Any = importlib.import_module("simso.core")
    configuration: Any = importlib.import_module("simso.configuration").Configuration()
    configuration.cycles_per_ms = 1_000_000
    configuration.duration = asked["horizon"] * configuration.cycles_per_ms
    for number, period in enumerate(asked["periods"]):
        configuration.add_task(
            name=f"T{number}",
            identifier=number,
            period=period,
            activation_date=0,
            wcet=round(period * asked["share"], 3),
            deadline=period,
        )
    for number in range(asked["processors"]):
        configuration.add_processor(name=f"P{number}", identifier=number)
    configuration.scheduler_info.clas = "simso.schedulers.EDF"
    configuration.check_all()
    model = core.Model(configuration)
    gc.collect()
    gc.freeze()
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time()
        model.run_model()
        seconds = time.process_time() - began
    jobs = sum(len(task.jobs) for task in model.results.tasks.values())
    sys.stdout.write(json.dumps([jobs, seconds]))


if __name__ == "__main__":
    main()
