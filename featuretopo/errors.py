"""What bad input gets: one error with the value, the rule and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FeaturetopoError(ValueError):
    """Bad input. The message names the value, the rule it breaks and what to do instead.

    The command line prints the message on one line and exits with code 2.
    """


def did_you_mean(wrong: object, choices: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest choice, or the list of choices.

    Examples
    --------
    >>> did_you_mean("eccentricty", ["eccentricity", "density"])
    "; did you mean 'eccentricity'?"
    """
    choices = list(choices)
    close = difflib.get_close_matches(wrong, choices, n=1) if isinstance(wrong, str) else []
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; choose from {', '.join(choices) or 'nothing: there is none'}"
