"""Codes from files: sparse matrices as scipy writes them, without pickle."""

from __future__ import annotations

import os
import zipfile
from typing import Any

from featuretopo.errors import FeaturetopoError


def load_codes(path: str | os.PathLike[str]) -> Any:
    """Read codes of samples from a file that ``scipy.sparse.save_npz`` wrote.

    Parameters
    ----------
    path : path
        A ``.npz`` file with one sparse matrix, samples as rows and latents as columns.

    Returns
    -------
    scipy.sparse CSR array, shape (n_samples, n_latents)

    Raises
    ------
    FeaturetopoError
        If there is no such file, or it holds no such matrix.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from scipy import sparse
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "codes.npz"
    >>> sparse.save_npz(file, sparse.csr_array([[0.0, 2.0], [0.0, 0.0]]))
    >>> load_codes(file).shape
    (2, 2)
    """
    from scipy import sparse

    try:
        return sparse.csr_array(sparse.load_npz(path))
    except OSError as error:
        raise FeaturetopoError(f"{path}: cannot be read ({error.strerror})") from error
    # a dense array from numpy is no context manager
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise FeaturetopoError(
            f"{path}: no sparse matrix that scipy wrote; make it with "
            "scipy.sparse.save_npz(path, codes), samples as rows"
        ) from error
