"""An SVG as PNG, without a browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from featuretopo.errors import FeaturetopoError

_LARGEST = 10  # beyond, a picture of usual size takes gigabytes


def png_of(svg: str, zoom: float) -> bytes:
    """Draw an SVG of ours.

    Parameters
    ----------
    svg : str
    zoom : float
        Pixels of the PNG to a pixel of the SVG, above 0 and at most 10.

    Returns
    -------
    bytes
        The PNG file.

    Raises
    ------
    FeaturetopoError
        If `zoom` is out of range, or resvg-py is not installed.
    """
    if not 0 < zoom <= _LARGEST:
        raise FeaturetopoError(
            f"zoom={zoom} must lie above 0 and be at most {_LARGEST}; 2 is usual, 4 for print"
        )
    try:
        import resvg_py
    except ModuleNotFoundError as error:
        raise FeaturetopoError(
            'resvg-py is not installed, and a PNG needs it: pip install "featuretopo[png]"; '
            "a picture is saved as .svg without it"
        ) from error
    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, zoom=zoom, font_files=_fonts(), sans_serif_family="DejaVu Sans"
    )
    return drawn


def _fonts() -> list[str]:
    """Matplotlib's: where the system has no fonts, words would be left out without a word."""
    found = find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        return []
    folder = Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    return [str(folder / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
