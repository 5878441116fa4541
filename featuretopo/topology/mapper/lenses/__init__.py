"""Lenses, one to a file; PCA, the usual one, and values at hand are in `lens`."""
