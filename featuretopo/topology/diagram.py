"""Diagram: the bars of a filtration, and how far each of them can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_number, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.html_table import html_table

FloatArray = npt.NDArray[np.floating[Any]]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diagram:
    """Bars per homology dimension of a Vietoris-Rips filtration.

    Attributes
    ----------
    bars : tuple of ndarray, shape (n_bars, 2)
        ``bars[k]``: (birth, death) of each bar in dimension k, longest first; death inf for a
        bar that is alive at the cut.
    censored : tuple of ndarray of bool, shape (n_bars,)
        Bars alive at the cut whose death lies above it and is unknown. An infinite bar that is
        not censored never dies (the last component in dimension 0).
    max_scale : float
        The cut: dimensions >= 1 are exact for everything born and dead up to this edge length.
        Dimension 0 is exact at every scale.
    metric : str
        The distance that the scale is measured in, ``"chord"`` or ``"precomputed"``.
    coeff : int
        Characteristic of the coefficient field.
    n_points : int
        Number of points.
    engine : str
        What computed the dimensions >= 1; "none" where there are none.
    landmarks : ndarray of int or None
        Rows of the points that dimensions >= 1 were computed on; None for all.
    cover_radius : float
        Largest distance of a point (with a neighbour below the cut) to the nearest landmark.
    """

    bars: tuple[FloatArray, ...]
    censored: tuple[BoolArray, ...]
    max_scale: float
    metric: str
    coeff: int
    n_points: int
    engine: str
    landmarks: IntArray | None = None
    cover_radius: float = 0.0

    def __post_init__(self) -> None:
        counts = [[len(rows) for rows in lists] for lists in (self.bars, self.censored)]
        if counts[0] != counts[1]:
            raise FeaturetopoError(
                f"bars per dimension {counts[0]}, censored {counts[1]}: say of each bar whether it "
                "is alive at the cut"
            )

    @property
    def error_bound(self) -> float:
        """How far, in bottleneck distance, dimensions >= 1 are from those of all points at most."""
        return 2 * self.cover_radius

    @property
    def vacuous(self) -> bool:
        """Whether the error bound is so large that no bar of dimension >= 1 is certain to be there.

        A bar shorter than twice the bound may have nothing to match among the bars of all points.
        """
        ended = [np.minimum(bars, self.max_scale) for bars in self.bars[1:]]
        longest = max((float((b[:, 1] - b[:, 0]).max(initial=0.0)) for b in ended), default=0.0)
        return self.landmarks is not None and longest <= 2 * self.error_bound

    def __repr__(self) -> str:
        counts = ", ".join(
            f"H{k}: {len(bars)} bars ({int(censored.sum())} alive at the cut)"
            if k
            else f"H0: {len(bars)} bars"
            for k, (bars, censored) in enumerate(zip(self.bars, self.censored, strict=True))
        )
        about = ""
        if self.landmarks is not None:
            about = f"; {len(self.landmarks)} landmarks, off by at most {self.error_bound:.3g}"
            about += ", so that no bar is certain" if self.vacuous else ""
        return f"Diagram({counts}; {self.metric} up to {self.max_scale:.4g}{about})"

    def _repr_html_(self) -> str:
        rows = [["", "bars", "alive at the cut", "longest that ends"]]
        for k, (bars, censored) in enumerate(zip(self.bars, self.censored, strict=True)):
            ended = bars[np.isfinite(bars[:, 1])]
            longest = ended[np.argmax(ended[:, 1] - ended[:, 0])].tolist() if len(ended) else None
            words = f"{longest[0]:.3f} to {longest[1]:.3f}" if longest else "-"
            alive = f"{int(censored.sum()):,}" if k else "-"
            rows.append([f"H{k}", f"{len(bars):,}", alive, words])
        about = []
        if self.landmarks is not None:
            about = [
                f"H1 and above are of {len(self.landmarks):,} landmarks, off by at most "
                f"{self.error_bound:.3g}{', so that no bar is certain' if self.vacuous else ''}."
            ]
        title = f"Diagram: {self.n_points:,} points, {self.metric} up to {self.max_scale:.4g}"
        return html_table(title, rows, about)

    def betti(self, scale: float) -> tuple[int, ...]:
        """Betti numbers at one filtration scale: bars with birth <= scale < death.

        Raises
        ------
        FeaturetopoError
            If the scale is no number, or lies above the cut where there are dimensions >= 1.

        Examples
        --------
        >>> import numpy as np
        >>> bars = (np.array([[0, np.inf], [0, 0.5]]),)
        >>> Diagram(bars, (np.zeros(2, bool),), 1.0, "chord", 2, 2, "none").betti(0.2)
        (2,)
        """
        check_number("scale", scale)
        if np.isnan(scale) or (len(self.bars) > 1 and scale > self.max_scale):
            raise FeaturetopoError(
                f"scale={scale} must lie up to the cut at {self.max_scale:.4g}, above which loops "
                "are unknown; compute the diagram with a larger max_scale"
            )
        return tuple(int(((b[:, 0] <= scale) & (scale < b[:, 1])).sum()) for b in self.bars)


def check_dimension(diagram: Diagram, dim: int, name: str = "") -> None:
    """Refuse what is no diagram, or has no such dimension."""
    called = f"diagram {name}" if name else "the diagram"
    if not isinstance(diagram, Diagram):
        raise FeaturetopoError(
            f"{called} is a {type(diagram).__name__}; give what persistence(x) returns"
        )
    if not is_whole(dim) or not 0 <= dim < len(diagram.bars):
        raise FeaturetopoError(
            f"{called} has no dimension {dim!r}, only 0 to {len(diagram.bars) - 1}; compute it "
            "with a larger max_dim"
        )
