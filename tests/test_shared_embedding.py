"""Several dictionaries in one picture: each keeps its neighbours, partners lie close."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from reference import gaussian
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from featuretopo import aligned_umap, joint_umap
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.figures import shared_umap
from featuretopo.report.wording import number
from featuretopo.topology.embedding import umap
from featuretopo.topology.shared_embedding import SharedEmbedding
from featuretopo.truth import Blobs, Circle, GroundTruth

TRUTH = GroundTruth([Circle(40), Blobs(4, 20, spread=0.3)], d=32, rng=0).dictionary
SVG = "{http://www.w3.org/2000/svg}"
N = len(TRUTH)


def rotated_noisy(seed: int, d: int = 48, noise: float = 0.2) -> tuple[Dictionary, Any]:
    """The truth in other dimensions, noisy and shuffled; and which row is whose."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((d, TRUTH.d)))[0].T
    rows = TRUTH.unit @ turn + noise * rng.standard_normal((N, d)) / np.sqrt(d)
    order = rng.permutation(N)
    return Dictionary(rows[order], TRUTH.labels[order]), np.column_stack([order, np.arange(N)])


def distance_of_partners(one: np.ndarray, other: np.ndarray, pairs: np.ndarray) -> float:
    """Median distance of partners over that of any two features of two dictionaries."""
    apart = cdist(one, other)
    return float(np.median(apart[pairs[:, 0], pairs[:, 1]]) / np.median(apart))


def test_partners_lie_closer_than_in_two_pictures_and_both_stay_faithful() -> None:
    copy, pairs = rotated_noisy(0)
    found = aligned_umap([TRUTH, copy], [pairs], rng=0)
    alone = [umap(x, rng=0) for x in (TRUTH, copy)]
    # the two pictures laid onto each other as well as turning and shifting can do it
    one, other = (a.xy[rows] for a, rows in zip(alone, pairs.T, strict=True))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    u, _, vt = np.linalg.svd(other.T @ one)
    best = distance_of_partners(one, other @ (u @ vt), np.column_stack([np.arange(N)] * 2))
    together = distance_of_partners(found.parts[0].xy, found.parts[1].xy, pairs)
    assert together < 0.1 * best
    for part, picture in zip(found.parts, alone, strict=True):
        assert part.trustworthiness > picture.trustworthiness - 0.01
        assert part.neighbour_preservation > picture.neighbour_preservation - 0.03


def joint() -> SharedEmbedding:
    whole, _ = rotated_noisy(2, d=32)  # noise: no two distances are equal
    return joint_umap([whole, whole.take(range(50, 90))], names=["whole", "part"], rng=3)


def aligned() -> SharedEmbedding:
    copy, pairs = rotated_noisy(1)
    last = [(i, i) for i in range(0, 60, 2)]
    return aligned_umap([TRUTH, copy, copy.take(range(60))], [pairs, last], rng=3)


@pytest.mark.parametrize("make", [joint, aligned])
def test_same_seed_same_picture(make: Any) -> None:
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    one, two = make(), make()
    np.testing.assert_array_equal(one.xy, two.xy)
    assert np.isfinite(one.xy).all()
    assert [len(part.xy) for part in one.parts] == [len(x) for x in one.dictionaries]
    assert (np.random.get_state()[1] == before).all()


def test_faithfulness_is_what_scikit_learn_says_of_each_part_and_of_all() -> None:
    found = joint()
    everything = np.concatenate([x.unit for x in found.dictionaries])
    known = trustworthiness(everything, found.xy, n_neighbors=15)
    assert found.trustworthiness == pytest.approx(known, abs=1e-3)  # copies tie for their places
    for x, part in zip(found.dictionaries, found.parts, strict=True):
        known = trustworthiness(x.unit, part.xy, n_neighbors=15)
        assert part.trustworthiness == pytest.approx(known)
        near = [NearestNeighbors(n_neighbors=15).fit(y).kneighbors()[1] for y in (x.unit, part.xy)]
        kept = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(*near, strict=True)])
        assert part.neighbour_preservation == pytest.approx(kept)


def test_what_two_dictionaries_share_lies_together_in_the_joint_picture() -> None:
    found = joint()
    apart = np.linalg.norm(found.parts[0].xy[50:90] - found.parts[1].xy, axis=1)
    assert np.median(apart) < 0.05 * np.ptp(found.xy)


