"""The other ways in which one scenario can be looked at: models, policies, GILs, numbers of cores.

Each is the same source with something else set, so that it can be loaded, recorded and repeated
on the command line.  What becomes of them is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schedsim.compare.variants import for_policy, sets_policy
from schedsim.policies import POLICIES
from schedsim.scenario import MODELS, Scenario
from schedsim.scenario_file import Problem, ScenarioError
from schedsim.simulation.threads import runs_real_asyncio
from schedsim.source import Source
from schedsim.trace import MOST_CORES

GILS: Mapping[str, str] = {
    "on": "a GIL for each process",
    "off": "no GIL: a free-threaded Python",
    "per_interpreter": "interpreter and GIL for each thread",
}
"""What ``python.gil`` may be, in a few words."""
GIL, CORES = "python.gil", "machine.cores"

_BETWEEN = re.compile(r"""\s+(?=[\w"'-]+(?:\s*[.\[][^\s=]*)?\s*=)""")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_KEY = re.compile(r"[^=]*")


@dataclass(frozen=True, slots=True)
class Way:
    """One of them."""

    name: str
    """In a word or two."""
    says: str
    source: Source


def models(source: Source, scenario: Scenario) -> list[Way]:
    """The other models that can run its jobs.

    None for a tree, which says itself what runs; nor for coroutines that asyncio itself runs: in
    other models they find no loop, and would be compared by how fast they fail.
    """
    threads = (thread for process in scenario.plan() for thread in process.threads)
    if scenario.is_tree or any(map(runs_real_asyncio, threads)):
        return []
    found = []
    for name, model in MODELS.items():
        changed = replace(source, model=name)
        if name != scenario.model and can_be_had(changed):
            found.append(Way(name, model.says, changed))
    return found


def can_be_had(source: Source) -> bool:
    """Whether it is a valid scenario as it is now set."""
    try:
        source.load()
    except ScenarioError:
        return False
    return True


def policies(source: Source, scenario: Scenario) -> list[Way]:
    """The other policies, each with the parameters that it has by itself."""
    return [
        Way(name.replace("_", " "), "", for_policy(source, name))
        for name in POLICIES
        if name != scenario.machine.policy
    ]


def gils(source: Source, scenario: Scenario) -> list[Way]:
    """Without a GIL, with one for each process, or for each interpreter."""
    now = gil_of(scenario)
    return [
        Way(f"GIL {name.replace('_', ' ')}", says, with_settings(source, [f"{GIL}={name}"]))
        for name, says in GILS.items()
        if name != now
    ]


def cores(source: Source, scenario: Scenario) -> list[Way]:
    """Half as many cores, twice as many, four times."""
    here = scenario.machine.cores
    counts = sorted({max(1, here // 2), here * 2, here * 4} - {here})
    return [
        Way(
            f"{count} core{'s' if count > 1 else ''}",
            f"instead of {here}",
            with_settings(source, [f"{CORES}={count}"]),
        )
        for count in counts
        if count <= MOST_CORES
    ]


def gil_of(scenario: Scenario) -> str:
    """What ``python.gil`` says in it."""
    python = scenario.python
    if not python.gil:
        return "off"
    return "on" if python.kind == "shared" else python.kind


def with_settings(source: Source, settings: Sequence[str]) -> Source:
    """The same with more set; what was set before stays, unless it is set anew."""
    anew = {_key(setting) for setting in settings}
    kept = [setting for setting in source.settings if _key(setting) not in anew]
    return replace(source, settings=(*kept, *settings))


def _key(setting: str) -> str:
    found = _KEY.match(setting)
    return re.sub(r"\s+", "", found[0]) if found else setting


def split(line: str) -> list[str]:
    """The settings of a line: ``machine.cores=2 job.ticker.count=5``; a value may hold blanks."""
    found, start = [], 0
    for gap in _BETWEEN.finditer(line):
        if _is_whole(line[start : gap.start()]):
            found.append(line[start : gap.start()].strip())
            start = gap.end()
    found.append(line[start:].strip())
    return [part for part in found if part]


def _is_whole(text: str) -> bool:
    """No bracket or quote is open at its end."""
    bare = _QUOTED.sub("", text)
    closed = bare.count("[") <= bare.count("]") and bare.count("{") <= bare.count("}")
    return closed and not {'"', "'"} & set(bare)


def repeated(compared: Sequence[tuple[Source, Scenario]], name: str, seed: int) -> str:
    """The command that compares them without the app; empty if there is none.

    Args:
        compared: what each was loaded from, and what came of it; nothing was done to them.
        name: of the file, or of a scenario of the library.
        seed: of all of them.
    """
    first, _ = compared[0]
    sources = [source for source, _ in compared]
    if any((each.text, each.python) != (first.text, first.python) for each in sources):
        return ""
    models = [scenario.model for _, scenario in compared]
    policies = [scenario.machine.policy for _, scenario in compared]
    tree = any(scenario.is_tree for _, scenario in compared)
    words = ["schedsim compare", _quoted(name)]
    if not tree and _distinct(models) and len({each.settings for each in sources}) == 1:
        words.append(f"--models {','.join(models)}")
    elif _distinct(policies) and len({each.model for each in sources}) == 1:
        fits = all(each == for_policy(first, p) for each, p in zip(sources, policies, strict=True))
        if sets_policy(first) or not fits:
            return ""
        words += [f"--models {first.model}"] * bool(first.model)
        words.append(f"--policies {','.join(policies)}")
    else:
        return ""
    words += [f"--set {_quoted(setting)}" for setting in first.settings]
    words += [f"--seed {seed}"] * bool(seed)
    return " ".join(words)


def _distinct(words: Sequence[str]) -> bool:
    return len(set(words)) == len(words)


def _quoted(word: str) -> str:
    """For a shell."""
    if re.fullmatch(r"[\w./=,+-]+", word, re.ASCII):
        return word
    inside = word.replace("'", "'\\''")
    return f"'{inside}'"


def problems_by_field(error: ScenarioError) -> Iterator[tuple[str, Problem]]:
    """Each problem with what it is about: ``model``, ``gil``, ``cores`` or ``settings``."""
    for problem in error.problems:
        option = problem.option
        field = "settings"
        if option.startswith("--model "):
            field = "model"
        elif option.startswith("--set "):
            field = {GIL: "gil", CORES: "cores"}.get(_key(option[len("--set ") :]), field)
        elif problem.key == "model":
            field = "model"
        yield field, problem
