"""Threads of a stage: held inside, given back, and libraries loaded meanwhile are found."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy  # noqa: F401 - a library with threads
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from featuretopo.bench import threads
from featuretopo.bench.threads import limited


def test_threads_are_held_and_given_back() -> None:
    with limited(1):
        pass  # imports what it needs
    before = [each["num_threads"] for each in threadpool_info()]
    with limited(1):
        assert {each["num_threads"] for each in threadpool_info()} == {1}
    assert [each["num_threads"] for each in threadpool_info()] == before


def test_libraries_are_looked_for_again_only_after_an_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = []

    def look() -> ThreadpoolController:
        looks.append(1)
        return ThreadpoolController()

    with limited(1):
        pass  # imports what it needs
    threads._libraries.cache_clear()
    monkeypatch.setattr(threads, "ThreadpoolController", look)
    for _ in range(3):
        with limited(1):
            pass
    assert len(looks) == 1
    monkeypatch.setitem(sys.modules, "a library that came later", ModuleType("later"))
    with limited(1):
        pass
    assert len(looks) == 2
    threads._libraries.cache_clear()
