"""Families of pairs of dictionaries that have a known share of features in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.sparse import hstack

from featuretopo.dictionary import Dictionary
from featuretopo.llm import ExactlyK, Independent, PerShape, SimulatedLLM
from featuretopo.llm.cooccurrence.rule import Cooccurrence
from featuretopo.nulls import random_rotation
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

By = Literal["codes", "cosine"]

D = 24
SAMPLES = 2000
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """What else two dictionaries differ in.

    Attributes
    ----------
    noise : float
        Standard deviation of what is added to b's directions, of their length, and to the logarithm
        of its codes.
    dead : float
        Share of b's latents that are left out.
    turned : bool
        Whether b lives in a frame of its own, where codes tell who is whose partner.
    lone : bool
        Whether the features are lone directions, without blobs and circles.
    rule : Cooccurrence
        Which features fire together.
    """

    noise: float = 0.0
    dead: float = 0.0
    turned: bool = True
    lone: bool = False
    rule: Cooccurrence = field(default_factory=Independent)


#: What pairs differ in beside the share that they have in common. The last has no structure at all:
#: strangers of that kind are what the null of H0 distances is about.
KINDS: dict[str, Kind] = {
    "plain": Kind(),
    "one frame": Kind(turned=False),
    "noise": Kind(noise=0.3),
    "dead": Kind(dead=0.33),
    "together": Kind(rule=ExactlyK(2)),
    "lone": Kind(lone=True),
}


def recipe(seed: int, lone: bool = False) -> GroundTruth:
    """Return one world: six blobs of 8, a circle of 12 and 40 lone directions; or 100 of those."""
    shapes = [Sphere(100)] if lone else [Blobs(6, 8, spread=0.35), Circle(12), Sphere(40)]
    return GroundTruth(shapes, D, rng=seed)


def pair(
    by: By, kind: Kind, share: float, seed: int
) -> tuple[Dictionary, Dictionary, tuple[Any, Any] | None]:
    """Draw two dictionaries with that share of features in common.

    Parameters
    ----------
    by : {"codes", "cosine"}
        What partners are found by. By cosine, both live in one frame.
    kind : Kind
    share : float
        In [0, 1].
    seed : int

    Returns
    -------
    a, b : Dictionary
        100 features in 24 dimensions, fewer of b where some are dead.
    codes : pair of scipy.sparse CSR, or None
        Of shared samples, where partners are found by them.

    Examples
    --------
    >>> a, b, codes = pair("cosine", KINDS["dead"], 0.5, 0)
    >>> a.n_features, b.n_features, codes
    (100, 67, None)
    """
    rng = np.random.default_rng([seed, round(100 * share)])
    home, abroad = recipe(2 * seed, kind.lone), recipe(2 * seed + 1, kind.lone)
    n = len(home.dictionary)
    common = np.isin(np.arange(n), rng.permutation(n)[: round(share * n)])
    model = SimulatedLLM(
        home, cooccurrence=kind.rule, frequency=PerShape(joint=0.5, lone=0.05), rng=seed
    )
    mine = model.codes(SAMPLES, rng=rng).sparse().tocsc()
    other = model.codes(SAMPLES, rng=rng).sparse().tocsc()
    theirs = hstack([(mine if shared else other)[:, [i]] for i, shared in enumerate(common)])
    theirs = theirs.tocsc()
    theirs.data *= np.exp(kind.noise * rng.standard_normal(theirs.nnz))
    x = home.dictionary.vectors
    y = np.where(common[:, None], x, abroad.dictionary.vectors)
    y = y + kind.noise * rng.standard_normal(y.shape) / np.sqrt(D)
    alive = rng.permutation(n)[: round((1 - kind.dead) * n)]
    if by == "cosine":
        return Dictionary(x), Dictionary(y[alive]), None
    turn = random_rotation(D, rng) if kind.turned else np.eye(D)
    return Dictionary(x), Dictionary((y @ turn)[alive]), (mine.tocsr(), theirs[:, alive].tocsr())
