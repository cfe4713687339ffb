"""Catalogues whose entries are loaded when somebody asks for them."""

import subprocess
import sys

import pytest

from schedsim.catalogue import LazyCatalogue
from schedsim.loops import LOOPS
from schedsim.policies import POLICIES


def test_naming_its_entries_loads_nothing() -> None:
    places = LazyCatalogue[object]({"one": "no.such.module:x", "two": "fractions:Fraction"})
    assert list(places) == ["one", "two"]
    assert len(places) == 2
    assert "one" in places
    assert "three" not in places
    from fractions import Fraction

    assert places["two"] is Fraction
    with pytest.raises(KeyError):
        places["three"]


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_is_where_the_catalogue_says(name: str) -> None:
    assert POLICIES[name].__module__.startswith(f"schedsim.policies.{name}")


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_is_where_the_catalogue_says(name: str) -> None:
    assert LOOPS[name].task.__module__.startswith("schedsim.loops.")


def test_a_run_loads_the_policy_and_the_loop_it_needs() -> None:
    code = (
        "import sys; from schedsim import library; from schedsim.recording import Source;"
        "from schedsim.run import Run;"
        "Run(Source.of(library.path('starving-loop')).load()).finish();"
        "print(*sorted(m for m in sys.modules if m.startswith('schedsim.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"schedsim.loops.asyncio", "schedsim.policies.round_robin"} <= loaded
    others = {"trio", "gevent", "eventlet", "uvloop", "bare"}
    assert not loaded & {f"schedsim.loops.{name}" for name in others}
    assert not loaded & {f"schedsim.policies.{name}" for name in ("cfs", "eevdf", "linux", "mlfq")}
