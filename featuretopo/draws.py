"""Draws of a null, side by side where each is much work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

T = TypeVar("T")


def over_draws(draw: Callable[[int], T], draws: int, *, heavy: bool) -> list[T]:
    """Return what each draw gives, in order; the same whatever the number of cores.

    Parameters
    ----------
    draw : callable
        Takes the number of the draw, which its randomness comes from.
    draws : int
    heavy : bool
        Whether a draw takes so long that one to a core, each with one BLAS thread, is the faster.

    Examples
    --------
    >>> over_draws(lambda number: number**2, 4, heavy=True)
    [0, 1, 4, 9]
    """
    if not heavy:
        return [draw(number) for number in range(draws)]
    with threadpool_limits(1, "blas"):
        return list(
            Parallel(n_jobs=-1, prefer="threads")(delayed(draw)(number) for number in range(draws))
        )
