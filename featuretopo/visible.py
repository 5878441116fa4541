"""Names as people are to see them: no character in a name moves or hides the words around it."""

from __future__ import annotations

import re

# Controls other than tab and line feed, and what sets the direction of the words that follow.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(words: str) -> str:
    r"""Write control characters and those that turn the direction of text as Python escapes.

    For what people read, on a page, in a notebook or in a terminal; files keep names as they are.

    Parameters
    ----------
    words : str

    Examples
    --------
    >>> print(visible("\u202eevil\x1b[2J name"))
    \u202eevil\x1b[2J name
    """
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), words)
