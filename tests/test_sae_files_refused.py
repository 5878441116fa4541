"""SAE files that are damaged, wrong, malicious, or ask for what no architecture here does."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
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
    N,
    saelens_settings,
    write,
)
from torch import Tensor

from featuretopo.errors import FeaturetopoError
from featuretopo.sae import load_sae


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
        (GEMMA, saelens_settings(architecture="topk", k=0), "k=0 must be a whole number"),
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


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_gives_an_sae_or_a_clear_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sae") / "x"
    shutil.copytree(data.draw(st.sampled_from(WRITTEN)), folder)
    (folder / "expected.safetensors").unlink()
    file = data.draw(st.sampled_from(sorted(folder.iterdir())))
    content = bytearray(file.read_bytes())
    start = data.draw(st.integers(0, len(content) - 1))
    content[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    file.write_bytes(content)
    try:
        load_sae(folder)
    except FeaturetopoError as error:
        assert "\n" not in str(error)
