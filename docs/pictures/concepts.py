"""Make the pictures of docs/concepts.md: what a loop, a null and a layout look like.

python docs/pictures/concepts.py
"""

from pathlib import Path

import numpy as np

import featuretopo as ft
from featuretopo import figures
from featuretopo.truth import Circle, Sphere

HERE = Path(__file__).parent


def main() -> None:
    """Draw the three."""
    ring = ft.GroundTruth([Circle(24, noise=0.05), Sphere(376)], d=64, rng=0).dictionary
    random = ft.GroundTruth([Sphere(400)], d=64, rng=0).dictionary
    with_ring = ft.arrangement(ring, name="a circle of 24 among 376", rng=0)
    without = ft.arrangement(random, name="400 random directions", rng=0)
    figures.diagrams(with_ring, without).save(HERE / "diagrams.svg")
    # one cloud without groups: Gaussian, with axes of very different lengths
    cloud = np.random.default_rng(0).standard_normal((400, 64)) / np.arange(1, 65)
    uneven = ft.arrangement(ft.Dictionary(cloud), name="a cloud without groups", rng=0)
    figures.umaps(uneven).save(HERE / "layout.svg")
    print([cluster.p_value for cluster in uneven.clusters])

    names = [f"feature {i}" for i in range(400)]
    blobs = ft.GroundTruth([ft.truth.Blobs(20, 20)], d=64, rng=1).dictionary
    noise = np.random.default_rng(2).normal(0, 0.05, blobs.vectors.shape).astype(np.float32)
    one, again, other = (
        ft.Dictionary(vectors, names=names)
        for vectors in (blobs.vectors, blobs.vectors + noise, random.vectors)
    )
    pairs = [ft.compare(one, other, rng=0), ft.compare(one, again, rng=0)]
    figures.measures(*(pair["knn_jaccard"] for pair in pairs)).save(HERE / "null.svg")


if __name__ == "__main__":
    main()
