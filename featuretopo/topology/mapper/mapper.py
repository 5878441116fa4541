"""mapper: dictionary in, MapperGraph out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_can
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.graph import IntArray, MapperGraph
from featuretopo.topology.mapper.lens import (
    FloatArray,
    Lens,
    LensLike,
    lens_of,
    lens_values,
)
from featuretopo.topology.mapper.lenses.embedded import embedding_caution
from featuretopo.topology.mapper.nerve import nerve

_ROUNDING = 1e-6  # of a lens's largest value: what float32 leaves of nothing


def mapper(
    x: Dictionary | npt.ArrayLike,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
) -> MapperGraph:
    """Mapper graph of a dictionary.

    Source: Singh, Memoli and Carlsson 2007, Topological methods for the analysis of high
    dimensional data sets and 3D object recognition.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        Features.
    lens : Lens, array or callable
        Values of each feature, over which the cover is laid: a lens, an array with one row per
        feature, or a function from the dictionary to one. Default ``PCA(2)``.
    cover : Cover
        Default ``Cubes(10, overlap=0.3)``.
    clusterer : Clusterer
        Default ``DensityClusters()``: DBSCAN at the noise floor.

    Returns
    -------
    MapperGraph

    Raises
    ------
    FeaturetopoError
        If the lens does not fit the dictionary or is not finite, a strategy refuses it, or what
        was given is no lens, cover or clusterer.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> circle = GroundTruth([Circle(40)], d=3, rng=0).dictionary
    >>> mapper(circle, cover=Cubes(5, overlap=0.4), clusterer=DensityClusters(0.5)).n_loops
    1
    """
    x = as_dictionary(x)
    lens = lens_of(lens)
    cover = Cubes() if cover is None else cover
    clusterer = DensityClusters() if clusterer is None else clusterer
    _check_strategies(cover, clusterer)
    values = lens_values(lens, x)
    cells = _cells(cover, values)
    members = []
    found = clusterer.labels(x, cells)
    labels_of_cells = list(found) if isinstance(found, Iterable) else []
    if len(labels_of_cells) != len(cells):
        raise FeaturetopoError(
            f"{clusterer!r} gave labels for {len(labels_of_cells)} of {len(cells)} cells: one "
            "array per cell is needed"
        )
    for rows, labels in zip(cells, labels_of_cells, strict=True):
        members += _groups(rows, _checked(labels, rows, clusterer))
    edges, triangles = nerve(members, len(x))
    caution = embedding_caution(lens)
    return MapperGraph(
        members=tuple(members),
        edges=edges,
        lens=values,
        n_features=len(x),
        parameters=_parameters(lens, cover, clusterer, x),
        warnings=(
            *_warnings(cells, members, values, len(x), cover, clusterer),
            *([caution] if caution else []),
        ),
        triangles=triangles,
        names=x.names,
    )


def _check_strategies(cover: object, clusterer: object) -> None:
    check_can("cover", cover, "cells", usual="a cover, such as Cubes(10, overlap=0.3)")
    if not hasattr(clusterer, "labels") and callable(getattr(clusterer, "fit_predict", None)):
        raise FeaturetopoError(
            f"clusterer={clusterer!r} clusters rows, not cells: wrap it, as SklearnClusterer(...)"
        )
    check_can("clusterer", clusterer, "labels", usual="a clusterer, such as DensityClusters()")


def _cells(cover: Cover, values: FloatArray) -> list[IntArray]:
    """Lay a cover; refuse a cell that does not hold rows, each once. They are put in order."""
    cells = [
        _rows(cell, place, cover, len(values)) for place, cell in enumerate(cover.cells(values))
    ]
    if not cells:
        raise FeaturetopoError(
            f"{cover!r} has no cell for {len(values)} features: a cover holds each feature in one "
            "at least"
        )
    return cells


def _rows(cell: npt.ArrayLike, place: int, cover: Cover, n: int) -> IntArray:
    given = np.asarray(cell)
    if given.ndim != 1 or given.dtype.kind not in "iu" or not len(given):
        raise FeaturetopoError(
            f"cell {place} of {cover!r} is of shape {given.shape} and type {given.dtype}: a cell "
            "holds the row numbers of its features, at least one"
        )
    rows: IntArray = np.sort(given).astype(np.int64)
    if not 0 <= rows[0] <= rows[-1] < n:
        wrong = int(rows[0] if rows[0] < 0 else rows[-1])
        raise FeaturetopoError(
            f"cell {place} of {cover!r} holds row {wrong}: give rows from 0 to {n - 1}"
        )
    twice = rows[1:][rows[1:] == rows[:-1]]
    if len(twice):
        raise FeaturetopoError(
            f"cell {place} of {cover!r} holds row {int(twice[0])} twice: give each row once"
        )
    return rows


def _parameters(lens: Lens, cover: Cover, clusterer: Clusterer, x: Dictionary) -> dict[str, str]:
    told = {"lens": repr(lens), "cover": repr(cover), "clusterer": repr(clusterer)}
    if isinstance(clusterer, DensityClusters):
        told["eps"] = f"{clusterer.eps_of(x):.6g}"
    return told


def _checked(labels: npt.ArrayLike, rows: IntArray, clusterer: Clusterer) -> IntArray:
    """Refuse what is not one whole number for each feature of a cell."""
    array = np.asarray(labels)
    if array.shape != rows.shape or array.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"{clusterer!r} gave labels of shape {array.shape} and type {array.dtype} for a cell "
            f"of {len(rows)} features: one whole number per feature is needed, -1 for noise"
        )
    return array.astype(np.int64)


def _groups(rows: IntArray, labels: IntArray) -> list[IntArray]:
    """Rows of each label, noise left out."""
    order = np.argsort(labels, kind="stable")
    order = order[np.searchsorted(labels[order], 0) :]
    if not len(order):
        return []
    return np.split(rows[order], np.flatnonzero(np.diff(labels[order])) + 1)


def _warnings(
    cells: list[IntArray],
    members: list[IntArray],
    lens: FloatArray,
    n_features: int,
    cover: Cover,
    clusterer: Clusterer,
) -> tuple[str, ...]:
    found = []
    # lengths of unit vectors differ in their last digits
    constant = np.flatnonzero(np.ptp(lens, axis=0) <= _ROUNDING * np.abs(lens).max(axis=0))
    if len(constant):
        found.append(f"lens axis {constant[0]} is constant: it separates nothing; drop it")
    in_cells = np.concatenate(cells)
    if len(cells) > 1 and len(np.unique(in_cells)) == len(in_cells):
        found.append(
            "no two cells share a feature, so that there can be no edges: raise the overlap or, of "
            "balls, the radius"
        )
    less_noise = getattr(clusterer, "less_noise", "use a clusterer that leaves out less")
    in_nodes = np.unique(np.concatenate([np.empty(0, np.int64), *members]))
    noise = np.setdiff1d(np.arange(n_features), in_nodes)
    fewest = getattr(clusterer, "fewest", 1)
    roomy = np.unique(
        np.concatenate([np.empty(0, np.int64), *(cell for cell in cells if len(cell) >= fewest)])
    )
    # they may have neighbours enough, but not in a cell of theirs
    cramped = fewest <= n_features and len(np.setdiff1d(noise, roomy)) > len(noise) / 2
    small = (
        f"only in cells of fewer than {fewest} features, which make no group: use wider cells "
        "(fewer of them, more overlap or, of balls, a larger radius); if they lie alone there too, "
        f"{less_noise}"
    )
    if not members:
        why = f"most features are {small}" if cramped else less_noise
        return (*found, f"the graph is empty: every feature was noise; {why}")
    if len(in_nodes) < n_features / 2:
        alone = f"they lie alone at its scale ({less_noise} to see them)"
        why = f"most of them are {small}" if cramped else alone
        found.append(
            f"{len(noise) / n_features:.0%} of the features are noise to the clusterer and in no "
            f"node: {why}"
        )
    largest = max(len(rows) for rows in members)
    if largest > n_features / 2:
        found.append(
            f"one node holds {largest / n_features:.0%} of the features: use "
            f"{getattr(cover, 'finer', 'more cubes')} or "
            f"{getattr(clusterer, 'finer', 'a finer clusterer')}"
        )
    return tuple(found)
