"""What is compared: one scenario under several models or policies, or several scenarios."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from schedsim.durations import Time
from schedsim.policies import POLICIES
from schedsim.policies.defaults import parameters_of
from schedsim.recording import Recording
from schedsim.run import Run
from schedsim.scenario import MachineSpec, Scenario
from schedsim.scenario_file import Problem, ScenarioError
from schedsim.source import Source
from schedsim.trace import Trace

MOST = 20
"""How many runs are compared at once: more cannot be looked at together."""

_SETS_POLICY = re.compile(r"\s*machine\s*\.\s*policy\s*(\.\s*name\s*)?=")
_OF_POLICY = re.compile(r"\s*machine\s*\.\s*(?:policy\s*\.\s*(?!name\b)(\w+)|(quantum))\s*=")


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the runs to compare."""

    name: str
    """No two have the same.  It may hold anything: show it through ``plain``."""
    scenario: Scenario
    recorded: Recording | None = None
    """The recording that it is read from, if it is from one."""

    def run(
        self,
        seed: int,
        until: Time | None,
        rows: int,
        progress: Callable[[Trace], None] | None = None,
    ) -> Run:
        """Execute it, telling ``progress`` every now and then; a recording as it was recorded."""
        if self.recorded is not None:
            return self.recorded.play(progress)
        run = Run(self.scenario, seed, until=until, rows=rows)
        run.finish(progress)
        return run


def alternatives(
    source: Source, models: Sequence[str], policies: Sequence[str], shown: str
) -> list[Variant]:
    """The same scenario under each of the models and policies: every pair where both are given.

    A policy that is the file's own keeps the parameters of the file.  Any other has its defaults,
    and what ``--set`` says of a parameter goes to the policies that know it.

    Raises:
        ScenarioError: with everything that is wrong, each mistake once.
    """
    own = _own_policy(source.text)
    variants: list[Variant] = []
    problems: dict[Problem, None] = {}
    for model, policy in product(models or [""], policies or [""]):
        changed = replace(source, model=model)
        if policy:
            changed = replace(changed, settings=_settings(source.settings, policy, policies, own))
        try:
            scenario = changed.load(shown)
        except ScenarioError as error:
            found = [_from_list(problem, models, policies) for problem in error.problems]
            problems.update(dict.fromkeys(found))
            continue
        if policy and scenario.machine.policy != policy:
            says = "--set gives the machine another policy: leave one of the two out"
            option = f"--policies {','.join(policies)}"
            problems[Problem(shown, says, "machine.policy", option=option)] = None
        words = [model] * (len(models) > 1 or not policies) + [policy] * (len(policies) > 1)
        variants.append(Variant(" ".join(words), scenario))
    if problems:
        raise ScenarioError(list(problems))
    return variants


def for_policy(source: Source, policy: str) -> Source:
    """``source`` under another policy: with its own parameters, or those of the file if it is its.

    What was set of the policy before, or of its parameters, is left out where it does not fit.
    """
    kept = tuple(setting for setting in source.settings if not _SETS_POLICY.match(setting))
    changed = _settings(kept, policy, list(POLICIES), _own_policy(source.text))
    return replace(source, settings=changed)


def sets_policy(source: Source) -> bool:
    """Whether a setting says something of the policy or its parameters."""
    return any(_SETS_POLICY.match(each) or _OF_POLICY.match(each) for each in source.settings)


def named_apart(names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Names for files: the short ones, or the paths where two are alike, or numbered ones."""
    apart = list(names if len(set(names)) == len(names) else paths)
    for index, name in enumerate(apart):
        number = 2
        while apart[index] in apart[:index]:
            apart[index] = f"{name} ({number})"
            number += 1
    return apart


def _own_policy(text: str) -> str:
    """The policy that a scenario file names; a file that cannot be read is told about later."""
    try:
        machine = tomllib.loads(text).get("machine", {})
    except (ValueError, RecursionError):
        return ""
    policy = machine.get("policy") if isinstance(machine, dict) else None
    if isinstance(policy, dict):
        policy = policy.get("name")
    return policy if isinstance(policy, str) else MachineSpec().policy


def _settings(
    settings: tuple[str, ...], policy: str, policies: Sequence[str], own: str
) -> tuple[str, ...]:
    """What to change in the file, so that it runs under ``policy``."""
    known_to_any = {word for name in policies for word in _parameters(name)}
    kept = []
    for setting in settings:
        found = _OF_POLICY.match(setting)
        word = found and (found[1] or found[2])
        if not word or word in _parameters(policy) or word not in known_to_any:
            kept.append(setting)
    if policy == own:
        return tuple(kept)
    return (f"machine.policy={json.dumps(policy, ensure_ascii=False)}", *kept)


def _parameters(policy: str) -> frozenset[str]:
    return frozenset(parameters_of(policy) if policy in POLICIES else ())


def _from_list(problem: Problem, models: Sequence[str], policies: Sequence[str]) -> Problem:
    """``problem``, which was told of one name, as one of the list that the user wrote."""
    option = problem.option
    if option in {f"--model {model}" for model in models}:
        option = f"--models {','.join(models)}"
    quoted = {json.dumps(policy, ensure_ascii=False) for policy in policies}
    if option in {f"--set machine.policy={policy}" for policy in quoted}:
        option = f"--policies {','.join(policies)}"
    return replace(problem, option=option)
