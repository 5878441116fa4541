"""Whether each world and LLM of a sweep can be built: what no reading of the file can tell."""

from __future__ import annotations

import json

from featuretopo.bench.plan import Task, description, plan
from featuretopo.bench.spec import Spec
from featuretopo.bench.stages.activations import simulated_llm
from featuretopo.errors import FeaturetopoError


def check_buildable(spec: Spec) -> None:
    """Build each world and LLM once, at the first seed.

    Raises
    ------
    FeaturetopoError
        If one cannot be: the message names it.
    """
    for cell in plan(spec.model_copy(update={"seeds": spec.seeds[:1]})).cells:
        for task in _llms([final.task for final in cell.finals]):
            try:
                simulated_llm({name: json.loads(value) for name, value in description(task)})
            except FeaturetopoError as error:
                raise FeaturetopoError(f"world {cell.world}, llm {cell.llm}: {error}") from error


def _llms(tasks: list[Task]) -> list[Task]:
    found = {}
    while tasks:
        task = tasks.pop()
        tasks += task.inputs
        if task.stage == "activations":
            found[task.key] = task
    return list(found.values())
