"""Spec: a sweep as people write it, a TOML file; read, checked, and nothing in it executed."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from featuretopo.bench.architectures import architecture_of, defaults_of, sparsity_name
from featuretopo.bench.kinds import check_kind
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.wording import in_words
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.llm.description import strategy_of, table_of
from featuretopo.llm.family import Change
from featuretopo.llm.frequency import check_drawn

Table = dict[str, Any]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.,=+-]{0,79}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class World(_Strict):
    """Shapes placed in R^d, and how often and how strongly their features fire."""

    d: int = Field(ge=2)
    shapes: list[Table] = Field(min_length=1)
    placement: Table = {"type": "Orthogonal"}
    frequency: Table | None = None
    magnitude: Table = {"type": "UniformMagnitude"}


class LLM(_Strict):
    """One simulated LLM of a world, or with `differ` a pair; a list is one LLM for each entry."""

    cooccurrence: Table | list[Table] | None = None
    rotation: Table | list[Table] | None = None
    noise: float | list[float] = 0.0
    frequency: Table | list[Table] | None = None  # in place of the world's
    differ: Change | list[Change] | None = None
    overlap: float | list[float] = 1.0


class Architecture(BaseModel):
    """One architecture, and the values of k, or of its penalty, that it is trained with."""

    # what else it takes is checked by the architecture itself
    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)

    type: str
    sparsity: list[float] = Field(min_length=1)


class Training(_Strict):
    """How every SAE is trained, and on how many samples it is measured."""

    steps: int = Field(4000, ge=1)
    batch_size: int = Field(2048, ge=2)
    learning_rate: float = Field(4e-3, gt=0)
    warmup: float = Field(0.02, ge=0, le=1)
    decay: float = Field(0.25, ge=0, le=1)
    held_out: int = Field(16_384, ge=2)
    shared: int = Field(4_096, ge=2)

    @model_validator(mode="after")
    def _leaves_a_middle(self) -> Training:
        if self.warmup + self.decay > 1:
            raise ValueError(
                f"warmup={self.warmup} and decay={self.decay} are shares of the steps: their sum "
                "must be at most 1"
            )
        return self


class Spec(_Strict):
    """Every combination of world, LLM, architecture, sparsity, width and seed is one cell."""

    format: Literal["sweep/1"]
    name: Name
    measures: list[str] = Field(min_length=1)
    seeds: list[Annotated[int, Field(ge=0, lt=2**63)]] = Field(min_length=1)
    width: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    draws: int = Field(99, ge=19)
    training: Training = Field(default_factory=lambda: Training.model_validate({}))
    world: dict[Name, World] = Field(min_length=1)
    llm: dict[Name, LLM] = Field(min_length=1)
    sae: dict[Name, Architecture] = Field(min_length=1)


def load_spec(source: str | os.PathLike[str]) -> Spec:
    """Read a sweep from a TOML file and check all that can be checked without building anything.

    Parameters
    ----------
    source : path
        A ``.toml`` file.

    Raises
    ------
    FeaturetopoError
        If the file is missing or no TOML, a key is unknown, a value is of a wrong type or out of
        range, or a shape, rule, architecture or measure does not exist.
    """
    path = Path(source)
    if not path.is_file():
        raise FeaturetopoError(f"{path}: no such file; featuretopo sweep init writes one")
    return parsed(path.read_bytes(), str(path))


def parsed(content: bytes, name: str) -> Spec:
    """Check what a TOML file says, and return it as a Spec; errors begin with its name.

    Raises
    ------
    FeaturetopoError
        As :func:`load_spec`.
    """
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table = toml.loads(content.decode("utf-8"))
    except ValueError as error:  # of TOML, of UTF-8
        raise FeaturetopoError(f"{name}: cannot be read as TOML: {error}") from error
    try:
        return checked(table)
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{name}: {error}") from error


def checked(content: Mapping[str, Any]) -> Spec:
    """Check what a file says, and return it as a Spec.

    Raises
    ------
    FeaturetopoError
        As :func:`load_spec`.
    """
    try:
        spec = Spec.model_validate(content)
    except ValidationError as error:
        raise FeaturetopoError(in_words(error, content, _keys_at)) from error
    for name in spec.measures:
        if name not in MEASURES:
            raise FeaturetopoError(f"measures: unknown {name!r}{did_you_mean(name, MEASURES)}")
    for key in ("measures", "seeds", "width"):
        _once_each(key, getattr(spec, key))
    for place, key, table in _strategies(spec):
        with _at(place):
            strategy = strategy_of(table)
            _no_files(table)
        check_kind(place, key, strategy)
    for name, each in spec.sae.items():
        _once_each(f"sae.{name}.sparsity", each.sparsity)
        for width, world in itertools.product(spec.width, spec.world.values()):
            with _at(f"sae.{name}"):
                for sparsity in each.sparsity:
                    architecture_of(canonical_architecture(each, sparsity), width, world.d)
    for name, llm in spec.llm.items():
        _check_llm(f"llm.{name}", llm, spec.world)
    of_pairs = [m for m in spec.measures if MEASURES[m].stage == "comparison"]
    if of_pairs and all(llm.differ is None for llm in spec.llm.values()):
        raise FeaturetopoError(
            f"measures: {of_pairs[0]!r} is of two LLMs, and every llm here is one: give an llm "
            'differ = "seed" (two that differ in their samples), or leave the measure out'
        )
    if len(of_pairs) == len(spec.measures):
        for name, llm in spec.llm.items():
            if llm.differ is None:
                raise FeaturetopoError(
                    f"llm.{name} is one LLM, and every measure here is of two, so that its cells "
                    'would have nothing to measure: give it differ = "seed", ask for a measure of '
                    "one SAE as well, e.g. 'mmcs', or leave it out"
                )
    return spec


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a sweep, for editors that complete and check TOML."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Spec.model_json_schema(),
    }


def variants(name: str, llm: LLM) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each LLM that the lists of a table give, with its name and canonical description."""
    fields = llm.model_dump()
    lists = {key: value for key, value in fields.items() if isinstance(value, list)}
    for chosen in itertools.product(*lists.values()):
        one = dict(zip(lists, chosen, strict=True))
        words = " ".join(f"{key}={_label(value)}" for key, value in one.items())
        full = {key: canonical(value) for key, value in (fields | one).items()}
        yield f"{name} {words}".strip(), full


