"""Whole SAEs in weight files: codes and reconstructions are those of whoever wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from featuretopo.sae import load_sae

SAE_LENS = Path(__file__).parent / "data" / "sae_lens"


@pytest.mark.parametrize("folder", sorted(SAE_LENS.iterdir()), ids=lambda folder: folder.name)
def test_what_sae_lens_wrote_gives_the_codes_of_sae_lens(folder: Path) -> None:
    expected = load_file(folder / "expected.safetensors")
    sae = load_sae(folder)
    with torch.no_grad():
        codes = sae.encode(expected["inputs"])
        torch.testing.assert_close(codes, expected["codes"], rtol=0, atol=1e-5)
        torch.testing.assert_close(
            sae.decode(codes), expected["reconstructions"], rtol=0, atol=1e-5
        )
    assert 0.05 < (codes > 0).float().mean() < 0.6