def test_the_whole_of_an_aligned_picture_is_the_mean_over_features() -> None:
    found = aligned()
    sizes = [len(x) for x in found.dictionaries]
    trust = np.average([part.trustworthiness for part in found.parts], weights=sizes)
    assert found.trustworthiness == pytest.approx(trust)
    assert len(found.matchings) == 2 and joint().matchings == ()


def test_many_pieces_are_set_beside_each_other_by_seed() -> None:
    x = GroundTruth([Blobs(9, 12, spread=0.01)], d=32, rng=0).dictionary
    y = Dictionary(x.unit @ np.linalg.qr(gaussian(40, 32, 0))[0].T)
    one, two = (aligned_umap([x, y], [[(i, i) for i in range(108)]], n_neighbors=5, rng=2)
                for _ in range(2))  # fmt: skip
    np.testing.assert_array_equal(one.xy, two.xy)
    centres = [np.array([p.xy[x.labels == b].mean(axis=0) for b in range(9)]) for p in one.parts]
    assert (cdist(*centres).argmin(axis=1) == range(9)).all()


def test_dictionaries_with_fewer_features_than_neighbours_have_a_picture_too() -> None:
    x, y = (Dictionary(gaussian(5, 6, seed)) for seed in (0, 1))
    for found in (joint_umap([x, y], rng=0), aligned_umap([x, y], [[(0, 4)]], rng=0)):
        assert [part.n_neighbors for part in found.parts] == [4, 4]
        assert np.isfinite(found.xy).all()


FIVE, SIX, WIDE = (Dictionary(gaussian(n, d, n)) for n, d in ((5, 4), (6, 4), (7, 9)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: joint_umap(None), "dictionaries are a NoneType; give a list of at least 2"),
        (lambda: joint_umap(FIVE), "dictionaries are a Dictionary; give a list of at least 2"),
        (lambda: aligned_umap(None, []), "dictionaries are a NoneType; give a list"),
        (lambda: aligned_umap([FIVE, SIX], None), "matchings are a NoneType; give a list with one"),
        (lambda: joint_umap([FIVE]), "1 dictionaries: give at least 2, or call umap for one"),
        (lambda: aligned_umap([FIVE], []), "1 dictionaries: give at least 2, or call umap"),
        (lambda: joint_umap([FIVE, WIDE]), "of 4, 9 dimensions have no .*aligned_umap"),
        (lambda: joint_umap([FIVE, FIVE.take([0, 1, 2])]), "3 features: a picture"),
        (lambda: joint_umap([FIVE, SIX], n_neighbors=1), "n_neighbors=1 must be a whole number"),
        (lambda: joint_umap([FIVE, SIX], names=["a", "a"]), "a name of its own"),
        (lambda: joint_umap([FIVE, SIX], names=["a"]), "for 2 dictionaries"),
        (lambda: aligned_umap([FIVE, SIX], []), "0 matchings for 2 dictionaries: give 1"),
        (lambda: aligned_umap([FIVE, SIX], [[]]), r"'1' and '2': float64 of shape \(0,\) must be"),
        (lambda: aligned_umap([FIVE, SIX], [[(0, 0.5)]]), r"float64 of shape \(1, 2\)"),
        (lambda: aligned_umap([FIVE, SIX], [[(5, 0)]]), "no row 5 of '1'; its rows are 0 to 4"),
        (lambda: aligned_umap([FIVE, SIX], [[(0, -1)]]), "no row -1 of '2'"),
        (lambda: aligned_umap([FIVE, SIX], [[(0, 1), (2, 1)]]), "row 1 of '2' has 2 partners"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call: Any, message: str) -> None:
    with pytest.raises(FeaturetopoError, match=message):
        call()


def test_the_figure_is_svg_that_stands_alone_with_names_escaped() -> None:
    x = Dictionary(TRUTH.vectors, TRUTH.labels, label_names=["<i>", "b", "c", "d", "e"])
    rest = Dictionary(TRUTH.vectors[:20])
    found = joint_umap([x, rest], names=["<script>", "a & b"], rng=0)
    drawn = shared_umap(found).svg
    root = ElementTree.fromstring(drawn)
    said = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert all(words in said for words in ("<script>", "a & b", "<i>", "no label"))
    assert "<script>" not in drawn and "<i>" not in drawn
    for part in found.parts:
        assert f"trustworthiness {number(part.trustworthiness)}" in said
    behind = [path for path in root.iter(f"{SVG}path") if "behind" in path.get("class", "")]
    assert len(behind) == 2 and len({path.get("d") for path in behind}) == 1
    assert drawn == shared_umap(found).svg
    assert shared_umap(aligned()).svg.count('class="frame"') == 3
