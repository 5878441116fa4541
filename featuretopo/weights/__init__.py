"""Files of dictionaries and of SAEs: which tensor holds the features, and on which axis."""

from featuretopo.weights.layout import Part
from featuretopo.weights.names import read_names
from featuretopo.weights.reader import load

__all__ = ["Part", "load", "read_names"]
