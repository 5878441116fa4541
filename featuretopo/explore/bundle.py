"""The script and the style sheet, as one text each: no build step, nothing to fetch."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

# each after what it imports
_MODULES = (
    "packet", "naming", "merges", "selection", "colour", "svg", "picture", "pixels", "graph",
    "scatter", "diagram", "table", "legends", "key", "exports", "controls", "app",
)  # fmt: skip

_IMPORT = re.compile(r'^import .* from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def script(entry: str) -> str:
    """Return all modules and an entry as one ES module.

    Parameters
    ----------
    entry : {"widget", "page"}
    """
    sources = [_static(f"{name}.js") for name in (*_MODULES, entry)]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", source)) for source in sources)


@cache
def style(of: str) -> str:
    """Return the style sheet of the views ("widget"), or of the page around them ("page")."""
    return _static(f"{of}.css")


def _static(name: str) -> str:
    return (resources.files("featuretopo.explore") / "static" / name).read_text("utf-8")
