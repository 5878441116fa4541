"""results.json: everything the demo measured, in a form that a script can rely on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from featuretopo.compare import Comparison, Recovery
from featuretopo.topology.order import CircularOrder


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Interval(_Strict):
    """A figure that is known to an interval; equal ends mean exactly."""

    low: float
    high: float


class ShapeResult(_Strict):
    """One shape of the truth in one SAE."""

    name: str
    kind: str
    n_features: int
    expected: str
    recovered: bool
    test: str
    jaccard: float
    p_value: float | None
    nearest_neighbour_pass_share: float
    mean_max_cosine: float
    n_latents: int


class SAEResult(_Strict):
    """One SAE against its truth."""

    fvu: float
    l0: float
    true_l0: float
    dead_latents: int
    n_latents: int
    mmcs_truth_to_sae: float
    mmcs_sae_to_truth: float
    nearest_neighbour_pass_share: float
    merged_latents: int
    distinct_share: float
    shapes: list[ShapeResult]
    verdict: str


class PairResult(_Strict):
    """One pair of SAEs. A figure that could not be computed is null."""

    a: str
    b: str
    n_pairs: int
    unmatched_share: float
    mmcs_before: float | None
    mmcs_after: float | None
    matched_score: float | None
    svcca: float | None
    mean_cca: float | None
    cluster_overlap: float | None
    loop_overlap: float | None
    bottleneck_h0: Interval
    bottleneck_h1: Interval
    wasserstein_h0: Interval
    wasserstein_h1: Interval
    p_values: dict[str, float | None]
    verdict: str
    reasons: list[str]


class OrderResult(_Strict):
    """The circular order of one named group of the real transformer's features."""

    group: str
    perfect: bool
    statistic: float
    p_value: float
    n_orders: int
    explained: float


class Results(_Strict):
    """The whole file. `saes` and `control` are keyed and shaped alike."""

    schema_: Literal["featuretopo.demo/1"] = Field(alias="schema")
    saes: dict[str, SAEResult]
    control: SAEResult
    pairs: list[PairResult]
    words: list[OrderResult]
    provenance: dict[str, Any]


def results(
    recoveries: Sequence[Recovery],
    control: Recovery,
    comparisons: Sequence[Comparison],
    orders: Sequence[CircularOrder],
    provenance: dict[str, Any],
) -> Results:
    """Gather the demo's measurements."""
    return Results(
        schema="featuretopo.demo/1",
        saes={recovery.name: _sae(recovery) for recovery in recoveries},
        control=_sae(control),
        pairs=[_pair(comparison) for comparison in comparisons],
        words=[
            OrderResult(**{name: getattr(order, name) for name in OrderResult.model_fields})
            for order in orders
        ],
        provenance=provenance,
    )


def _sae(recovery: Recovery) -> SAEResult:
    fields = asdict(recovery)
    del fields["name"]
    return SAEResult(**fields)


def _pair(comparison: Comparison) -> PairResult:
    by_name = {measure.name: measure for measure in comparison.measures}

    def value(name: str) -> float | None:
        return by_name[name].low if name in by_name else None

    def interval(name: str) -> Interval:
        return Interval(low=by_name[name].low, high=by_name[name].high)

    return PairResult(
        a=comparison.a.name,
        b=comparison.b.name,
        n_pairs=comparison.n_pairs,
        unmatched_share=comparison.unmatched_share,
        mmcs_before=value("mmcs_before"),
        mmcs_after=value("mmcs_after"),
        matched_score=value("matched_score"),
        svcca=value("svcca"),
        mean_cca=value("mean_cca"),
        cluster_overlap=value("cluster_overlap"),
        loop_overlap=value("loop_overlap"),
        bottleneck_h0=interval("bottleneck_h0"),
        bottleneck_h1=interval("bottleneck_h1"),
        wasserstein_h0=interval("wasserstein_h0"),
        wasserstein_h1=interval("wasserstein_h1"),
        p_values={name: measure.p_value for name, measure in by_name.items()},
        verdict=comparison.verdict.judgement,
        reasons=list(comparison.verdict.reasons),
    )
