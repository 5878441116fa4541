"""Explore: four linked views of a dictionary, or of two, in a notebook or on a page.

What is shown is made by pure functions (:mod:`featuretopo.explore.views`,
:mod:`featuretopo.explore.graphs`); the widget and the page are thin edges around one script.
"""
