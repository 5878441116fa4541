"""Whole SAEs in weight files: codes and reconstructions are those of whoever wrote them."""

from __future__ import annotations

import json
import os
import pickle
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
from safetensors.torch import load_file, save_file
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

DATA = Path(__file__).parent / "data"
WRITTEN = sorted(path.parent for path in DATA.rglob("expected.safetensors"))
B, N, D = 20, 10, 6
PER_LATENT, X = samples(1, N)[0], samples(B, D)
ENCODER, DECODER = (random_sae(N, D, ReLU(0), seed).W_enc.detach() for seed in range(2))  # (N, D)
B_ENC, B_DEC, THRESHOLD = 0.3 * PER_LATENT, 0.3 * samples(1, D)[0], 0.2 * PER_LATENT.abs()

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


def write(path: Path, tensors: dict[str, Any], beside: object = None) -> Path:
    """Write tensors as the file's name says, and settings beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        save_file(
            {
                name: each.clone(memory_format=torch.contiguous_format)
                for name, each in tensors.items()
            },
            path,
        )
    elif path.suffix == ".npz":
        np.savez(path, **{name: each.numpy() for name, each in tensors.items()})
    else:
        torch.save(tensors, path)
    if beside is not None:
        path.with_name("cfg.json").write_text(json.dumps(beside))
    return path


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


GEMMA = {"W_enc": ENCODER.T, "W_dec": DECODER, "b_enc": B_ENC, "b_dec": B_DEC}


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


OPENAI = {
    "encoder.weight": ENCODER, "decoder.weight": DECODER.T, "latent_bias": B_ENC,
    "pre_bias": B_DEC, "stats_last_nonzero": torch.arange(N),
    "latents_activation_frequency": PER_LATENT, "latents_mean_square": PER_LATENT,
}  # fmt: skip


@pytest.mark.parametrize("said", [{}, {"activation": "ReLU", "activation_state_dict": {}}])
def test_openai_is_read(said: dict[str, Any], tmp_path: Path) -> None:
    sae = load_sae(write(tmp_path / "x.pt", OPENAI | said))
    codes = ((X - B_DEC) @ ENCODER.T + B_ENC).relu()
    agree(sae, codes, codes @ DECODER + B_DEC)


def saelens_settings(**more: object) -> dict[str, object]:
    return {"architecture": "standard", "d_in": D, "d_sae": N, **more}


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


# Refused


def without(tensors: dict[str, Tensor], *names: str) -> dict[str, Tensor]:
    return {name: each for name, each in tensors.items() if name not in names}


SPARSIFY = {
    "encoder.weight": ENCODER, "W_dec": DECODER, "encoder.bias": B_ENC, "b_dec": B_DEC
}  # fmt: skip
LINEAR = {
    "encoder.weight": ENCODER, "decoder.weight": DECODER.T, "encoder.bias": B_ENC, "b_dec": B_DEC,
}  # fmt: skip
LEVELS = GEMMA | {
    "k": torch.tensor(3), "threshold": torch.tensor(0.5), "group_sizes": torch.tensor([4, 6]),
}  # fmt: skip
KIND = {"architecture": "matryoshka_batchtopk", "k": 3}


@pytest.mark.parametrize(
    ("tensors", "beside", "words"),
    [
        # tensors
        (without(GEMMA, "b_dec"), saelens_settings(), "lacks b_dec; an SAE of this kind holds"),
        (GEMMA | {"W_skip": DECODER}, saelens_settings(), "holds W_skip beside W_enc, W_dec"),
        (GEMMA | {"W_dec": DECODER.T}, saelens_settings(),
         r"W_dec of shape .6, 10. must have shape .n, d..* where d = 6, n = 10"),
        (GEMMA | {"b_enc": ENCODER}, saelens_settings(), r"b_enc of shape .* must have shape .n."),
        (GEMMA | {"b_enc": B_ENC[:9]}, saelens_settings(), "W_enc of shape .6, 10. must have"),
        ({name: each[..., :0] if name != "W_enc" else each[:0, :0] for name, each in GEMMA.items()}
         | {"W_dec": DECODER[:0, :0]}, saelens_settings(), "has no latents or no dimensions"),
        (GEMMA, saelens_settings(d_sae=11), "W_dec of shape .10, 6. does not go with d_sae=11"),
        (GEMMA | {"b_dec": B_DEC.half()}, saelens_settings(),
         "mixes types .W_enc is float32, .* b_dec is float16.*convert all"),
        (GEMMA | {"W_dec": DECODER.long()}, saelens_settings(), "W_dec is of type i.*64: weights"),
        (GEMMA | {"b_enc": B_ENC / 0}, saelens_settings(), "b_enc holds NaN or infinite values"),
        (GEMMA | {"b_enc": B_ENC * torch.nan}, saelens_settings(), "b_enc holds NaN or infinite"),
        ({name: each.double() * 1e300 for name, each in GEMMA.items()}, saelens_settings(),
         "W_enc holds NaN or infinite values in float32"),
        # settings of SAELens
        (GEMMA, saelens_settings(architecture="topkk"), "unknown architecture 'topkk'.*'topk'"),
        (GEMMA, saelens_settings(architecture=["a"]), "unknown architecture \"\\['a'\\]\""),
        (GEMMA, saelens_settings(architecture="transcoder"), "unknown architecture 'transcoder'"),
        (GEMMA, saelens_settings(activation_fn="tanh-relu"), "activation_fn='tanh-relu' .* none"),
        (GEMMA, saelens_settings(architecture="topk"), "k=None in its settings must be a whole"),
        (GEMMA, saelens_settings(architecture="topk", k=11), "k=11 of 10 latents: lower k"),
        (GEMMA, saelens_settings(architecture="topk", k=0), "k=0 must be at least 1"),
        (GEMMA, saelens_settings(architecture="topk", k=True), "k=True in its settings must be"),
        (GEMMA, saelens_settings(d_in="6"), "d_in='6' in its settings must be a whole number"),
        (GEMMA, saelens_settings(apply_b_dec_to_input=1), "input=1 in .* true or false"),
        (GEMMA, saelens_settings(normalize_activations="layer_norm"),
         "normalize_activations='layer_norm' .*: it rescales each sample by itself"),
        (GEMMA, saelens_settings(normalize_activations="expected_average_only_in"),
         "its scale is not in these files; fold it into the weights with sae-lens"),
        (GEMMA, saelens_settings(normalize_activations=True), "its scale is not in these files"),
        (GEMMA | {"scaling_factor": PER_LATENT}, saelens_settings(),
         "holds scaling_factor, not all 1, but finetuning_scaling_factor is not true"),
        (GEMMA | {"topk_threshold": torch.tensor(0.5)}, saelens_settings(**KIND),
         "matryoshka_widths=None must be a list of whole numbers"),
        (GEMMA | {"topk_threshold": torch.tensor(0.5)},
         saelens_settings(**KIND, matryoshka_widths=[5, 2]), "must grow from above 0 to 1"),
        (GEMMA | {"topk_threshold": torch.tensor(0.5)},
         saelens_settings(architecture="batchtopk", k=2.5), "k=2.5 in its settings must be a"),
        (GEMMA, [], "cfg.json holds no object of settings"),
        # the other layouts
        (GEMMA, None, "is no SAE that is known here .*W_enc .6, 10., .* no settings beside"),
        (GEMMA | {"threshold": THRESHOLD}, None, "may be an SAE of SAELens without its cfg.json"),
        (SPARSIFY, None, "no k in cfg.json beside it"),
        (SPARSIFY, {"k": 3, "transcode": True}, "transcode=true in cfg.json: no architecture"),
        (SPARSIFY, {"k": 3, "skip_connection": True}, "skip_connection=true in cfg.json"),
        (SPARSIFY, {"k": 3, "activation": "groupmax"}, "activation='groupmax' .* must be 'topk'"),
        (SPARSIFY, {"k": 11}, "k=11 of 10 latents"),
        (LINEAR, None, "tensors of several classes .* no trainer.dict_class in config.json"),
        (LINEAR, {"trainer": {"dict_class": "AutoEncoderTopk"}}, "unknown dict_class .*TopK'"),
        (LINEAR, {"trainer": {"dict_class": "AutoEncoderTopK"}}, "k=None in its settings"),
        (LINEAR | {"k": torch.tensor([3, 4])}, {"trainer": {"dict_class": "AutoEncoderTopK"}},
         r"k=\[3.*, 4.*\] in its settings"),
        (LINEAR, {"trainer": {"dict_class": "BatchTopKSAE"}}, "lacks threshold"),
        (LEVELS | {"group_sizes": torch.tensor([4, 5])}, None,
         r"group_sizes=\[4, 5\] must be positive and add up to 10 latents"),
        (LEVELS | {"group_sizes": torch.tensor([4, torch.nan])}, None, "group_sizes=nan in its"),
        (without(OPENAI, "pre_bias"), None, "tensors of several classes"),
    ],
)  # fmt: skip
def test_what_no_sae_can_have_is_refused(
    tensors: dict[str, Tensor], beside: object, words: str, tmp_path: Path
) -> None:
    for suffix in (".safetensors", ".pt"):
        path = write(tmp_path / suffix / f"x{suffix}", tensors, beside)
        with pytest.raises(FeaturetopoError, match=words) as refused:
            load_sae(path)
        assert str(refused.value).startswith(f"{path}: ")
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("said", ["TopK", "Identity"])
def test_openai_s_other_activations_are_refused(said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "x.pt", OPENAI | {"activation": said})
    with pytest.raises(FeaturetopoError, match=f"activation='{said}' must be 'ReLU': TopK there"):
        load_sae(path)


def test_settings_that_are_no_json_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "sae_weights.safetensors", GEMMA)
    for text in ("{", "[" * 100_000):
        (tmp_path / "cfg.json").write_text(text)
        with pytest.raises(FeaturetopoError, match="is no JSON in UTF-8"):
            load_sae(tmp_path)


def test_settings_that_cannot_be_read_are_refused(tmp_path: Path, monkeypatch: Any) -> None:
    write(tmp_path / "sae_weights.safetensors", GEMMA, saelens_settings())

    def denied(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(FeaturetopoError, match="Permission denied; make it readable"):
        load_sae(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match="no such file"):
        load_sae(tmp_path / "gone")


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"x{suffix}", GEMMA, saelens_settings())
    whole = path.read_bytes()
    for kept in (0, 5, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:kept])
        with pytest.raises(FeaturetopoError, match=rf"x\{suffix}: .*"):
            load_sae(path)


def test_a_damaged_tensor_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.npz", GEMMA, saelens_settings())
    damaged = bytearray(path.read_bytes())
    damaged[damaged.find(B_DEC.numpy().tobytes())] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(FeaturetopoError, match=r"cannot be read as \.npz .*CRC"):
        load_sae(path)


def test_a_header_longer_than_its_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.safetensors", GEMMA, saelens_settings())
    for length in (2**20, 2**40, 2**63):
        path.write_bytes(length.to_bytes(8, "little") + path.read_bytes()[8:])
        with pytest.raises(FeaturetopoError, match="cannot be read as"):
            load_sae(path)


class Mischief:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_file_that_would_execute_code_is_refused_and_does_not(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    torch.save(OPENAI | {"activation": Mischief(trap)}, tmp_path / "x.pt")
    (tmp_path / "y.pt").write_bytes(pickle.dumps(Mischief(trap)))
    for name in ("x.pt", "y.pt"):
        with pytest.raises(FeaturetopoError, match="would execute code; save"):
            load_sae(tmp_path / name)
    mischief = np.array([Mischief(trap)] * N)
    np.savez(
        tmp_path / "z.npz", **{k: each.numpy() for k, each in GEMMA.items()}, threshold=mischief
    )
    with pytest.raises(FeaturetopoError, match="threshold is of type object: weights must be"):
        load_sae(tmp_path / "z.npz")
    assert not trap.exists()
