"""The settings that stand beside weights, in cfg.json or config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from featuretopo.errors import FeaturetopoError

Settings = Mapping[str, Any]
_NAMES = ("cfg.json", "config.json")


def settings_beside(weights: Path) -> Settings:
    """Read the settings in the folder of a weight file; empty if it has none."""
    for name in _NAMES:
        path = weights.with_name(name)
        if path.is_file():
            return _object_in(path)
    return {}


def _object_in(path: Path) -> Settings:
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FeaturetopoError(f"{path.name}: {error.strerror}; make it readable") from error
    except (ValueError, RecursionError) as error:
        raise FeaturetopoError(
            f"{path.name} is no JSON in UTF-8 ({error}); restore it from where the SAE came from"
        ) from error
    if not isinstance(found, dict):
        raise FeaturetopoError(
            f"{path.name} holds no object of settings; restore it from where the SAE came from"
        )
    return found


def nested(settings: Settings, key: str) -> Settings:
    """Return the settings within a setting; empty if there are none."""
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def whole(settings: Settings, key: str) -> int:
    """Return a whole number, which may be written as 8.0."""
    found = settings.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found // 1:
        raise FeaturetopoError(f"{key}={found!r} in its settings must be a whole number")
    return int(found)


def flag(settings: Settings, key: str, default: bool) -> bool:
    """Return a setting that is true or false; the default where it is missing or null."""
    found = settings.get(key)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise FeaturetopoError(f"{key}={found!r} in its settings must be true or false")
    return found
