"""Dictionaries to explore, made up cheaply."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from reference import portrait

from featuretopo.dictionary import Dictionary
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.embedding import Embedding
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

MARKUP = '<img src=x onerror=alert(1)>"&'


@cache
def small(seed: int = 0, names: tuple[str, ...] | None = None) -> Arrangement:
    """Two blobs, a circle and lone directions, 59 features; the picture is their first two axes."""
    shapes = [Blobs(2, 10, spread=0.3), Circle(9), Sphere(30)]
    x = GroundTruth(shapes, d=24, rng=seed).dictionary
    named = names or [name.replace(" ", "-") for name in x.names]
    return pictured(Dictionary(x.vectors, x.labels, named, x.coordinates, x.label_names))


@cache
def lone() -> Arrangement:
    """Directions of which none is near another: no nodes, no bars."""
    return pictured(Dictionary(np.eye(12)))


def pictured(x: Dictionary) -> Arrangement:
    return replace(portrait(x), embedding=Embedding(x.unit[:, :2].astype(float), 0.25, 2, 0.75))
