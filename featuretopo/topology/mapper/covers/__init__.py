"""Covers of a lens, one to a file; cubes, the usual one, are in `cover`."""
