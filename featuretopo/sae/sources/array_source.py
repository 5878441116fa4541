"""ArraySource: batches of the rows of stored arrays, which need not fit into memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.checks import check_count, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.sae.sources.source import Activations

Shard: TypeAlias = npt.NDArray[Any] | str | os.PathLike[str]


class ArraySource:
    """Rows of one array, or of several that are read as one.

    A batch holds no row twice; batches are drawn independently of one another, so that any of them
    can be made again from its seed. m draws from n rows leave out a share of exp(-m / n) of them.
    Only the rows of a batch are read, and they are checked as they are.

    Parameters
    ----------
    shards : array, path, or sequence of them
        Activations of shape (n, d), as numbers of any type (float16 too; batches are float32), or
        ``.npy`` files of such, which are memory-mapped.

    Raises
    ------
    FeaturetopoError
        If a shard is no matrix of numbers, cannot be read or has another width than the first, or
        there is no row; in `sample` and `blocks`, if a row holds NaN or infinite values, or the
        number that is asked for is out of range.

    Examples
    --------
    >>> source = ArraySource([np.zeros((3, 2)), np.ones((5, 2), np.float16)])
    >>> len(source), source.d, source.sample(4, rng=0).activations.shape
    (8, 2, (4, 2))
    """

    def __init__(self, shards: Shard | Sequence[Shard]) -> None:
        given = shards if isinstance(shards, (list, tuple)) else [shards]
        self._names = [
            os.fspath(each) if isinstance(each, (str, os.PathLike)) else f"shard {i}"
            for i, each in enumerate(given)
        ]
        self._shards = [_opened(*each) for each in zip(given, self._names, strict=True)]
        self._starts = np.cumsum([0, *map(len, self._shards)])
        if len(self) == 0:
            raise FeaturetopoError("no rows to draw from; give activations of shape (n, d)")
        for name, shard in zip(self._names, self._shards, strict=True):
            if shard.shape[1] != self.d:
                raise FeaturetopoError(
                    f"{name}: {shard.shape[1]} dimensions, and {self._names[0]} has {self.d}; "
                    "give shards of one width"
                )

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        return f"ArraySource({len(self):,} rows, {self.d:,} dimensions)"

    @property
    def d(self) -> int:
        """Dimension of the activations."""
        return int(self._shards[0].shape[1])

    def sample(self, n: int, *, rng: RngLike = None) -> Activations:
        """Draw `n` different rows, in any order."""
        if not is_whole(n) or not 1 <= n <= len(self):
            raise FeaturetopoError(
                f"n={n!r} of {len(self)} rows: a batch holds at least one row, and none twice; "
                "take a smaller batch"
            )
        rows = stream(seed_of(rng), "array").choice(len(self), n, replace=False)
        order = np.argsort(rows)  # a file is read from its start to its end
        out = np.empty((n, self.d), np.float32)
        bounds = np.searchsorted(rows[order], self._starts)
        for i, shard in enumerate(self._shards):
            place = order[bounds[i] : bounds[i + 1]]
            out[place] = self._checked(i, rows[place] - self._starts[i], shard)
        return Activations(out)

    def blocks(self, size: int = 4096) -> Iterator[npt.NDArray[np.float32]]:
        """Go through all rows in order, at most `size` at a time, shape (b, d)."""
        check_count("size", size, 1, 4096)
        return (
            self._checked(i, np.arange(start, min(start + size, len(shard))), shard)
            for i, shard in enumerate(self._shards)
            for start in range(0, len(shard), size)
        )

    def _checked(
        self, i: int, rows: npt.NDArray[np.intp], shard: npt.NDArray[Any]
    ) -> npt.NDArray[np.float32]:
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            found = shard[rows].astype(np.float32)
        bad = ~np.isfinite(found).all(axis=1)
        if bad.any():
            raise FeaturetopoError(
                f"{self._names[i]}: row {rows[bad][0]} holds NaN or infinite values; drop or mend "
                "such rows"
            )
        return found


def _opened(shard: Shard, name: str) -> npt.NDArray[Any]:
    if isinstance(shard, (str, os.PathLike)):
        if Path(shard).suffix != ".npy":
            raise FeaturetopoError(f"{name}: must be a .npy file; save it by numpy.save")
        try:
            array: npt.NDArray[Any] = np.load(shard, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise FeaturetopoError(
                f"{name}: cannot be read ({' '.join(str(error).split())}); is it missing or cut "
                "short? Save it again by numpy.save"
            ) from error
    else:
        array = to_array(shard)
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise FeaturetopoError(
            f"{name}: of shape {array.shape} and type {array.dtype}; activations are numbers of "
            "shape (n, d)"
        )
    return array
