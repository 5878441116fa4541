"""What goes wrong with a store or an executor, told apart from what goes wrong in a stage."""

from __future__ import annotations

from typing import Any

from featuretopo.errors import FeaturetopoError


class StoreError(FeaturetopoError):
    """The store cannot be used, or holds a damaged file: the run stops, and nothing is changed."""


class ExecutorError(FeaturetopoError):
    """The executor is gone, with what it was given: the run stops, and what is finished stays."""


def cannot_write(root: Any, error: OSError) -> str:
    """Say that a store takes no file, and what to do."""
    return (
        f"{root}: cannot be written to ({error.strerror or error}); make room or mend the "
        "permissions, and run the sweep again: what is finished stays"
    )
