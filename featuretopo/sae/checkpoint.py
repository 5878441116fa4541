"""Checkpoint: a training run in one file, taken up again to the same bits."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

from featuretopo.checks import check_count
from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic, check_writable
from featuretopo.sae.run import Run

#: Where a file says that it is a checkpoint, and of which format.
KEY = "featuretopo training"
FORMAT = "training/2"
#: What tells another source, by :func:`digest`.
FINGERPRINT = "the fingerprint of the source's first batch"

_log = logging.getLogger(__name__)


class Checkpoint:
    """The file of one run: weights, optimiser, history, and what was asked.

    Parameters
    ----------
    path : path
        A ``.safetensors`` file; it need not exist.
    every : int
        Steps between two writings.

    Attributes
    ----------
    asked : mapping or None
        What was asked of the run in the file; None where there is no file yet.

    Raises
    ------
    FeaturetopoError
        If the path cannot be written to, or holds something else than a whole checkpoint.
    """

    def __init__(self, path: str | os.PathLike[str], every: int) -> None:
        self.path = Path(path)
        self.every = every
        self.asked: Mapping[str, Any] | None = None
        if self.path.suffix != ".safetensors":
            raise FeaturetopoError(
                f"{self.path}: a checkpoint is a .safetensors file; end its name so"
            )
        check_count("checkpoint_every", every, 1, 1000)
        check_writable(self.path.parent)
        if self.path.exists():
            self.asked, self._tensors = self._read()

    def resume(self, run: Run, asked: Mapping[str, Any]) -> None:
        """Bring a run that has just begun to where the file left it, if there is a file.

        `asked` says what the run depends on; it goes into the file.

        Raises
        ------
        FeaturetopoError
            If the file is of a run of which something else was asked, or holds what no such run
            does.
        """
        before, self.asked = self.asked, asked
        if before is None:
            return
        for name, here in asked.items():
            there = before.get(name)
            if there != here:
                raise FeaturetopoError(
                    f"{self.path}: the checkpoint of another run: {name} is {_shown(there)} in it "
                    f"and {_shown(here)} here; give the same again, or another path, or delete it"
                )
        try:
            run.restore(self._tensors, asked["steps"])
        except ValueError as error:
            raise self._damaged(error) from error
        self._tensors = {}
        _log.info("%s: resumed after step %d", self.path, run.step)

    def write(self, run: Run) -> None:
        """Write the run as it is; the file that was there stays until this one is whole."""
        from safetensors.torch import save_file

        # one key: safetensors writes several in a random order
        about = {KEY: json.dumps({"format": FORMAT, "asked": self.asked})}
        with atomic(self.path) as temporary:
            save_file(run.tensors(), temporary, about)

    def _read(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        try:
            with safe_open(self.path, framework="pt") as file:
                content = json.loads((file.metadata() or {}).get(KEY, "{}"))
                if content.get("format") == FORMAT:
                    names = file.keys()  # safetensors gives no iterator
                    asked = content["asked"] | {"seed": int(content["asked"]["seed"])}
                    return asked, {name: file.get_tensor(name) for name in names}
        except Exception as error:  # safetensors, JSON and the system have errors of their own
            raise self._damaged(error) from error
        raise FeaturetopoError(
            f"{self.path}: is there, and is no checkpoint of format {FORMAT!r} (one of an "
            "older version would not go on to the same bits); give another path"
        )

    def _damaged(self, error: Exception) -> FeaturetopoError:
        return FeaturetopoError(
            f"{self.path}: cannot be read as a checkpoint ({' '.join(str(error).split())}): cut "
            "short or damaged; delete it to start afresh, or give another path"
        )


def digest(x: Tensor) -> str:
    """Return a fingerprint of a batch, by which another source is told.

    Examples
    --------
    >>> import torch
    >>> digest(torch.zeros(2, 3)) == digest(torch.zeros(3, 2))
    False
    """
    content = repr(tuple(x.shape)).encode() + x.cpu().numpy().tobytes()
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, (int, float, str)) else json.dumps(value)
