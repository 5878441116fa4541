"""What a page is made of as tables: CSV for spreadsheets and pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.recovery import Recovery
from featuretopo.topology.arrangement import Arrangement

_MEASURES = (
    "a", "b", "verdict", "n_pairs", "measure", "low", "high", "interval_low", "interval_high",
    "direction", "p_value", "q_value", "effect", "null_05", "null_50", "null_95", "n_draws",
)  # fmt: skip
_SHAPES = (
    "sae", "shape", "kind", "expected", "recovered", "jaccard", "p_value",
    "nearest_neighbour_pass_share", "mean_max_cosine", "n_features", "n_latents", "agreement",
    "agreement_p",
)  # fmt: skip
_GROUPS = (
    "dictionary", "kind", "n_features", "from", "to", "censored", "p_value", "stability", "members",
    "names",
)  # fmt: skip


def measures_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one row for each pair and measure; of each null the median and the middle 90%.

    Figures have six digits; what is not known is empty.
    """
    rows: list[list[object]] = []
    for c in comparisons:
        pair = (c.a.name, c.b.name, c.verdict.judgement, c.n_pairs)
        for m in c.measures:
            null = np.quantile(m.null, [0.05, 0.5, 0.95]).tolist() if m.null else [None] * 3
            rows.append(
                [*pair, m.name, m.low, m.high, *(m.interval or (None, None)), m.direction,
                 m.p_value, m.q_value, m.effect, *null, len(m.null)]
            )  # fmt: skip
    return _csv(_MEASURES, rows)


def shapes_csv(recoveries: Iterable[Recovery]) -> str:
    """Return one row for each SAE and shape of its truth."""
    return _csv(
        _SHAPES,
        (
            [r.name, s.name, *(getattr(s, name) for name in _SHAPES[2:])]
            for r in recoveries
            for s in r.shapes
        ),
    )


def groups_csv(arrangements: Iterable[Arrangement]) -> str:
    """Return one row for each cluster and loop: from where to where on the scale it exists.

    Members are rows of the dictionary, from 0, with blanks between them. Of a loop that is
    censored, nobody knows where it ends.
    """
    rows: list[list[object]] = []
    for a in arrangements:
        for c in a.clusters:
            ends = (float(c.joined_at), float(c.separated_until), False)
            rows.append(
                [a.name, "cluster", len(c.members), *ends, c.p_value, c.stability,
                 *_members(a, c.members.tolist())]
            )  # fmt: skip
        for each in a.loops:
            death = None if each.censored else float(each.death)
            rows.append(
                [a.name, "loop", len(each.members), float(each.birth), death, each.censored,
                 each.p_value, None, *_members(a, each.members.tolist())]
            )  # fmt: skip
    return _csv(_GROUPS, rows)


def bars_csv(arrangements: Iterable[Arrangement]) -> str:
    """Return one row for each bar of each diagram; one that is censored has no death."""
    return _csv(
        ("dictionary", "dimension", "birth", "death", "censored"),
        (
            [a.name, dim, birth, None if alive or not np.isfinite(death) else death, bool(alive)]
            for a in arrangements
            for dim, (bars, censored) in enumerate(
                zip(a.diagram.bars, a.diagram.censored, strict=True)
            )
            for (birth, death), alive in zip(bars.tolist(), censored.tolist(), strict=True)
        ),
    )


def _members(a: Arrangement, rows: Sequence[int]) -> tuple[str, str]:
    return " ".join(map(str, rows)), "; ".join(a.dictionary.names[row] for row in rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow(map(_entry, row))
    return written.getvalue()


def _entry(value: object) -> object:
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