def canonical(value: Any) -> Any:
    """Spell a value out: defaults filled in, 1 and 1.0 the same, so that one key fits all ways."""
    return _plain(table_of(strategy_of(value)))


def canonical_architecture(given: Architecture, sparsity: float) -> dict[str, Any]:
    """Return one architecture at one sparsity, defaults filled in."""
    table = given.model_dump(exclude={"sparsity"})
    named = {sparsity_name(given.type): sparsity}
    for name in named:
        if name in table:
            raise FeaturetopoError(
                f"{name}={table[name]!r} beside sparsity, which is the {name} of {given.type}: "
                "leave it out"
            )
    plain: dict[str, Any] = _plain(defaults_of(given.type) | table | named)
    return plain


def as_text(value: Any) -> str:
    """Return the one JSON text of a canonical value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _label(value: Any) -> str:
    if isinstance(value, dict):
        inner = [f"{k}={v}" for k, v in value.items() if k != "type"]
        return f"{value['type']}({', '.join(inner)})" if inner else str(value["type"])
    return str(value)


def _strategies(spec: Spec) -> Iterator[tuple[str, str, Table]]:
    """Yield every table that names a strategy, with its place in the file and what it is for."""
    for name, world in spec.world.items():
        for number, shape in enumerate(world.shapes):
            yield f"world.{name}.shapes.{number}", "shapes", shape
        for key in ("placement", "frequency", "magnitude"):
            if (table := getattr(world, key)) is not None:
                yield f"world.{name}.{key}", key, table
    for name, llm in spec.llm.items():
        for key in ("cooccurrence", "rotation", "frequency"):
            given = getattr(llm, key)
            for table in given if isinstance(given, list) else [given]:
                if table is not None:
                    yield f"llm.{name}.{key}", key, table


def _no_files(table: Table) -> None:
    # the key of a result is its description: what a file holds is not in it
    if table.get("type") == "FromDictionary":
        raise FeaturetopoError(
            "FromDictionary reads a file, whose content no key would tell: sweeps take shapes that "
            "are described in full"
        )


def _check_llm(place: str, llm: LLM, worlds: Mapping[str, World]) -> None:
    for key, value in llm.model_dump().items():
        if value == []:
            raise FeaturetopoError(
                f"{place}.{key} is empty, which leaves no cell: give it an entry"
            )
        if isinstance(value, list):
            _once_each(f"{place}.{key}", [as_text(_plain(each)) for each in value])
    for one in (each for _, each in variants("", llm)):
        if not 0 <= one["overlap"] <= 1:
            raise FeaturetopoError(f"{place}: overlap={one['overlap']} must lie between 0 and 1")
        if one["noise"] < 0:
            raise FeaturetopoError(f"{place}: noise={one['noise']} must be at least 0")
        if one["differ"] == "frequency":
            for world in worlds.values():
                law = one["frequency"] or world.frequency
                if law is not None:
                    check_drawn(f"{place}: differ='frequency': frequency", strategy_of(law))
        if one["differ"] is None and one["overlap"] != 1:
            raise FeaturetopoError(
                f"{place}: overlap={one['overlap']} is of two LLMs: give differ as well, one of "
                f"{', '.join(get_args(Change))}"
            )


def _once_each(place: str, values: list[Any]) -> None:
    for value, times in Counter(values).items():
        if times > 1:
            raise FeaturetopoError(f"{place}: {value!r} is there twice: leave one out")


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Put the place in the file before an error."""
    try:
        yield
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{place}: {error}") from error


def _keys_at(place: Sequence[str]) -> list[str]:
    """Return the keys that a table of the file may have."""
    models: dict[str, type[BaseModel]] = {
        "world": World,
        "llm": LLM,
        "sae": Architecture,
        "training": Training,
    }
    return list(models.get(place[0] if place else "", Spec).model_fields)
