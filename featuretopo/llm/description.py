"""Descriptions: a whole simulated LLM as a TOML or JSON file, and back."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from featuretopo.described import described
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.files import atomic

if TYPE_CHECKING:
    from featuretopo.llm.simulated import SimulatedLLM

_FORMAT = "simulated-llm/1"
#: What a strategy can do; results can do none of it.
_CAN = ("draw", "lay_out", "matrix", "of", "place", "plan")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Truth(_Strict):
    d: int
    seed: int
    shapes: list[dict[str, Any]]
    placement: dict[str, Any]
    rows: list[int] | None = None


class _Description(_Strict):
    format: Literal["simulated-llm/1"] = _FORMAT  # type: ignore[assignment]
    name: str
    seed: int = Field(ge=0)
    noise: float
    bias: list[float]
    truth: _Truth
    cooccurrence: dict[str, Any]
    frequency: dict[str, Any] | None = None
    magnitude: dict[str, Any]
    embedding: dict[str, Any]


def save_llm(model: SimulatedLLM, path: str | os.PathLike[str]) -> None:
    """Write the description of `model`; see :meth:`SimulatedLLM.save`."""
    truth = model.truth
    content = _Description(
        name=model.name,
        seed=model.seed,
        noise=model.noise,
        bias=model.bias.tolist(),
        truth=_Truth(
            d=truth.d,
            seed=truth.seed,
            shapes=[table_of(shape) for shape in truth.recipe],
            placement=table_of(truth.placement),
            rows=None if truth.is_whole else truth.rows.tolist(),
        ),
        cooccurrence=table_of(model.cooccurrence),
        frequency=None if model.frequency is None else table_of(model.frequency),
        magnitude=table_of(model.magnitude),
        embedding=table_of(model.embedding),
    ).model_dump(exclude_none=True)
    suffix = Path(path).suffix
    if suffix == ".json":
        text = json.dumps(content, indent=1) + "\n"
    elif suffix == ".toml":
        import tomli_w

        text = tomli_w.dumps(content)
    else:
        raise FeaturetopoError(
            f"{os.fspath(path)}: a model is saved as .toml or .json; end its name so"
        )
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def load_llm(path: str | os.PathLike[str]) -> SimulatedLLM:
    """Build the model that a description file tells of; nothing in it is ever executed.

    Parameters
    ----------
    path : path
        A ``.toml`` or ``.json`` file, written by :meth:`SimulatedLLM.save` or by hand.

    Raises
    ------
    FeaturetopoError
        If the file is missing, is no such description, names what does not exist, or holds a
        value that the model refuses.

    Examples
    --------
    >>> import tempfile
    >>> from featuretopo.llm import ExactlyK, SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> model = SimulatedLLM(
    ...     GroundTruth([Circle(12)], d=8, rng=0), cooccurrence=ExactlyK(2), rng=0
    ... )
    >>> path = Path(tempfile.mkdtemp()) / "model.toml"
    >>> model.save(path)
    >>> again = load_llm(path)
    >>> bool((again.sample(9, rng=1).activations == model.sample(9, rng=1).activations).all())
    True
    """
    shown, source = os.fspath(path), Path(path)
    if not source.is_file():
        raise FeaturetopoError(f"{shown}: no such file; give a .toml or .json description")
    try:
        return _build(_Description.model_validate(_read(source)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        hint = (
            did_you_mean(str(first["loc"][-1]), _fields(first["loc"]))
            if first["type"] == "extra_forbidden"
            else ""
        )
        raise FeaturetopoError(f"{shown}: {place}: {first['msg']}{hint}") from error
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{shown}: {error}") from error


def _read(source: Path) -> Any:
    text = source.read_bytes()
    try:
        if source.suffix == ".json":
            return json.loads(text)
        if source.suffix == ".toml":
            return _toml().loads(text.decode("utf-8"))
    except ValueError as error:  # of JSON, of TOML, of UTF-8
        raise FeaturetopoError(f"cannot be read as {source.suffix}: {error}") from error
    raise FeaturetopoError("a description ends in .toml or .json")


def _toml() -> Any:
    # tomllib came with Python 3.11; before, tomli is the same
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def _build(content: _Description) -> SimulatedLLM:
    from featuretopo.llm.simulated import SimulatedLLM
    from featuretopo.truth import GroundTruth

    truth = GroundTruth(
        [strategy_of(shape) for shape in content.truth.shapes],
        content.truth.d,
        placement=strategy_of(content.truth.placement),
        rng=content.truth.seed,
    )
    if content.truth.rows is not None:
        truth = truth.subset(content.truth.rows)
    return SimulatedLLM(
        truth,
        cooccurrence=strategy_of(content.cooccurrence),
        frequency=None if content.frequency is None else strategy_of(content.frequency),
        magnitude=strategy_of(content.magnitude),
        embedding=strategy_of(content.embedding),
        noise=content.noise,
        bias=content.bias,
        name=content.name,
        rng=content.seed,
    )


def table_of(value: Any) -> Any:
    """Turn a strategy into a table with its type's name, which :func:`strategy_of` builds again."""
    return described(value, check=_known)


def strategy_of(value: Any) -> Any:
    """Build the strategy that a table names; lists become tuples."""
    if isinstance(value, list):
        return tuple(map(strategy_of, value))
    if not isinstance(value, dict):
        return value
    if "type" not in value:
        return {key: strategy_of(item) for key, item in value.items()}
    strategy = _known(value["type"])
    given = {key: strategy_of(item) for key, item in value.items() if key != "type"}
    known = [field.name for field in dataclasses.fields(strategy)]
    for key in given:
        if key not in known:
            raise FeaturetopoError(f"{value['type']} has no {key!r}{did_you_mean(key, known)}")
    try:
        return strategy(**given)
    except TypeError as error:
        raise FeaturetopoError(
            f"{value['type']}: {error}; it takes {inspect.signature(strategy)}"
        ) from error


def _known(name: Any) -> Any:
    """Find the strategy of this name among those that descriptions may hold."""
    strategies = _strategies()
    if not isinstance(name, str) or name not in strategies:
        raise FeaturetopoError(
            f"a description cannot hold a {name!r}{did_you_mean(str(name), strategies)}"
        )
    return strategies[name]


@cache
def _strategies() -> dict[str, Any]:
    from featuretopo import llm, truth

    return {
        key: found
        for package in (truth, llm)
        for key, found in vars(package).items()
        if dataclasses.is_dataclass(found) and any(hasattr(found, what) for what in _CAN)
    }


def _fields(place: tuple[int | str, ...]) -> list[str]:
    return list((_Truth if place[0] == "truth" and len(place) > 1 else _Description).model_fields)
