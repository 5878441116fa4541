"""What goes wrong with a store, told apart from what goes wrong in a stage."""

from __future__ import annotations

from featuretopo.errors import FeaturetopoError


class StoreError(FeaturetopoError):
    """The store cannot be used, or holds a damaged file: the run stops, and nothing is changed."""
