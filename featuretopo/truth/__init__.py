"""Ground truth: shapes of features with known topology, and how they are placed in R^d."""

from featuretopo.truth.arc import Arc
from featuretopo.truth.ball import Ball
from featuretopo.truth.blobs import Blobs
from featuretopo.truth.circle import Circle
from featuretopo.truth.diagnosis import Check, Diagnosis, diagnose
from featuretopo.truth.figure_eight import FigureEight
from featuretopo.truth.from_dictionary import FromDictionary
from featuretopo.truth.grid import Grid
from featuretopo.truth.ground_truth import GroundTruth, PlacedShape
from featuretopo.truth.klein_bottle import KleinBottle
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.moebius import Moebius
from featuretopo.truth.norms import LogNormalNorms, Norms, UniformNorms, UnitNorms
from featuretopo.truth.placement import Orthogonal, Overlap, Placement, RandomFrames
from featuretopo.truth.segment import Segment
from featuretopo.truth.shape import Piece, Shape
from featuretopo.truth.simplex import Simplex
from featuretopo.truth.sphere import Sphere
from featuretopo.truth.sphere_surface import SphereSurface
from featuretopo.truth.torus import Torus
from featuretopo.truth.tree import Tree

__all__ = [
    "Arc",
    "Ball",
    "Blobs",
    "Check",
    "Circle",
    "Diagnosis",
    "FigureEight",
    "FromDictionary",
    "Grid",
    "GroundTruth",
    "KleinBottle",
    "LogNormalNorms",
    "Manifold",
    "Moebius",
    "Norms",
    "Orthogonal",
    "Overlap",
    "Piece",
    "PlacedShape",
    "Placement",
    "RandomFrames",
    "Segment",
    "Shape",
    "Simplex",
    "Sphere",
    "SphereSurface",
    "Torus",
    "Tree",
    "UniformNorms",
    "UnitNorms",
    "diagnose",
]
