"""plan: which cells a sweep has, and the stages that they need, each once. Reads nothing."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from featuretopo.bench.measures import MEASURES
from featuretopo.bench.spec import (
    Spec,
    as_text,
    canonical,
    canonical_architecture,
    variants,
)
from featuretopo.bench.stages.catalogue import STAGES, versions_of

#: A parameter of a stage: its name, and its value as canonical JSON.
Parameter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """One stage with one set of inputs.

    Attributes
    ----------
    stage : str
    key : str
        Hash of stage, its version, the engines' versions, parameters and inputs: 40 hex digits.
        Workers, threads and paths are not in it.
    parameters : tuple of (str, str)
        Name and canonical JSON of each.
    inputs : tuple of Task
        Whose results it reads.
    """

    stage: str
    key: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Final:
    """A stage that gives rows of a cell.

    Attributes
    ----------
    side : {"a", "b", "ab"}
        Whose rows they are: of the first LLM, of the second, or of the pair.
    task : Task
    """

    side: str
    task: Task


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination, and the stages that its rows come from."""

    world: str
    llm: str
    sae: str
    sparsity: float
    width: int
    seed: int
    finals: tuple[Final, ...]

    @property
    def name(self) -> str:
        """What the cell is called in messages and tables."""
        return (
            f"{self.world}/{self.llm}/{self.sae} {self.sparsity:g}/{self.width} latents/"
            f"seed {self.seed}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Cells, and the tasks that they share.

    Attributes
    ----------
    spec : Spec
    cells : tuple of Cell
    tasks : dict of str to Task
        By key; inputs come before what reads them.
    """

    spec: Spec
    cells: tuple[Cell, ...]
    tasks: dict[str, Task]

    def __repr__(self) -> str:
        return f"Plan({self.spec.name!r}: {len(self.cells):,} cells, {len(self.tasks):,} stages)"


def plan(spec: Spec) -> Plan:
    """Lay a sweep out. Nothing is read, written or built.

    Parameters
    ----------
    spec : Spec

    Returns
    -------
    Plan

    Examples
    --------
    >>> from featuretopo.bench import ready
    >>> plan(ready("toy-2022"))
    Plan('toy-2022': 36 cells, 76 stages)
    """
    tasks: dict[str, Task] = {}
    stages = {MEASURES[name].stage for name in spec.measures}
    training = _fields(spec.training.model_dump())
    sampling = tuple(p for p in training if p[0] in ("held_out", "shared"))
    fitting = tuple(p for p in training if p[0] not in ("held_out", "shared"))
    draws = ("draws", as_text(spec.draws))
    widths = [(width, ("width", as_text(width))) for width in spec.width]
    saes = [
        (name, sparsity, ("architecture", as_text(canonical_architecture(each, sparsity))))
        for name, each in spec.sae.items()
        for sparsity in each.sparsity
    ]
    worlds = {name: _world(each.model_dump()) for name, each in spec.world.items()}
    llms = [v for name, each in spec.llm.items() for v in variants(name, each)]
    llm_texts = [(name, as_text(each), each["differ"] is not None) for name, each in llms]
    cells = []
    for (world, recipe), (llm, text, is_pair), seed in itertools.product(
        worlds.items(), llm_texts, spec.seeds
    ):
        source = (*recipe, ("llm", text), ("seed", as_text(seed)))
        truth = _task(tasks, "truth", (*recipe, source[-1]))
        members = [
            (side, (*source, ("member", as_text(number))))
            for number, side in enumerate("ab" if is_pair else "a")
        ]
        seen = [_task(tasks, "activations", (*member, *sampling), truth) for _, member in members]
        for (sae, sparsity, architecture), (width, of_width) in itertools.product(saes, widths):
            finals = []
            portraits: list[Task] = []
            for (side, member), activations in zip(members, seen, strict=True):
                trained = _task(
                    tasks, "sae", (*member, architecture, of_width, *fitting), activations
                )
                if "scores" in stages:
                    scores = _task(tasks, "scores", (), activations, trained)
                    finals.append(Final(side, scores))
                if "recovery" in stages or (is_pair and "comparison" in stages):
                    topology = _task(tasks, "topology", (source[-1],), activations, trained)
                    recovery = _task(tasks, "recovery", member, activations, trained, topology)
                    portraits += [trained, topology, recovery]
                    if "recovery" in stages:
                        finals.append(Final(side, recovery))
            if is_pair and "comparison" in stages:
                both = _task(tasks, "comparison", (source[-1], draws), *portraits)
                finals.append(Final("ab", both))
            cells.append(Cell(world, llm, sae, sparsity, width, seed, tuple(finals)))
    return Plan(spec, tuple(cells), tasks)


def _task(
    tasks: dict[str, Task], stage: str, parameters: tuple[Parameter, ...], *inputs: Task
) -> Task:
    """Return the one task of this description, made on first use."""
    digest = hashlib.blake2b(heading(stage).encode(), digest_size=20)
    for name, value in parameters:
        digest.update(f"{name}\x1f{value}\x1e".encode())
    for each in inputs:
        digest.update(f"{each.key}\x1e".encode())
    key = digest.hexdigest()
    if key not in tasks:
        tasks[key] = Task(stage, key, parameters, inputs)
    return tasks[key]


def heading(stage: str) -> str:
    """Return what begins every key of a stage: its version, and those of its engines, as JSON."""
    found = _headings.get(stage)
    if found is None:
        about = {"stage": stage, "version": STAGES[stage].version, "engines": versions_of(stage)}
        found = _headings[stage] = as_text(about)
    return found


_headings: dict[str, str] = {}


def _fields(table: Mapping[str, Any]) -> tuple[Parameter, ...]:
    return tuple((key, as_text(canonical(value))) for key, value in sorted(table.items()))


def _world(table: Mapping[str, Any]) -> tuple[Parameter, ...]:
    return (("world", as_text(canonical(dict(table)))),)


def description(task: Task) -> Iterator[Parameter]:
    """Yield the parameters of a task and of all that it rests on, each name once."""
    seen: set[str] = set()
    waiting = [task]
    while waiting:
        each = waiting.pop(0)
        for name, value in each.parameters:
            if name not in seen:
                seen.add(name)
                yield name, value
        waiting += each.inputs
