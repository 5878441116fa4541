"""leaderboard: architectures by the shapes that their SAEs recover, and at what L0."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from featuretopo.bench.front import on_front
from featuretopo.errors import FeaturetopoError

#: What a sweep must have measured to be ranked.
NEEDED = ("l0", "shapes_recovered")

_Which = tuple[str, str, str, str, float, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One architecture at one sparsity and width, on one world and LLM: means over seeds.

    Attributes
    ----------
    sweep, world, llm, sae : str
    sparsity : float
        Of the architecture: its k, or the weight of its penalty.
    width, seeds : int
        Latents; seeds that are done.
    l0 : float
        Mean number of active latents, which is sparsity on one scale for all architectures.
    l0_band : (float, float)
        The doubling of L0 that it lies in: whose SAEs are about as sparse.
    recovered, least, most : float
        Share of the visible shapes that are recovered: its mean, and its range over seeds.
    by_kind : dict of str to float
        The same for each kind of shape that can be seen.
    mmcs, fvu : float or None
        Where the sweep has them.
    best : bool
        Whether it is on the Pareto front of its world and LLM: no other has as many shapes at as
        low an L0, and is better in one.
    """

    sweep: str
    world: str
    llm: str
    sae: str
    sparsity: float
    width: int
    seeds: int
    l0: float
    l0_band: tuple[float, float]
    recovered: float
    least: float
    most: float
    by_kind: dict[str, float]
    mmcs: float | None
    fvu: float | None
    best: bool


def leaderboard(results: pa.Table) -> tuple[Entry, ...]:
    """Rank what a sweep has trained: in each world and LLM the sparsest first, band by band.

    Parameters
    ----------
    results : pyarrow.Table
        With the measures ``l0`` and ``shapes_recovered``.

    Raises
    ------
    FeaturetopoError
        If one of these was not measured.
    """
    measured = set(results["measure"].to_pylist())
    for name in NEEDED:
        if name not in measured:
            raise FeaturetopoError(
                f"the sweep did not measure {name!r}: add it to its measures and run it again; "
                "only what is new is done"
            )
    groups: dict[_Which, list[dict[str, Any]]] = {}
    for row in results.to_pylist():
        if row["status"] == "done" and row["value"] is not None and row["side"] != "ab":
            which = (
                row["sweep"],
                row["world"],
                row["llm"],
                row["sae"],
                row["sparsity"],
                row["width"],
            )
            groups.setdefault(which, []).append(row)
    entries = [entry for which, rows in groups.items() if (entry := _entry(which, rows))]
    ranked = []
    for world, llm in dict.fromkeys((entry.world, entry.llm) for entry in entries):
        rivals = [entry for entry in entries if (entry.world, entry.llm) == (world, llm)]
        front = on_front([(entry.l0, entry.recovered) for entry in rivals])
        ranked += [replace(e, best=best) for e, best in zip(rivals, front, strict=True)]
    return tuple(
        sorted(ranked, key=lambda e: (e.world, e.llm, e.l0_band, -e.recovered, e.l0, e.sae))
    )


def _entry(which: _Which, rows: Sequence[dict[str, Any]]) -> Entry | None:
    # an SAE whose topology failed has an L0 still, which is no mean of the others' shapes
    runs = [{(r["seed"], r["side"]) for r in rows if r["measure"] == name} for name in NEEDED]
    whole = runs[0] & runs[1]
    kept = [row for row in rows if (row["seed"], row["side"]) in whole]
    shares = _values(kept, "shapes_recovered")
    if not shares:
        return None
    kinds = {row["part"] for row in kept if row["measure"] == "shapes_recovered"} - {""}
    l0 = statistics.fmean(_values(kept, "l0"))
    sweep, world, llm, sae, sparsity, width = which
    return Entry(
        sweep=sweep,
        world=world,
        llm=llm,
        sae=sae,
        sparsity=sparsity,
        width=width,
        seeds=len({seed for seed, _ in whole}),
        l0=l0,
        l0_band=_doubling(l0),
        recovered=statistics.fmean(shares),
        least=min(shares),
        most=max(shares),
        by_kind={
            kind: statistics.fmean(_values(kept, "shapes_recovered", kind))
            for kind in sorted(kinds)
        },
        mmcs=_mean(kept, "mmcs"),
        fvu=_mean(kept, "fvu"),
        best=False,
    )


def _values(rows: Sequence[dict[str, Any]], measure: str, part: str = "") -> list[float]:
    return [row["value"] for row in rows if (row["measure"], row["part"]) == (measure, part)]


def _mean(rows: Sequence[dict[str, Any]], measure: str) -> float | None:
    values = _values(rows, measure)
    return statistics.fmean(values) if values else None


def _doubling(l0: float) -> tuple[float, float]:
    """Return the powers of two on either side; all below 1 are one band."""
    low = 2.0 ** math.floor(math.log2(l0)) if l0 >= 1 else 0.0
    return low, 2 * low or 1.0
