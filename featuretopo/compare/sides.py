"""What can stand on a side of a comparison."""

from __future__ import annotations

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.arrangement import Arrangement, check_size


def check_side(name: str, given: object) -> None:
    """Refuse what is neither a dictionary nor the arrangement of one, or has too few features."""
    if not isinstance(given, Dictionary | Arrangement):
        raise FeaturetopoError(
            f"{name} is {type(given).__name__}, must be a Dictionary (features as rows): "
            f"ft.Dictionary({name})"
        )
    try:
        check_size(given.dictionary if isinstance(given, Arrangement) else given)
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{name}: {error}") from None
