"""What this interpreter makes of every scenario, as digests: ``python -m tests.fingerprints``.

Of each run of tests/golden.py the trace; of each scenario of the library the trace of another seed,
the report for scripts and for people, and the bytes of the files: the recording and every export.
All in one process, in about two seconds.  Comparing them is the business of tests/determinism.py.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from schedsim import files, library, report
from schedsim.export import EXPORTS
from schedsim.metrics import measure
from schedsim.recording import Recording, Source
from schedsim.run import Run
from tests import golden

OTHER_SEED = 7


def fingerprints() -> dict[str, str]:
    """By what it is of: ``lottery: csv``."""
    found = {f"{name}: golden": digest for name, digest in golden.digests().items()}
    with tempfile.TemporaryDirectory() as folder:
        for name in library.names():
            of_it = _of_scenario(name, Path(folder))
            found |= {f"{name}: {what}": digest for what, digest in of_it.items()}
    return found


def _of_scenario(name: str, folder: Path) -> dict[str, str]:
    source = Source.of(library.path(name))
    scenario = source.load()
    other = Run(scenario, OTHER_SEED)
    other.finish()
    run = Run(scenario)
    run.finish()
    measured = measure(run.trace)
    found = {
        "trace of another seed": other.trace.digest(),
        "report": _digest(json.dumps(report.to_json(run, measured)).encode()),
        "report as text": _digest(report.to_text(run, measured).encode()),
    }
    path = folder / f"{name}.recording"
    Recording.of(run, source).save(path)
    found["recording"] = _digest(path.read_bytes())
    for form, export in EXPORTS.items():
        path = folder / f"{name}.{form}"
        files.write(path, export.write(run, measured))
        found[form] = _digest(path.read_bytes())
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fingerprints(), indent=1) + "\n")
