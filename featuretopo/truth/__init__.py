"""Ground truth: shapes of features with known topology, and how they are placed in R^d."""

from featuretopo.truth.blobs import Blobs
from featuretopo.truth.circle import Circle
from featuretopo.truth.ground_truth import GroundTruth, PlacedShape
from featuretopo.truth.shape import Piece, Shape
from featuretopo.truth.sphere import Sphere

__all__ = ["Blobs", "Circle", "GroundTruth", "Piece", "PlacedShape", "Shape", "Sphere"]
