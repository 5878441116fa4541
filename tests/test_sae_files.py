"""Whole SAEs in weight files: codes and reconstructions are those of whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sae_cases import random_sae, samples
from sae_file_cases import (
    B_DEC,
    B_ENC,
    DECODER,
    ENCODER,
    GEMMA,
    OPENAI,
    PER_LATENT,
    THRESHOLD,
    WRITTEN,
    B,
    D,
    N,
    X,
    saelens_settings,
    write,
)
from safetensors.torch import load_file
from torch import Tensor

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.sae import (
    SAE,
    Architecture,
    AuxK,
    BatchTopK,
    Gated,
    JumpReLU,
    Matryoshka,
    ReLU,
    TopK,
    load_sae,
    save_sae,
)
from featuretopo.sae.layouts import saelens

ARCHITECTURES = (
    ReLU(0.1),
    ReLU(0.1, tied=True),
    ReLU(0.1, decoder_bias=False),
    Gated(0.1),
    JumpReLU(0.1),
    TopK(3),
    BatchTopK(3),
    Matryoshka(3, shares=(0.2, 0.5, 1)),
)


def shaken(architecture: Architecture, seed: int = 0) -> SAE:
    """Make an SAE that has nothing at 0 or at 1, decoder lengths neither."""
    sae = random_sae(N, D, architecture, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        sae.W_dec *= 0.5 + torch.rand(N, 1, generator=generator)
        for name, each in sae.extra.items():
            noise = 0.3 * torch.randn(each.shape, generator=generator)
            each += noise.abs() if name == "threshold" else noise
    return sae


def agree(sae: SAE, codes: Tensor, reconstructions: Tensor, x: Tensor = X) -> None:
    with torch.no_grad():
        found = sae.encode(x)
        torch.testing.assert_close(found, codes, rtol=0, atol=1e-5)
        torch.testing.assert_close(sae.decode(found), reconstructions, rtol=0, atol=1e-5)
    assert 0.05 < (codes > 0).float().mean() < 0.7


# Read


@pytest.mark.parametrize("folder", WRITTEN, ids=lambda folder: "-".join(folder.parts[-2:]))
def test_what_others_wrote_gives_their_codes(folder: Path) -> None:
    expected = load_file(folder / "expected.safetensors")
    agree(load_sae(folder), expected["codes"], expected["reconstructions"], expected["inputs"])


def test_there_is_a_file_of_every_architecture_of_others() -> None:
    assert len(WRITTEN) == 21
    read = {f"{folder.parts[-2]}-{folder.name}": load_sae(folder) for folder in WRITTEN}
    assert {type(sae.architecture) for sae in read.values()} == {type(a) for a in ARCHITECTURES}
    for name in ("sae_lens-batchtopk", "sae_lens-batchtopk_in_use", "dictionary_learning-topk"):
        assert read[name].architecture.k == 3
    for name in ("sae_lens-matryoshka_batchtopk", "sae_lens-matryoshka_batchtopk_in_use"):
        assert read[name].architecture.sizes(N) == [2, 5, 10]
    assert read["dictionary_learning-matryoshka"].architecture.sizes(N) == [2, 5, 10]


def raw_input_jumprelu(x: Tensor, threshold: Tensor = THRESHOLD) -> tuple[Tensor, Tensor]:
    """JumpReLU as Gemma Scope states it, in double precision."""
    pre = x.double() @ ENCODER.T.double() + B_ENC
    codes = pre.relu() * (pre > threshold)
    return codes.float(), (codes @ DECODER.double() + B_DEC).float()


@pytest.mark.parametrize("case", [str.lower, lambda name: name])
@pytest.mark.parametrize("name", ["params.npz", "params.safetensors", "layer_5.npz"])
def test_gemma_scope_is_read_in_either_case(
    name: str, case: Callable[[str], str], tmp_path: Path
) -> None:
    tensors = GEMMA | {"threshold": THRESHOLD}
    path = write(tmp_path / name, {case(key): each for key, each in tensors.items()})
    agree(load_sae(path), *raw_input_jumprelu(X))
    if "params" in name:
        agree(load_sae(tmp_path), *raw_input_jumprelu(X))


@pytest.mark.parametrize("threshold", [0.0, -0.5])
def test_thresholds_that_let_every_positive_code_through(threshold: float, tmp_path: Path) -> None:
    few = torch.where(torch.arange(N) < 5, threshold, THRESHOLD)
    sae = load_sae(write(tmp_path / "params.npz", GEMMA | {"threshold": few}))
    agree(sae, *raw_input_jumprelu(X, few))
    save_sae(sae, tmp_path / "again")
    agree(load_sae(tmp_path / "again"), *raw_input_jumprelu(X, few))


@pytest.mark.parametrize("said", [{}, {"activation": "ReLU", "activation_state_dict": {}}])
def test_openai_is_read(said: dict[str, Any], tmp_path: Path) -> None:
    sae = load_sae(write(tmp_path / "x.pt", OPENAI | said))
    codes = ((X - B_DEC) @ ENCODER.T + B_ENC).relu()
    agree(sae, codes, codes @ DECODER + B_DEC)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"normalize_activations": None, "apply_b_dec_to_input": None},
        {"normalize_activations": False, "activation_fn_str": "relu"},
        {"reshape_activations": "hook_z", "hook_name": "blocks.0.attn.hook_z"},
        {"architecture": None},
    ],
)
def test_settings_of_older_versions_are_read(said: dict[str, object], tmp_path: Path) -> None:
    sae = load_sae(write(tmp_path / "x.safetensors", GEMMA, saelens_settings(**said)))
    codes = ((X - B_DEC) @ ENCODER.T + B_ENC).relu()
    agree(sae, codes, codes @ DECODER + B_DEC)


def test_topk_was_an_activation_function(tmp_path: Path) -> None:
    said = {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": 4}}
    sae = load_sae(write(tmp_path / "x.safetensors", GEMMA, saelens_settings(**said)))
    assert sae.architecture == TopK(4)


@pytest.mark.parametrize("start", [0.0, -120.0])  # e^-120 is no float32
def test_thresholds_were_trained_as_logarithms(start: float, tmp_path: Path) -> None:
    logarithms = torch.where(torch.arange(N) < 5, start, THRESHOLD.log())
    tensors = GEMMA | {"log_threshold": logarithms}
    # settings as they stood beside the state dict of a JumpReLU in training
    said = {
        "architecture": "jumprelu", "activation_fn_str": "relu", "activation_fn_kwargs": {},
        "apply_b_dec_to_input": False, "finetuning_scaling_factor": False,
        "normalize_activations": "none", "hook_name": "blocks.3.hook_resid_post",
        "jumprelu_init_threshold": 0.001, "jumprelu_bandwidth": 0.001, "dtype": "float32",
    }  # fmt: skip
    path = write(tmp_path / "sae_weights.safetensors", tensors, saelens_settings(**said))
    agree(load_sae(path), *raw_input_jumprelu(X, logarithms.double().exp()))
    np.testing.assert_array_equal(ft.load(path).vectors, DECODER.numpy())


def test_a_threshold_beside_its_logarithm_is_refused(tmp_path: Path) -> None:
    tensors = GEMMA | {"threshold": THRESHOLD, "log_threshold": THRESHOLD.log()}
    path = write(tmp_path / "x.safetensors", tensors, saelens_settings(architecture="jumprelu"))
    with pytest.raises(FeaturetopoError, match="holds log_threshold beside"):
        load_sae(path)


def test_factors_of_latents_go_into_the_decoder(tmp_path: Path) -> None:
    codes = ((X - B_DEC) @ ENCODER.T + B_ENC).relu()
    tensors = GEMMA | {"scaling_factor": PER_LATENT}
    beside = saelens_settings(finetuning_scaling_factor=True)
    sae = load_sae(write(tmp_path / "a" / "x.safetensors", tensors, beside))
    agree(sae, codes, codes * PER_LATENT @ DECODER + B_DEC)
    # older versions wrote ones where there were none
    tensors = GEMMA | {"scaling_factor": torch.ones(N)}
    sae = load_sae(write(tmp_path / "b" / "x.safetensors", tensors, saelens_settings()))
    agree(sae, codes, codes @ DECODER + B_DEC)


def test_decoder_rows_keep_their_lengths(tmp_path: Path) -> None:
    lengths = 0.1 + torch.arange(N)[:, None]
    tensors = GEMMA | {"W_dec": DECODER * lengths}
    sae = load_sae(write(tmp_path / "x.safetensors", tensors, saelens_settings()))
    torch.testing.assert_close(sae.W_dec.detach(), tensors["W_dec"], rtol=0, atol=0)
    np.testing.assert_array_equal(sae.dictionary.vectors, ft.load(tmp_path).vectors)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_every_precision_is_read(dtype: torch.dtype, suffix: str, tmp_path: Path) -> None:
    tensors = {name: each.to(dtype) for name, each in GEMMA.items()}
    sae = load_sae(write(tmp_path / f"x{suffix}", tensors, saelens_settings()))
    torch.testing.assert_close(sae.W_enc.detach(), tensors["W_enc"].T.float(), rtol=0, atol=0)
    assert {each.dtype for each in sae.parameters()} == {torch.float32}


def test_only_what_an_sae_needs_is_read(tmp_path: Path) -> None:
    tensors = OPENAI | {"latents_mean_square": torch.full((5000,), torch.pi)}
    path = write(tmp_path / "x.npz", tensors)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.find(np.full(N, torch.pi, np.float32).tobytes()) + 9999] ^= (
        1  # its checksum fails
    )
    path.write_bytes(damaged)
    load_sae(path)
    with pytest.raises(BadZipFile, match="CRC"), np.load(path) as file:
        file["latents_mean_square"]


def test_a_loaded_sae_can_be_trained_on(tmp_path: Path) -> None:
    sae = load_sae(write(tmp_path / "x.safetensors", GEMMA, saelens_settings()))
    assert sae.architecture == ReLU(0.0)
    sae.architecture = ReLU(0.1)
    loss, _ = sae.architecture.loss(sae, X, torch.zeros(N))
    loss.backward()
    assert all(each.grad is not None and each.grad.any() for each in sae.parameters())


# Written


@pytest.mark.parametrize("layout", ["saelens", "sparsify", "gemma_scope"])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_written_comes_back(
    architecture: Architecture, layout: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sae, folder = shaken(architecture, seed), tmp_path_factory.mktemp("sae") / "new" / "folder"
    holds = {
        "sparsify": isinstance(architecture, TopK) and not isinstance(architecture, BatchTopK),
        "gemma_scope": isinstance(architecture, ReLU | JumpReLU | BatchTopK),
    }
    if not holds.get(layout, True):
        name = type(architecture).__name__
        with pytest.raises(FeaturetopoError, match=f"cannot hold {name}; choose 'saelens'"):
            save_sae(sae, folder, layout=layout)
        assert not folder.parent.exists()
        return
    save_sae(sae, folder, layout=layout)
    again = load_sae(folder)
    x = samples(B, D, seed)
    with torch.no_grad():
        agree(again, sae.encode(x), sae.forward(x), x)
    np.testing.assert_array_equal(ft.load(folder).vectors, sae.dictionary.vectors)
    if layout != "gemma_scope":
        assert type(again.architecture) is type(architecture)
        for name in ("W_enc", "W_dec", "b_enc", "b_dec"):
            assert torch.equal(getattr(again, name), getattr(sae, name))


def test_what_batch_topk_was_is_written_beside_the_jumprelu_that_it_is(tmp_path: Path) -> None:
    architecture = Matryoshka(3, AuxK(k=5), shares=(0.2, 0.5, 1))
    save_sae(shaken(architecture), tmp_path / "x")
    assert json.loads((tmp_path / "x" / "cfg.json").read_text())["architecture"] == "jumprelu"
    assert load_sae(tmp_path / "x").architecture == Matryoshka(3, shares=(0.2, 0.5, 1))


@pytest.mark.parametrize(
    "details", [{"k": 2.5}, {"k": 99}, {}, None, {"k": 3, "matryoshka_widths": ["a"]}]
)
def test_what_a_jumprelu_was_is_told_only_where_it_makes_sense(
    details: object, tmp_path: Path
) -> None:
    kind = "matryoshka_batchtopk" if "matryoshka_widths" in (details or {}) else "batchtopk"
    about = {"training_architecture": kind, "training_architecture_details": details}
    beside = saelens_settings(architecture="jumprelu", metadata=about, apply_b_dec_to_input=False)
    same = torch.full((N,), 0.1)
    sae = load_sae(write(tmp_path / "x.safetensors", GEMMA | {"threshold": same}, beside))
    assert isinstance(sae.architecture, JumpReLU)
    agree(sae, *raw_input_jumprelu(X, same))


def test_thresholds_that_differ_are_those_of_a_jumprelu(tmp_path: Path) -> None:
    about = {"training_architecture": "batchtopk", "training_architecture_details": {"k": 3}}
    beside = saelens_settings(architecture="jumprelu", metadata=about, apply_b_dec_to_input=False)
    sae = load_sae(write(tmp_path / "x.safetensors", GEMMA | {"threshold": THRESHOLD}, beside))
    agree(sae, *raw_input_jumprelu(X))


def test_the_same_sae_gives_the_same_bytes(tmp_path: Path) -> None:
    for layout in ("saelens", "gemma_scope"):
        for name in ("a", "b"):
            save_sae(shaken(BatchTopK(3)), tmp_path / layout / name, layout=layout)
        for file in (tmp_path / layout / "a").iterdir():
            assert file.read_bytes() == (tmp_path / layout / "b" / file.name).read_bytes()


def test_a_narrow_sae_is_written_too(tmp_path: Path) -> None:
    # its encoder and the transpose of it are the same bytes
    sae = SAE(torch.ones(1, D), torch.zeros(D), ReLU(0.1, tied=True))
    save_sae(sae, tmp_path)
    assert torch.equal(load_sae(tmp_path).W_enc, sae.W_dec)


def test_a_write_that_fails_changes_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    save_sae(shaken(TopK(3)), tmp_path / "x")
    before = {file.name: file.read_bytes() for file in (tmp_path / "x").iterdir()}
    with monkeypatch.context() as patched:
        patched.setattr(saelens.json, "dumps", lambda *_, **__: 1 / 0)
        for name in ("x", "y"):
            with pytest.raises(ZeroDivisionError):
                save_sae(shaken(TopK(3), seed=1), tmp_path / name)
    assert {file.name: file.read_bytes() for file in (tmp_path / "x").iterdir()} == before
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
    save_sae(shaken(TopK(3), seed=1), tmp_path / "x")
    assert torch.equal(load_sae(tmp_path / "x").W_enc, shaken(TopK(3), seed=1).W_enc)


class Mine(ReLU):
    """An architecture of the user's own."""


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    sae = shaken(TopK(3))
    with pytest.raises(FeaturetopoError, match="unknown layout 'saelen'; did you mean 'saelens'"):
        save_sae(sae, tmp_path, layout="saelen")  # type: ignore[arg-type]
    with pytest.raises(FeaturetopoError, match="cannot hold Mine; no layout can"):
        save_sae(shaken(Mine(0.1)), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FeaturetopoError, match="file: cannot be written to"):
        save_sae(sae, tmp_path / "file")
    write(tmp_path / "other" / "ae.pt", OPENAI)
    with pytest.raises(FeaturetopoError, match=r"other: holds files of another layout \(ae.pt\)"):
        save_sae(sae, tmp_path / "other")
    save_sae(shaken(ReLU(0.1)), tmp_path / "first")
    with pytest.raises(FeaturetopoError, match="files of another layout"):
        save_sae(shaken(ReLU(0.1)), tmp_path / "first", layout="gemma_scope")
    with torch.no_grad():
        sae.W_dec[0, 0] = torch.nan
    with pytest.raises(FeaturetopoError, match="W_dec holds NaN or infinite values"):
        save_sae(sae, tmp_path / "new")
    assert not (tmp_path / "new").exists()
