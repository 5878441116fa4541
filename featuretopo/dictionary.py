"""Dictionary: a set of features as ROWS. The one noun that every layer shares."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.files import atomic
from featuretopo.html_table import html_table

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

#: Where a file says that it is a dictionary, and of which format.
KEY = "featuretopo"
FORMAT = "dictionary/1"
_FIRST = 5  # names of a group that a notebook shows


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Dictionary:
    """Features as rows, with the labels, names and coordinates that travel with them.

    Parameters
    ----------
    vectors : array_like, shape (n_features, d)
        One feature a row. Finite, no zero row, at least two rows. Stored as float32.
    labels : array_like of int, shape (n_features,), optional
        Group of each feature; -1 for none (the default).
    names : sequence of str, length n_features, optional
        Default: ``"0"``, ``"1"``, ...
    coordinates : array_like, shape (n_features, k), optional
        Intrinsic position on the feature's shape, NaN where it has none.
    label_names : sequence of str, optional
        ``label_names[i]`` is what label i is called. Default: the number itself.

    Raises
    ------
    FeaturetopoError
        If a shape or a value breaks one of the rules above.

    Examples
    --------
    >>> Dictionary([[1, 0, 0], [0, 1, 0]], names=["up", "left"])
    Dictionary(2 features, 3 dimensions)
    """

    vectors: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]
    coordinates: npt.NDArray[np.float32]
    label_names: tuple[str, ...]

    def __init__(
        self,
        vectors: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
        names: Sequence[str] | None = None,
        coordinates: npt.ArrayLike | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        rows = _checked_vectors(vectors)
        n = len(rows)
        group = np.full(n, -1, np.int64) if labels is None else _checked_labels(labels, n)
        title = tuple(map(str, range(n))) if names is None else tuple(map(str, names))
        if len(title) != n:
            raise FeaturetopoError(f"{len(title)} names for {n} features: give one name per row")
        n_labels = int(group.max(initial=-1)) + 1
        if label_names is None and n_labels > n:
            raise FeaturetopoError(
                f"label {n_labels - 1} for {n} features: number the groups from 0, or name them "
                "with label_names"
            )
        called = tuple(map(str, range(n_labels) if label_names is None else label_names))
        if len(set(called)) < len(called):
            raise FeaturetopoError("two labels have one name; give each group a name of its own")
        if len(called) < n_labels:
            raise FeaturetopoError(
                f"{len(called)} label names for labels up to {n_labels - 1}: name every label"
            )
        place = _floats("coordinates", np.empty((n, 0)) if coordinates is None else coordinates)
        if place.ndim != 2 or len(place) != n:
            raise FeaturetopoError(
                f"coordinates of shape {place.shape} must have shape ({n}, k): one row per feature"
            )
        for field, value in (
            ("vectors", rows),
            ("labels", group),
            ("names", title),
            ("coordinates", place),
            ("label_names", called),
        ):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, field, value)

    @property
    def n_features(self) -> int:
        """Number of features: rows of `vectors`."""
        return int(self.vectors.shape[0])

    @property
    def d(self) -> int:
        """Dimension of the activation space: columns of `vectors`."""
        return int(self.vectors.shape[1])

    @cached_property
    def unit(self) -> npt.NDArray[np.float32]:
        """Rows scaled to length 1, shape (n_features, d). Chord distances live on these."""
        # a power of two takes each row near 1: the square of 1e-30 or 1e30 is not a float32
        rows = np.ldexp(self.vectors, -np.frexp(np.abs(self.vectors).max(axis=1, keepdims=True))[1])
        unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        unit.setflags(write=False)
        return unit

    def __len__(self) -> int:
        return self.n_features

    def __repr__(self) -> str:
        return f"Dictionary({self.n_features} features, {self.d} dimensions)"

    def _repr_html_(self) -> str:
        rows = [["group", "features", "names"]]
        grouped = np.bincount(self.labels + 1, minlength=len(self.label_names) + 1)
        for label, size in enumerate(grouped[1:].tolist()):
            if size:
                rows.append([self.label_names[label], f"{size:,}", self._first_names(label)])
        if grouped[0]:
            rows.append(["no group", f"{int(grouped[0]):,}", self._first_names(-1)])
        return html_table(f"Dictionary: {self.n_features:,} features, {self.d:,} dimensions", rows)

    def _first_names(self, label: int) -> str:
        first = np.flatnonzero(self.labels == label)
        words = ", ".join(self.names[row] for row in first[:_FIRST])
        return f"{words}, ..." if len(first) > _FIRST else words

    def take(self, rows: npt.ArrayLike) -> Dictionary:
        """Return the features at `rows` (indices or a mask), with all that belongs to them.

        Examples
        --------
        >>> Dictionary(np.eye(3), names="abc").take([2, 0]).names
        ('c', 'a')
        """
        try:
            index = np.arange(self.n_features)[np.asarray(rows) if np.size(rows) else []]
        except IndexError as error:
            raise FeaturetopoError(
                f"{error}; give rows below {self.n_features}, or a mask of that length"
            ) from error
        return Dictionary(
            self.vectors[index],
            self.labels[index],
            [self.names[i] for i in index],
            self.coordinates[index],
            self.label_names,
        )

    def renamed(self, names: Sequence[str]) -> Dictionary:
        """Return the same features under other names, one per row.

        Examples
        --------
        >>> Dictionary(np.eye(2)).renamed(["north", "east"]).names
        ('north', 'east')
        """
        return Dictionary(self.vectors, self.labels, names, self.coordinates, self.label_names)

    def members(self, name: str) -> npt.NDArray[np.integer[Any]]:
        """Return the rows whose label is called `name`.

        Examples
        --------
        >>> d = Dictionary(np.eye(3), labels=[0, 1, 1], label_names=["day", "month"])
        >>> d.members("month").tolist()
        [1, 2]
        """
        if not self.label_names:
            raise FeaturetopoError(
                f"unknown group {name!r}: the dictionary has no labels; make it with labels=[...]"
            )
        if name not in self.label_names:
            raise FeaturetopoError(f"unknown group {name!r}{did_you_mean(name, self.label_names)}")
        return np.flatnonzero(self.labels == self.label_names.index(name))

    def group(self, name: str) -> Dictionary:
        """Return the features whose label is called `name`, at least two.

        Examples
        --------
        >>> d = Dictionary(np.eye(3), labels=[0, 1, 1], label_names=["day", "month"])
        >>> len(d.group("month"))
        2
        """
        members = self.members(name)
        if len(members) < 2:
            raise FeaturetopoError(f"group {name!r} has {len(members)} features; needs at least 2")
        return self.take(members)

    def centred(self) -> Dictionary:
        """Return the same features with their mean vector subtracted from each.

        Examples
        --------
        >>> Dictionary([[3.0, 1.0], [1.0, 1.0]]).centred().vectors.tolist()
        [[1.0, 0.0], [-1.0, 0.0]]
        """
        return Dictionary(
            self.vectors - self.vectors.mean(axis=0, keepdims=True),
            self.labels,
            self.names,
            self.coordinates,
            self.label_names,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a ``.safetensors`` file that :func:`load` reads back."""
        from safetensors.numpy import save_file

        if Path(path).suffix != ".safetensors":
            raise FeaturetopoError(
                f"{os.fspath(path)}: a dictionary is saved as .safetensors; end its name so"
            )
        # one key: safetensors writes several in a random order, and the same dictionary must
        # give the same bytes
        about = {"format": FORMAT, "names": self.names, "label_names": self.label_names}
        with atomic(path) as temporary:
            save_file(
                {
                    "vectors": np.ascontiguousarray(self.vectors),
                    "labels": np.ascontiguousarray(self.labels),
                    "coordinates": np.ascontiguousarray(self.coordinates),
                },
                temporary,
                {KEY: json.dumps(about)},
            )


