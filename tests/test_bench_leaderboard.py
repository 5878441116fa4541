"""The leaderboard: means over seeds, and nobody on the front who is beaten."""

from __future__ import annotations

from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featuretopo.bench.leaderboard import leaderboard
from featuretopo.errors import FeaturetopoError


def table(points: list[tuple[float, float]], **changes: Any) -> pa.Table:
    """One architecture for each point (L0, share of shapes), two seeds around it."""
    rows = []
    for (number, (l0, share)), seed in product(enumerate(points), (0, 1)):
        about = {
            "sweep": "mine", "world": "home", "llm": "one", "sae": f"sae {number}",
            "sparsity": 1.0, "width": 8, "seed": seed, "side": "a", "status": "done",
        }  # fmt: skip
        off = 0.25 * (2 * seed - 1)
        rows += [
            about | {"measure": "l0", "part": "", "value": l0 + off},
            about | {"measure": "shapes_recovered", "part": "", "value": share},
            about | {"measure": "shapes_recovered", "part": "blob", "value": share},
        ]
    return pa.Table.from_pylist([row | changes for row in rows])


def test_figures_are_means_over_seeds() -> None:
    (entry,) = leaderboard(table([(4.0, 0.5)]))
    assert (entry.l0, entry.recovered, entry.by_kind, entry.seeds) == (4.0, 0.5, {"blob": 0.5}, 2)
    assert entry.best and entry.mmcs is None and entry.fvu is None


@given(
    st.lists(st.tuples(st.integers(1, 4).map(float), st.sampled_from([0.0, 0.5, 1.0])), min_size=1)
)
def test_on_the_front_is_who_is_not_beaten(points: list[tuple[float, float]]) -> None:
    entries = leaderboard(table(points))
    assert len(entries) == len(points)
    for entry in entries:
        beaten = any(
            (l0 <= entry.l0 and share > entry.recovered)
            or (l0 < entry.l0 and share >= entry.recovered)
            for l0, share in points
        )
        assert entry.best is not beaten


def test_what_failed_is_not_ranked() -> None:
    assert leaderboard(table([(4.0, 0.5)], status="failed")) == ()


@pytest.mark.parametrize("missing", ["l0", "shapes_recovered"])
def test_a_measure_that_is_missing_is_named(missing: str) -> None:
    rows = [row for row in table([(1.0, 1.0)]).to_pylist() if row["measure"] != missing]
    with pytest.raises(FeaturetopoError, match=f"did not measure '{missing}'"):
        leaderboard(pa.Table.from_pylist(rows))


@pytest.mark.parametrize(
    ("l0", "band"), [(0.0, (0, 1)), (0.9, (0, 1)), (1.0, (1, 2)), (3.9, (2, 4)), (4.0, (4, 8))]
)
def test_saes_about_as_sparse_stand_together(l0: float, band: tuple[float, float]) -> None:
    rows = table([(1.0, 1.0)]).to_pylist()
    for row in rows:
        row["value"] = l0 if row["measure"] == "l0" else row["value"]
    (entry,) = leaderboard(pa.Table.from_pylist(rows))
    assert entry.l0_band == band


def test_in_a_band_the_first_is_who_recovers_the_most() -> None:
    entries = leaderboard(table([(4.5, 0.2), (7.0, 0.9), (9.0, 0.1), (5.0, 0.5)]))
    assert [entry.sae for entry in entries] == ["sae 1", "sae 3", "sae 0", "sae 2"]


def test_an_sae_counts_where_both_were_measured() -> None:
    rows = table([(4.0, 0.5)]).to_pylist()
    lost = [r for r in rows if not (r["seed"] == 1 and r["measure"] == "shapes_recovered")]
    (entry,) = leaderboard(pa.Table.from_pylist(lost))
    assert (entry.l0, entry.seeds) == (3.75, 1)
    assert (entry.least, entry.recovered, entry.most) == (0.5, 0.5, 0.5)
