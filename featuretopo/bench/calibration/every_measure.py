"""Every measure of the similarity layer that a comparison does not take, beside its null."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from featuretopo.compare import Measure, beside_null
from featuretopo.compare.measure import Direction
from featuretopo.compare.partners import certain_pairing
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import FloatArray, random_directions, random_rotation
from featuretopo.random import child_seed, stream
from featuretopo.similarity import (
    Gaussian,
    Matching,
    cca,
    cka,
    distance_correlation,
    gromov_wasserstein,
    match,
    mmcs,
    one_to_one_share,
    permutation_angular,
    procrustes,
    procrustes_angular,
    procrustes_euclidean,
    pwcca,
    rank_biased_overlap,
    rsa,
    soft_matching,
)

_STARTS = 2  # of Gromov-Wasserstein: as many for the figure and for every draw

#: Of paired rows, by title; what "more alike" is stands with each.
OF_ROWS: dict[str, tuple[Direction, Callable[[FloatArray, FloatArray], float]]] = {
    "Mean squared CCA": ("higher", lambda x, y: cca(x, y).mean_squared),
    "PWCCA by x": ("higher", lambda x, y: pwcca(x, y).by_x),
    "PWCCA by y": ("higher", lambda x, y: pwcca(x, y).by_y),
    "PWCCA as published": ("higher", lambda x, y: pwcca(x, y).published),
    "CKA, biased": ("higher", cka),
    "CKA, Gaussian, biased": ("higher", lambda x, y: cka(x, y, kernel=Gaussian())),
    "CKA, Gaussian": ("higher", lambda x, y: cka(x, y, debiased=True, kernel=Gaussian())),
    "Procrustes residual per pair": (
        "lower",
        lambda x, y: procrustes(x, y).residual / np.sqrt(len(x)),
    ),
    "Procrustes distance per pair": (
        "lower",
        lambda x, y: procrustes_euclidean(x, y) / np.sqrt(len(x)),
    ),
    "Angular shape distance": ("lower", procrustes_angular),
    "Permutation Procrustes": ("lower", permutation_angular),
    "Soft matching": ("higher", lambda x, y: soft_matching(x, y).correlation),
    "RSA, Euclidean": ("higher", lambda x, y: rsa(x, y, "euclidean")),
    "RSA, correlation": ("higher", lambda x, y: rsa(x, y, "correlation")),
    "RSA, Kendall": ("higher", lambda x, y: rsa(x, y, statistic="kendall")),
    "Rank-biased overlap": ("higher", lambda x, y: rank_biased_overlap(x, y).value),
    "Distance correlation, biased": ("higher", distance_correlation),
}

#: Of two dictionaries in one frame.
IN_ONE_FRAME: dict[str, Callable[[FloatArray, FloatArray], float]] = {
    "MMCS less chance": lambda x, y: mmcs(x, y).corrected,
    "One-to-one share above .9": one_to_one_share,
}


def every_other_measure(
    a: Dictionary, b: Dictionary, codes: tuple[Any, Any] | None, draws: int, seed: int
) -> list[Measure]:
    """Take what :func:`featuretopo.compare` does not, each figure beside its null.

    Partners, and those of the null, are found as there. What needs no partners, but one frame, is
    held against one side turned at random; Gromov-Wasserstein, which needs neither, against as many
    uniform directions.

    Examples
    --------
    >>> from featuretopo.bench.calibration.families import KINDS, pair
    >>> found = every_other_measure(*pair("codes", KINDS["plain"], 1.0, 0), draws=19, seed=0)
    >>> [m.p_value for m in found if m.title == "Rank-biased overlap"]
    [0.05]
    """
    x, y = a.unit, b.unit
    pairing = certain_pairing(a, b, codes, None)
    turns = [
        x @ random_rotation(a.d, stream(seed, "turned", draw)).astype(np.float32)
        for draw in range(draws)
    ]
    if codes is None:
        # what sees the frame must see the one that the partners were found in
        null = [_of_rows(each, y, match(each, y, "mutual")) for each in turns]
    else:
        scrambled = (pairing.scrambled(stream(seed, "partners", draw)) for draw in range(draws))
        null = [_of_rows(x, y, matching) for matching in scrambled]
    found = [
        beside_null(
            title,
            title,
            value,
            [each[title] for each in null if title in each],
            pairing.null_description,
            direction=OF_ROWS[title][0],
        )
        for title, value in _of_rows(x, y, pairing.match()).items()
    ]
    for title, figure in IN_ONE_FRAME.items():
        words = "one side turned by a random rotation"
        found.append(
            beside_null(title, title, figure(x, y), [figure(each, y) for each in turns], words)
        )
    return [*found, _without_partners(x, y, draws, seed)]


def _of_rows(x: FloatArray, y: FloatArray, matching: Matching) -> dict[str, float]:
    """Measures of partners; what is not defined on them is left out."""
    one, other = x[matching.pairs[:, 0]], y[matching.pairs[:, 1]]
    found = {}
    for title, (_, figure) in OF_ROWS.items():
        try:
            found[title] = figure(one, other)
        except FeaturetopoError:
            continue
    return found


def _without_partners(x: FloatArray, y: FloatArray, draws: int, seed: int) -> Measure:
    def distance(one: FloatArray, other: FloatArray, number: int) -> float:
        rng = child_seed(seed, "plans", number)
        return gromov_wasserstein(one, other, starts=_STARTS, rng=rng).distance

    null = []
    for draw in range(draws):
        like = random_directions(len((x, y)[draw % 2]), x.shape[1], stream(seed, "uniform", draw))
        sides = (like, y) if draw % 2 == 0 else (x, like)
        null.append(distance(*sides, draw + 1))
    return beside_null(
        "Gromov-Wasserstein",
        "Gromov-Wasserstein",
        distance(x, y, 0),
        null,
        "one side replaced in turn by as many uniform directions",
        direction="lower",
    )