def as_dictionary(x: Dictionary | npt.ArrayLike) -> Dictionary:
    """Return a dictionary as it is, and make one of vectors, shape (n_features, d).

    Examples
    --------
    >>> as_dictionary([[1.0, 0.0], [0.0, 1.0]]).names
    ('0', '1')
    """
    return x if isinstance(x, Dictionary) else Dictionary(x)


def _checked_vectors(vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
    rows = _floats("vectors", vectors)
    if rows.ndim != 2:
        raise FeaturetopoError(
            f"vectors of shape {rows.shape} must be (n_features, d): features as rows"
        )
    if rows.shape[0] < 2 or rows.shape[1] < 2:
        raise FeaturetopoError(
            f"{rows.shape[0]} features in {rows.shape[1]} dimensions; needs at least 2 of each"
        )
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise FeaturetopoError(f"{_which(bad)} NaN or infinite values; drop or mend them")
    zero = np.flatnonzero(~rows.any(axis=1))
    if len(zero):
        raise FeaturetopoError(f"{_which(zero)} only zeros and so no direction; drop them")
    return rows


def _checked_labels(labels: npt.ArrayLike, n: int) -> npt.NDArray[np.int64]:
    group = np.array(labels)
    if group.shape != (n,):
        raise FeaturetopoError(f"labels of shape {group.shape} for {n} features: give one per row")
    if not np.issubdtype(group.dtype, np.integer):
        raise FeaturetopoError(f"labels of type {group.dtype} must be integers; number the groups")
    group = group.astype(np.int64)
    if group.min() < -1:
        raise FeaturetopoError(f"label {group.min()} must be >= 0, or -1 for none")
    return group


def _floats(what: str, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Copy to float32, in C order: the same dictionary gives the same bits wherever it is from."""
    if hasattr(values, "toarray"):  # told apart without importing scipy
        raise FeaturetopoError(f"{what} are sparse; give a dense array: call .toarray()")
    try:
        array = to_array(values)
        if array.dtype.kind in "cSUmM":
            raise TypeError(f"they are of type {array.dtype}")
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            return np.array(array, np.float32, order="C")
    except (TypeError, ValueError, NotImplementedError) as error:  # the last: a tensor without data
        raise FeaturetopoError(f"{what} must be an array of real numbers: {error}") from error


def _which(rows: IntArray) -> str:
    shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
    return f"row {shown} holds" if len(rows) == 1 else f"{len(rows)} rows ({shown}) hold"
