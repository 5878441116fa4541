"""Make the pictures of the chord and of the noise floor in docs/concepts.md.

python docs/pictures/metric.py
"""

from pathlib import Path

import numpy as np
from markupsafe import Markup

import featuretopo as ft
from featuretopo.report.standalone import beside
from featuretopo.report.svg import (
    Scale,
    axis_bottom,
    axis_left,
    element,
    line,
    marks,
    picture,
    polyline,
    text,
)
from featuretopo.truth import Circle, Sphere

HERE = Path(__file__).parent
ANGLES = (0, 60, 120)


def main() -> None:
    """Draw both."""
    beside(
        [
            ("The chord is the straight way between two unit vectors", chords()),
            ("Chord grows with the angle; 1 - cos is flat at 0", distances()),
        ]
    ).save(HERE / "chord.svg")
    ring = ft.GroundTruth([Circle(24, noise=0.05), Sphere(376)], d=64, rng=0).dictionary
    random = ft.GroundTruth([Sphere(400)], d=64, rng=0).dictionary
    beside(
        [
            ("400 random directions in 64 dimensions", pairs(random)),
            ("A circle of 24 among 376 random directions", pairs(ring)),
        ]
    ).save(HERE / "floor.svg")


def chords() -> Markup:
    """Three directions, 60 degrees from each to the next, and the chords between them."""
    middle, radius = (200.0, 200.0), 150.0
    ends = [
        (middle[0] + radius * np.cos(np.radians(a)), middle[1] - radius * np.sin(np.radians(a)))
        for a in ANGLES
    ]
    arc = [
        (middle[0] + radius * np.cos(t), middle[1] - radius * np.sin(t))
        for t in np.linspace(0, np.pi, 60)
    ]
    words = [(275, 118, "1"), (150, 48, "1"), (226, 182, "√3 ≈ 1.73")]
    ways = [(ends[0], ends[1]), (ends[1], ends[2]), (ends[0], ends[2])]
    return picture(
        400,
        226,
        "Chords between directions at 0, 60 and 120 degrees",
        "Each neighbour is 1 away, the far one 1.73, which is no more than 1 + 1. Their cosine "
        "distances are 0.5, 0.5 and 1.5, and 1.5 is more than 0.5 + 0.5.",
        polyline(arc, "guide"),
        *(line(*middle, *end, "axis") for end in ends),
        *(line(*u, *v, f"curve hue{0 if i < 2 else 1}") for i, (u, v) in enumerate(ways)),
        marks(ends, "circle", "hue0", size=8),
        *(text(x, y, each, class_="value") for x, y, each in words),
        *(
            text(x + (14 if x > 200 else -14), y - 8, f"{a}°", anchor="middle", class_="tick")
            for (x, y), a in zip(ends, ANGLES, strict=True)
        ),
    )


def distances() -> Markup:
    """Chord and cosine distance against the angle."""
    x, y = Scale(0, 180, 56, 350), Scale(0, 2.1, 180, 12)
    angles = np.linspace(0, np.pi, 60)
    curves = ((2 * np.sin(angles / 2), "hue0"), (1 - np.cos(angles), "hue1"))
    return picture(
        380,
        226,
        "Chord and cosine distance against the angle",
        "The chord rises steeply from 0 and flattens towards 2; 1 - cos is flat at 0, so that near "
        "neighbours look nearer than they are.",
        *(
            polyline([(x(np.degrees(a)), y(v)) for a, v in zip(angles, values, strict=True)],
                     f"curve {hue}")
            for values, hue in curves
        ),
        text(x(62), y(1.35), "chord", anchor="end", class_="value"),
        text(x(58), y(0.32), "1 - cos", class_="value"),
        axis_left(y, 56, "distance"),
        axis_bottom(x, 180, "angle, degrees"),
    )  # fmt: skip


def pairs(x: ft.Dictionary) -> Markup:
    """How many pairs are how far apart, and the floor."""
    cos = (x.unit @ x.unit.T)[np.triu_indices(len(x), 1)]
    chord = np.sqrt(np.maximum(2 - 2 * cos.astype(float), 0))
    floor = ft.noise_floor(len(x), x.d)
    counts, edges = np.histogram(chord, bins=70, range=(0.2, 1.9))
    across, up = Scale(0.2, 1.9, 56, 400), Scale(0, 1.05 * float(np.sqrt(counts.max())), 180, 14)
    bars = {"null": "", "fill hue1": ""}
    for n, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if n:
            look = "fill hue1" if high <= floor else "null"
            bars[look] += f"M{across(low):.1f} 180V{up(n**0.5):.1f}H{across(high) - 0.6:.1f}V180z"
    below = int((chord < floor).sum())
    return picture(
        416,
        226,
        f"Chords of all {len(chord):,} pairs of {len(x)} features",
        f"Below the noise floor at {floor:.2f}: {below}.",
        *(element("path", d=d, class_=look) for look, d in bars.items() if d),
        line(across(floor), 6, across(floor), 180, "cut"),
        text(across(floor) - 6, 24, f"floor {floor:.2f}", anchor="end", class_="value"),
        text(
            across(floor) - 6,
            42,
            f"{below} pair{'s' * (below != 1)} below",
            anchor="end",
            class_="tick",
        ),
        line(56, 180, 400, 180, "axis"),
        axis_bottom(across, 180, "chord between two features (height: root of the count)"),
    )


if __name__ == "__main__":
    main()
