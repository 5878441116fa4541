"""What every test shares."""

from __future__ import annotations

import os
from collections.abc import Iterator

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


@pytest.hookimpl(wrapper=True, tryfirst=True)  # below the list of what was skipped
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say loudly that tests in a browser were left out: a machine may be without one."""
    yield
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    left_out = sum("chromium" in reason for reason in reasons)
    if left_out:
        terminalreporter.write_sep("!", "NOT TESTED IN A BROWSER", red=True, bold=True)
        terminalreporter.write_line(
            f"{left_out} tests of pages and of the explorer were left out; install chromium and "
            "chromedriver to run them",
            red=True,
        )
