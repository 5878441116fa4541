"""Explore: four linked views of a dictionary, or of two, in a notebook or on a page.

:func:`featuretopo.explore` makes an :class:`Explorer`. What is shown is made by pure functions
(:mod:`featuretopo.explore.views`, :mod:`featuretopo.explore.graphs`); the widget and the page are
thin edges around one script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featuretopo.explore.widget import Explorer

__all__ = ["Explorer"]


def __getattr__(name: str) -> Any:
    if name == "Explorer":  # not before it is asked for: anywidget is an extra, pages need none
        from featuretopo.explore.widget import Explorer

        return Explorer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
