"""What every test shares."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import settings

# On CI the same examples every time, and no deadline: its cores are shared.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator with a fixed seed, fresh for each test."""
    return np.random.default_rng(0)
