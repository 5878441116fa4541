"""The documentation site: `make docs` builds it into docs/_build/html."""

import featuretopo

project = "featuretopo"
version = release = featuretopo.__version__
author = "the featuretopo authors"
copyright = author

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"featuretopo {version}"
myst_heading_anchors = 3

# The reference: a page for each package that docs/reference.md names, which lists what its __all__
# does, and a page for each of these. What is at the front door has its page there alone.
templates_path = ["templates"]
autosummary_imported_members = True
autosummary_ignore_module_all = False
autosummary_context = {"front_door": set(featuretopo.__all__)}
autodoc_typehints = "none"  # the docstrings say the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
