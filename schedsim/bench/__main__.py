"""``python -m schedsim.bench CASE``: one case, in a process of its own."""

from __future__ import annotations

import json
import sys

from schedsim.bench.cases import CASES

if __name__ == "__main__":
    json.dump(CASES[sys.argv[1]].run(), sys.stdout)
