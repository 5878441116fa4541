"""Calibration: pairs have in common what they say, and every measure is measured."""

from __future__ import annotations

import inspect
from collections import Counter
from functools import partial
from importlib import import_module

import pytest
from scipy.stats import binom
from typer.testing import CliRunner

from featuretopo import similarity
from featuretopo.bench.calibration import KINDS, SHARES, Calibrated, Calibration, calibrate
from featuretopo.bench.calibration.costs import costs
from featuretopo.bench.calibration.every_measure import OF_ROWS, every_other_measure
from featuretopo.bench.calibration.families import D, pair
from featuretopo.cli import app
from featuretopo.compare.figures import NEED_PAIRS
from featuretopo.compare.measures import TITLES
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import code_correlation, mmcs


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", SHARES)
def test_pairs_have_that_share_in_common(kind: str, share: float) -> None:
    a, b, codes = pair("codes", KINDS[kind], share, 3)
    assert codes is not None
    n = round((1 - KINDS[kind].dead) * 100)
    assert (len(a), len(b), a.d, codes[0].shape, codes[1].shape) == (
        100, n, D, (2000, 100), (2000, n)
    )  # fmt: skip
    together = code_correlation(*codes).max(axis=0) > 0.6
    # of the dead, some are features in common
    assert abs(together.sum() - share * n) <= (0 if n == 100 else 15)
    _, y, nothing = pair("cosine", KINDS[kind], share, 3)
    assert nothing is None
    near = (a.unit @ y.unit.T).max(axis=0) > (0.999 if KINDS[kind].noise == 0 else 0.85)
    assert abs(near.sum() - share * n) <= (0 if n == 100 else 15)


def test_in_one_frame_cosines_tell_and_in_two_they_do_not() -> None:
    known = {}
    for kind in ("plain", "one frame"):
        a, b, _ = pair("codes", KINDS[kind], 1.0, 0)
        known[kind] = mmcs(a, b).symmetric
    assert known["one frame"] == pytest.approx(1, abs=1e-6) and known["plain"] < 0.7


def test_every_measure_of_the_similarity_layer_is_calibrated() -> None:
    # what a comparison takes by itself, matchings and their parts, and what is held against a truth
    elsewhere = {
        "svcca", "knn_jaccard", "angular_shape_distance", "best_matches", "match", "match_codes",
        "code_correlation", "cca_of_bases", "column_basis", "chance_bound", "chance_cosine",
        "absorbed_children", "latent_origins", "nearest_neighbour_test",
    }  # fmt: skip
    functions = {
        name
        for name in similarity.__all__
        if inspect.isfunction(getattr(similarity, name)) and name not in elsewhere
    }
    from featuretopo.bench.calibration import every_measure

    assert functions <= set(vars(every_measure))
    assert {"svcca", "knn_jaccard", "mean_cca", "cka", "rsa", "rtd"} <= {*NEED_PAIRS} & {*TITLES}


def test_what_is_the_same_stands_out_in_every_measure_that_can_see_it() -> None:
    found = {m.title: m for m in every_other_measure(*pair("codes", KINDS["plain"], 1.0, 0), 19, 0)}
    blind = {"MMCS less chance", "One-to-one share above .9"}  # to what lies in another frame
    assert set(OF_ROWS) | blind | {"Gromov-Wasserstein"} == set(found)
    for title, measure in found.items():
        # of columns, not of rows: a rotation mixes them
        if title in blind | {
            "Soft matching",
            "Permutation Procrustes",
            "Procrustes residual per pair",
        }:
            continue
            assert measure.p_value == 0.05, title


def test_by_cosine_a_measure_of_one_frame_is_not_fooled_by_how_partners_were_chosen() -> None:
    p: dict[str, list[float]] = {"Soft matching": [], "Permutation Procrustes": []}
    for seed in range(12):
        for m in every_other_measure(*pair("cosine", KINDS["lone"], 0.0, seed), 19, seed):
            if m.title in p:
                assert m.p_value is not None
                p[m.title].append(m.p_value)
    for title, of_all in p.items():
        assert sum(each <= 0.05 for each in of_all) <= binom.ppf(0.999, 12, 0.05), title


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Calibration:
    module = import_module("featuretopo.bench.calibration.calibrate")
    monkeypatch.setattr(module, "SHARES", (0.0, 0.5, 1.0))
    few = {name: KINDS[name] for name in ("plain", "one frame", "lone")}
    monkeypatch.setattr(module, "KINDS", few)
    monkeypatch.setattr(module, "costs", partial(costs, 144))
    return calibrate(sets=2, strangers=2, draws=19, workers=1, rng=0)


def test_what_is_alike_stands_above_what_is_not(small: Calibration) -> None:
    assert (small.n_pairs, small.draws, small.by) == (2 * 3 * 2 + 4, 19, "codes")
    assert {share: counts.total() for share, counts in small.verdicts.items()} == {
        0: 4,
        0.5: 4,
        1: 4,
    }
    assert small.verdicts[0.0]["shared"] == 0
    for title in ("CKA", "RSA", "Rank-biased overlap", "Distance correlation, biased"):
        row = small[title]
        assert row.auroc > 0.95 and row.spearman > 0.6
        assert (row.n_strangers, row.n_lone, row.undefined) == (4, 4, 0)
    # in frames of their own cosines see nothing
    assert (small["MMCS as they stand"].worst_kind, small["MMCS less chance"].worst_kind) == (
        ("plain",) * 2
    )
    assert (small.n_alike, len({row.title for row in small.measures})) == (4, len(small.measures))
    assert all(row.cost > 0 for row in small.measures)
    with pytest.raises(KeyError, match="there are"):
        small["nothing"]


def test_what_cannot_be_calibrated_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="unknown by='code'; did you mean 'codes'"):
        calibrate("code")  # type: ignore[arg-type]
    with pytest.raises(FeaturetopoError, match="sets=1, strangers=30: at least 2 of each"):
        calibrate(sets=1)
    with pytest.raises(FeaturetopoError, match="draws=5"):
        calibrate(draws=5)


def test_the_command_prints_a_row_for_every_measure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = Calibrated("CKA", 0.9, 0.8, "noise", 0.7, (1, 2, 3), 40, (0, 1, 2), 20, 5, 1.25)
    of = {share: Counter({"shared": 4}) for share in SHARES}
    given: dict[str, object] = {}

    def calibrated(by: str, **options: object) -> Calibration:
        given.update(options, by=by)
        return Calibration("codes", (row,), of, 7, 8, 60, 19)  # type: ignore[arg-type]

    monkeypatch.setattr(import_module("featuretopo.bench.calibration"), "calibrate", calibrated)
    ran = CliRunner().invoke(app, ["calibrate", "--sets", "2", "--strangers", "3", "--draws", "19"])
    assert ran.exit_code == 0
    assert given == {"by": "codes", "sets": 2, "strangers": 3, "draws": 19, "rng": 0}
    for words in (
        "60 pairs, partners by codes, 19 draws of every null",
        "at most 2 at 0.01, 5 at 0.05, 8 at 0.1",
        "| CKA | 0.900 | 0.800 noise | 0.70 | 1 | 2 | 3 | 40 | 0 | 1 | 2 | 20 | 5 | 1.2 |",
        "ms: CPU milliseconds of one value on 1,024 pairs in 64 dimensions",
        "| 100% | 4 | 0 | 0 | 0 |",
        "missing in 7 of 8 pairs",
    ):
        assert words in ran.stdout
