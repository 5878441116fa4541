"""Learned: what a dictionary has of a truth that is a dictionary too, feature by feature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from featuretopo.dictionary import Dictionary
from featuretopo.similarity import MMCS, latent_origins, mmcs, nearest_neighbour_test


@dataclass(frozen=True, slots=True)
class Learned:
    """What one dictionary has of a truth, by directions alone.

    Where the truth is a :class:`~featuretopo.GroundTruth`, :func:`featuretopo.compare.recover` says
    more: which shapes were kept.

    Attributes
    ----------
    name : str
        The dictionary.
    n_latents, dead_latents : int
        Its features, all of which count as alive.
    mmcs : MMCS
        Of the truth (a) and the dictionary (b).
    nearest_neighbour_pass_share : float
        Share of true features whose best latent is nearer than their nearest true neighbour is.
    merged, split : tuple of int
        Rows of the latents that are the best of several true features, and of the true features
        that own several latents.
    mixed, spurious : tuple of int
        Rows of the latents without a true feature of their own: near the truth, or like none of it
        more than random directions are.
    """

    name: str
    n_latents: int
    dead_latents: int
    mmcs: MMCS
    nearest_neighbour_pass_share: float
    merged: tuple[int, ...]
    split: tuple[int, ...]
    mixed: tuple[int, ...]
    spurious: tuple[int, ...]


def learned(truth: Dictionary, x: Dictionary, *, name: str = "dictionary") -> Learned:
    """Hold a dictionary against a truth in the same space.

    Parameters
    ----------
    truth : Dictionary
        The true features, at least 2.
    x : Dictionary
        The learned ones.
    name : str
        What to call these.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, or the truth has a single feature.

    Examples
    --------
    >>> import numpy as np
    >>> truth = Dictionary(np.eye(8)[:3])
    >>> found = learned(truth, Dictionary(np.eye(8)[[0, 1, 7]]))
    >>> found.nearest_neighbour_pass_share, found.spurious
    (0.6666666666666666, (2,))
    """
    test, origins = nearest_neighbour_test(truth, x), latent_origins(truth, x)
    return Learned(
        name=name,
        n_latents=len(x),
        dead_latents=0,
        mmcs=mmcs(truth, x),
        nearest_neighbour_pass_share=test.pass_share,
        merged=tuple(test.merged.tolist()),
        split=tuple(origins.split.tolist()),
        mixed=tuple(origins.mixed.tolist()),
        spurious=tuple(origins.spurious.tolist()),
    )


def spurious_partners(
    pairs: Iterable[tuple[int, int]], a: Learned, b: Learned
) -> tuple[tuple[int, int], ...]:
    """Return the pairs of partners of which both are spurious.

    Parameters
    ----------
    pairs : iterable of (int, int)
        Rows of both dictionaries that are partners.
    a, b : Learned
        What either has of the truth.

    Examples
    --------
    >>> import numpy as np
    >>> truth = Dictionary(np.eye(8)[:3])
    >>> a, b = (learned(truth, Dictionary(np.eye(8)[rows])) for rows in ([0, 7], [7, 1]))
    >>> spurious_partners([(0, 1), (1, 0)], a, b)
    ((1, 0),)
    """
    of_a, of_b = set(a.spurious), set(b.spurious)
    return tuple((i, j) for i, j in pairs if i in of_a and j in of_b)
