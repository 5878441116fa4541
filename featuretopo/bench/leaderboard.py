"""leaderboard: architectures by the shapes that their SAEs recover, and at what L0."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from featuretopo.errors import FeaturetopoError

_NEEDED = ("l0", "shapes_recovered")


@dataclass(frozen=True, slots=True)
class Entry:
    """One architecture at one sparsity and width, on one world and LLM: means over seeds.

    Attributes
    ----------
    world, llm, sae : str
    sparsity : float
        Of the architecture: its k, or the weight of its penalty.
    width, seeds : int
        Latents; seeds that are done.
    l0 : float
        Mean number of active latents, which is sparsity on one scale for all architectures.
    recovered : float
        Share of the visible shapes that are recovered.
    by_kind : dict of str to float
        The same for each kind of shape that can be seen.
    mmcs, fvu : float or None
        Where the sweep has them.
    best : bool
        Whether it is on the Pareto front of its world and LLM: no other has as many shapes at as
        low an L0, and is better in one.
    """

    world: str
    llm: str
    sae: str
    sparsity: float
    width: int
    seeds: int
    l0: float
    recovered: float
    by_kind: dict[str, float]
    mmcs: float | None
    fvu: float | None
    best: bool


def leaderboard(results: pa.Table) -> tuple[Entry, ...]:
    """Rank what a sweep has trained, sparsest first within each world and LLM.

    Parameters
    ----------
    results : pyarrow.Table
        With the measures ``l0`` and ``shapes_recovered``.

    Raises
    ------
    FeaturetopoError
        If one of these was not measured.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in results.to_pylist():
        if row["status"] == "done" and row["value"] is not None and row["side"] != "ab":
            which = (row["world"], row["llm"], row["sae"], row["sparsity"], row["width"])
            groups.setdefault(which, []).append(row)
    measured = set(results["measure"].to_pylist())
    for name in _NEEDED:
        if name not in measured:
            raise FeaturetopoError(
                f"the sweep did not measure {name!r}: add it to its measures and run it again; "
                "only what is new is done"
            )
    entries = []
    for which, rows in groups.items():
        l0, recovered = (_mean(rows, name) for name in _NEEDED)
        if l0 is None or recovered is None:
            continue
        kinds = {row["part"] for row in rows if row["measure"] == "shapes_recovered"} - {""}
        entries.append(
            Entry(
                *which,
                seeds=len({row["seed"] for row in rows if row["measure"] == "shapes_recovered"}),
                l0=l0,
                recovered=recovered,
                by_kind={
                    kind: share
                    for kind in sorted(kinds)
                    if (share := _mean(rows, "shapes_recovered", kind)) is not None
                },
                mmcs=_mean(rows, "mmcs"),
                fvu=_mean(rows, "fvu"),
                best=False,
            )
        )
    ranked = [_with_front(entry, entries) for entry in entries]
    return tuple(sorted(ranked, key=lambda e: (e.world, e.llm, e.l0, -e.recovered, e.sae)))


def _mean(rows: Sequence[dict[str, Any]], measure: str, part: str = "") -> float | None:
    values = [row["value"] for row in rows if (row["measure"], row["part"]) == (measure, part)]
    return statistics.fmean(values) if values else None


def _with_front(entry: Entry, entries: Sequence[Entry]) -> Entry:
    beaten = any(
        other.l0 <= entry.l0
        and other.recovered >= entry.recovered
        and (other.l0, other.recovered) != (entry.l0, entry.recovered)
        for other in entries
        if (other.world, other.llm) == (entry.world, entry.llm)
    )
    return replace(entry, best=not beaten)
