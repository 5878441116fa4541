"""Series: what becomes of the first dictionary's features in the others."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from reference import gaussian, portrait, rotation
from scipy import sparse

from featuretopo.compare import series
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.truth import Blobs, GroundTruth, Sphere

D = 32
FIRST = GroundTruth([Blobs(3, 8, spread=0.3), Sphere(16)], D, rng=0).dictionary


def test_wider_dictionaries_split_and_add() -> None:
    apart = 0.02 * gaussian(len(FIRST), D, 1)
    wide = np.concatenate([FIRST.vectors + apart, FIRST.vectors[:10] - apart[:10]])
    wider = np.concatenate([wide, 5 * GroundTruth([Sphere(6)], D, rng=9).dictionary.vectors])
    stranger = gaussian(40, D, 2)
    steps = series(
        {
            "first": portrait(FIRST, "first"),
            "wide": portrait(Dictionary(wide), "wide"),
            "wider": portrait(Dictionary(wider), "wider"),
            "stranger": portrait(Dictionary(stranger), "stranger"),
        },
        draws=19,
        rng=0,
    )
    assert [step.name for step in steps] == ["first", "wide", "wider", "stranger"]
    first, second, third, last = steps
    assert (first.comparison, first.found_again, first.split, first.new) == (None,) * 4
    assert (first.n_clusters, first.n_loops) == (3, 0)
    assert (second.found_again, second.split, second.new) == (1, 10, 0)
    assert (third.found_again, third.split) == (1, 10)
    assert last.found_again == 0 and last.split == 0
    assert third.new > 0 and last.new > 20
    assert second.comparison is not None
    assert second.comparison.a is first.arrangement
    assert second.comparison.b is second.arrangement
    assert second.comparison.verdict.judgement == "shared"
    assert "100% found again" in repr(second)


def test_in_another_frame_cosines_say_nothing() -> None:
    names = [f"f{row}" for row in range(len(FIRST))]
    turned = Dictionary(FIRST.vectors @ rotation(D, 2), names=names)
    sides = {"a": portrait(FIRST.renamed(names), "a"), "b": portrait(turned, "b")}
    _, step = series(sides, draws=19, rng=0)
    assert step.comparison is not None and step.comparison.verdict.judgement == "shared"
    assert (step.found_again, step.split, step.new) == (None, None, None)


def test_another_dimension_goes_by_codes() -> None:
    rng = np.random.default_rng(0)
    fires = rng.random((300, len(FIRST))) < 0.1
    codes = sparse.csr_array(fires * rng.random(fires.shape))
    other = Dictionary(gaussian(len(FIRST), 9, 3))
    sides = {"a": portrait(FIRST, "a"), "b": portrait(other, "b")}
    _, step = series(sides, codes={"a": codes, "b": codes}, draws=19, rng=0)
    assert step.comparison is not None and step.comparison["matched_score"].low == 1
    assert (step.found_again, step.split, step.new) == (None, None, None)


@pytest.mark.parametrize(
    ("names", "codes", "words"),
    [
        ("a", None, "1 dictionaries: a series needs two or more"),
        ("ab", {"a": 0, "b": 0, "bb": 0}, "codes of 'bb'"),
        ("ab", {"a": 0}, "no codes of 'b': give those of all, or of none"),
    ],
)
def test_what_is_no_series_is_refused(names: str, codes: dict[str, int], words: str) -> None:
    with pytest.raises(FeaturetopoError, match=words):
        series(dict.fromkeys(names, FIRST), codes=codes)


def test_another_dimension_without_codes_is_refused_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(sys.modules["featuretopo.compare.series"], "arrangement", looked.append)
    wider = Dictionary(np.pad(FIRST.vectors, ((0, 0), (0, 2))))
    with pytest.raises(FeaturetopoError, match="different dimensions"):
        series({"a": Dictionary(FIRST.vectors), "b": wider})
    assert not looked


def test_a_step_is_called_what_the_series_calls_it() -> None:
    sides = {"narrow": portrait(FIRST), "wide": portrait(FIRST)}
    steps = series(sides, draws=19, rng=0)
    assert [step.name for step in steps] == ["narrow", "wide"]
    assert steps[1].comparison is not None and steps[1].comparison.b.name == "wide"


def test_what_is_no_mapping_of_dictionaries_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="dictionaries is list, must be a mapping"):
        series([FIRST, FIRST])
    with pytest.raises(FeaturetopoError, match="b is ndarray, must be a Dictionary"):
        series({"a": FIRST, "b": FIRST.vectors})
