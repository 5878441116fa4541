"""Firings made of others: side by side, one within another, one or another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featuretopo.llm.cooccurrence.active import ActiveFiring
from featuretopo.llm.cooccurrence.rule import Fired, Firing, FloatArray, IntArray


class Union:
    """Rules side by side, each on features of its own."""

    def __init__(self, parts: Sequence[tuple[IntArray, Firing]], n_features: int) -> None:
        self.frequencies = np.zeros(n_features)
        for rows, firing in parts:
            self.frequencies[rows] += firing.frequencies
        self._parts = [(rows.astype(np.int32), firing) for rows, firing in parts]

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, part by part."""
        fired = [(rows, firing.draw(n, rng)) for rows, firing in self._parts]
        return Fired(
            np.concatenate([each.samples for _, each in fired]),
            np.concatenate([rows[each.features] for rows, each in fired]),
        )


class NestedFiring:
    """Shapes are active by one rule; their features fire by another."""

    def __init__(
        self,
        outer: Firing,
        inner: Sequence[ActiveFiring],
        members: Sequence[IntArray],
        n_features: int,
    ) -> None:
        self.frequencies = np.zeros(n_features)
        for active, firing, rows in zip(outer.frequencies, inner, members, strict=True):
            # the outer rule may change how often a shape is active (a hierarchy does)
            self.frequencies[rows] = firing.frequencies * (active / firing.activity)
        self._outer, self._inner = outer, inner
        self._members = [rows.astype(np.int32) for rows in members]

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw which shapes are active in `n` samples, and who fires on each."""
        active = self._outer.draw(n, rng)
        order = np.argsort(active.features, kind="stable")
        ends = np.cumsum(np.bincount(active.features, minlength=len(self._inner)))
        fired = [
            (rows, firing.fire_in(samples, rng))
            for rows, firing, samples in zip(
                self._members, self._inner, np.split(active.samples[order], ends[:-1]), strict=True
            )
        ]
        return Fired(
            np.concatenate([each.samples for _, each in fired]),
            np.concatenate([rows[each.features] for rows, each in fired]),
        )


class MixedFiring:
    """One of several firings for every sample."""

    def __init__(self, firings: Sequence[Firing], shares: FloatArray) -> None:
        self.frequencies = sum(
            (share * firing.frequencies for share, firing in zip(shares, firings, strict=True)),
            np.zeros(1),
        )
        self._firings, self._shares = firings, shares

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw which firing each of `n` samples follows, and who fires."""
        choice = rng.choice(len(self._firings), size=n, p=self._shares)
        parts = []
        for i, firing in enumerate(self._firings):
            own = np.flatnonzero(choice == i).astype(np.int32)
            if len(own):
                fired = firing.draw(len(own), rng)
                parts.append((own[fired.samples], fired.features))
        samples, features = map(np.concatenate, zip(*parts, strict=True))
        return Fired(samples, features)
