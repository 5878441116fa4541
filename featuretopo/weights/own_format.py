"""The format of Dictionary.save."""

from __future__ import annotations

import json

from featuretopo.dictionary import FORMAT, KEY, Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.weights.opened import Opened


def from_own_format(file: Opened) -> Dictionary:
    """Make a dictionary of what :meth:`Dictionary.save` wrote."""
    missing = {"vectors", "labels", "coordinates"} - set(file.shapes)
    if missing:
        raise FeaturetopoError(f"lacks {', '.join(sorted(missing))}; save the dictionary again")
    try:
        about = json.loads(file.tensors.about[KEY])
        written, names, label_names = (about[k] for k in ("format", "names", "label_names"))
    except (KeyError, TypeError, ValueError) as error:
        raise FeaturetopoError(f"names are damaged ({error}); save the dictionary again") from error
    if written != FORMAT:
        raise FeaturetopoError(
            f"is of format {written!r}, not {FORMAT!r}; read it with the version that wrote it"
        )
    if not (isinstance(names, list) and isinstance(label_names, list)):
        raise FeaturetopoError("names are damaged (not lists); save the dictionary again")
    vectors, labels, coordinates = (file.read(k) for k in ("vectors", "labels", "coordinates"))
    return Dictionary(vectors, labels, names, coordinates, label_names)
