"""results.json: everything the demo measured, in a form that a script can rely on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from featuretopo.compare import Comparison, Measure, Recovery
from featuretopo.topology.order import CircularOrder


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class MeasureResult(_Strict):
    """One figure of a pair: equal ends mean that it is known exactly."""

    low: float
    high: float
    interval: tuple[float, float] | None
    effect: float | None
    p_value: float | None
    q_value: float | None


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
    agreement: float | None
    agreement_p: float | None


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
    split_features: int
    mixed: list[int]
    spurious: list[int]
    absorbed_children: int | None
    cluster_agreement: float | None
    distinct_share: float
    measures: dict[str, MeasureResult]
    shapes: list[ShapeResult]
    verdict: str


class AlignmentResult(_Strict):
    """Whether a permutation, a rotation or both bring partners together; empty if none does."""

    needed: str
    measures: dict[str, MeasureResult]


class PairResult(_Strict):
    """One pair of SAEs. A figure that could not be computed is not there."""

    a: str
    b: str
    n_pairs: int
    unmatched_share: float
    measures: dict[str, MeasureResult]
    alignment: AlignmentResult
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

    schema_: Literal["featuretopo.demo/3"] = Field(alias="schema")
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
        schema="featuretopo.demo/3",
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
    return SAEResult(**{**fields, "measures": _measures(recovery.measures)})


def _pair(comparison: Comparison) -> PairResult:
    return PairResult(
        a=comparison.a.name,
        b=comparison.b.name,
        n_pairs=comparison.n_pairs,
        unmatched_share=comparison.unmatched_share,
        measures=_measures(comparison.measures),
        alignment=AlignmentResult(
            needed=comparison.alignment.needed,
            measures=_measures(comparison.alignment.measures),
        ),
        verdict=comparison.verdict.judgement,
        reasons=list(comparison.verdict.reasons),
    )


def _measures(measures: Sequence[Measure]) -> dict[str, MeasureResult]:
    return {
        measure.name: MeasureResult(
            **{name: getattr(measure, name) for name in MeasureResult.model_fields}
        )
        for measure in measures
    }
