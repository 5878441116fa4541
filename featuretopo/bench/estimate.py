"""How long what is left of a plan will take: a rough guess, put right by what has run here."""

from __future__ import annotations

import itertools
import json
import statistics
from dataclasses import dataclass
from functools import cache

from featuretopo.bench.errors import StoreError
from featuretopo.bench.execute import to_do
from featuretopo.bench.plan import Parameter, Plan, Task
from featuretopo.bench.store import State, Store

_SAMPLED = 20  # results of each stage that are looked at
# seconds that stages other than training took where they were first measured, at 512 latents
_USUAL = {"truth": 0.05, "activations": 0.1, "scores": 0.1, "topology": 4, "recovery": 0.5}
_PER_DRAW = 0.05
_FLOPS = 5e10


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long it will take.

    Attributes
    ----------
    seconds : float
        Of work, all stages one after another.
    measured : int
        Results in the store that it rests on; 0 for a mere guess.
    """

    seconds: float
    measured: int


def estimate(plan: Plan, store: Store | None, states: dict[str, State]) -> Estimate:
    """Add up what is left.

    Parameters
    ----------
    plan : Plan
    store : Store or None
        Where the plan's results go, if there is one yet.
    states : dict
        What ``store.states()`` says.
    """
    left = to_do(plan, states)
    by_stage: dict[str, list[Task]] = {}
    for task in left:
        by_stage.setdefault(task.stage, []).append(task)
    done = (task for task in plan.tasks.values() if states.get(task.key) == "done")
    measured: dict[str, list[float]] = {}
    if store is not None:
        for task in done:
            if len(measured.setdefault(task.stage, [])) < _SAMPLED:
                try:
                    seconds = store.read(task.stage, task.key).seconds
                except StoreError:
                    continue  # a run will say what is wrong with it
                measured[task.stage].append(seconds / _guess(task))
    total = sum(
        sum(map(_guess, tasks)) * statistics.median(measured.get(stage) or [1.0])
        for stage, tasks in by_stage.items()
    )
    return Estimate(total, len(list(itertools.chain.from_iterable(measured.values()))))


def _guess(task: Task) -> float:
    if task.stage == "sae":
        return _training(task.parameters)
    if task.stage == "comparison":
        return 3 + _PER_DRAW * float(dict(task.parameters)["draws"])
    return _USUAL[task.stage]


def _training(parameters: tuple[Parameter, ...]) -> float:
    found = dict(parameters)
    per_step = _dimension(found["world"]) * float(found["width"]) * float(found["batch_size"])
    return float(found["steps"]) * (6 * per_step / _FLOPS + 0.002)


@cache
def _dimension(world: str) -> int:
    d: int = json.loads(world)["d"]
    return d
