"""Whole SAEs in weight files: codes and reconstructions are those of whoever wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from featuretopo.sae import load_sae

DATA = Path(__file__).parent / "data"
WRITTEN = sorted(path.parent for path in DATA.rglob("expected.safetensors"))


@pytest.mark.parametrize("folder", WRITTEN, ids=lambda folder: "-".join(folder.parts[-2:]))
def test_what_others_wrote_gives_their_codes(folder: Path) -> None:
    expected = load_file(folder / "expected.safetensors")
    sae = load_sae(folder)
    with torch.no_grad():
        codes = sae.encode(expected["inputs"])
        torch.testing.assert_close(codes, expected["codes"], rtol=0, atol=1e-5)
        torch.testing.assert_close(
            sae.decode(codes), expected["reconstructions"], rtol=0, atol=1e-5
        )
    assert 0.05 < (codes > 0).float().mean() < 0.6
