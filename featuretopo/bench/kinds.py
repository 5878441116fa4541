"""Which kind of strategy stands where in a sweep: a shape is no rule, and a law no placement."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.rule import check_rule
from featuretopo.llm.embedding import check_embedding
from featuretopo.llm.frequency import check_frequency
from featuretopo.llm.magnitude import check_magnitude
from featuretopo.truth.placement import check_placement
from featuretopo.truth.shape import check_shape

_CHECKS: dict[str, Callable[[str, object], None]] = {
    "shapes": check_shape,
    "placement": check_placement,
    "frequency": check_frequency,
    "magnitude": check_magnitude,
    "cooccurrence": partial(check_rule, layouts=True),
    "rotation": check_embedding,
}


def check_kind(place: str, key: str, strategy: object) -> None:
    """Refuse a strategy that cannot do what its key is for.

    Parameters
    ----------
    place : str
        Where in the file it stands.
    key : str
        What it is to serve as, e.g. "cooccurrence".
    strategy : object
        What its table builds.

    Raises
    ------
    FeaturetopoError
        If it is of another kind, or its table names no type.

    Examples
    --------
    >>> from featuretopo.llm import ExactlyK
    >>> check_kind("world.home.placement", "placement", ExactlyK(1))
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: world.home.placement=ExactlyK(k=1) must be Orthogonal(), \
RandomFrames() or Overlap(rho)
    """
    if isinstance(strategy, dict):
        raise FeaturetopoError(f'{place}={strategy!r} names no type: add one, e.g. type = "Circle"')
    _CHECKS[key](place, strategy)
