"""The Pareto front: what no other matches at as low a cost."""

from __future__ import annotations

from collections.abc import Sequence


def on_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Tell which points are beaten by no other.

    Parameters
    ----------
    points : sequence of (cost, gain)
        One is beaten if another costs no more and gains no less, and is better in one of the two.

    Examples
    --------
    >>> on_front([(4, 0.5), (7, 0.9), (8, 0.9), (4, 0.5)])
    [True, True, False, True]
    """
    return [
        not any(
            other != point and other[0] <= point[0] and other[1] >= point[1] for other in points
        )
        for point in points
    ]
