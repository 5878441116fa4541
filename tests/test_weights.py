"""Weight files of SAEs: the tensor, its axis and nothing else, however they are written."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_tensors

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.weights.layout import Found, find

N, D = 7, 4
RNG = np.random.default_rng(0)
ENCODER, DECODER = (RNG.standard_normal((N, D)).astype(np.float32) for _ in range(2))
PER_N, PER_D = np.zeros(N, np.float32), np.zeros(D, np.float32)

# Each format as its writer lays it out.
SAE_LENS = {"W_enc": ENCODER.T, "W_dec": DECODER, "b_enc": PER_N, "b_dec": PER_D}
FORMATS = {
    "SAELens": SAE_LENS,
    "SAELens, JumpReLU": SAE_LENS | {"threshold": PER_N},
    "SAELens, gated": {
        "W_enc": ENCODER.T, "W_dec": DECODER, "b_gate": PER_N, "b_mag": PER_N, "r_mag": PER_N,
        "b_dec": PER_D,
    },
    "dictionary_learning": {
        "encoder.weight": ENCODER, "encoder.bias": PER_N, "decoder.weight": DECODER.T,
        "bias": PER_D,
    },
    "dictionary_learning, BatchTopK": {
        "encoder.weight": ENCODER, "encoder.bias": PER_N, "decoder.weight": DECODER.T,
        "b_dec": PER_D, "k": np.array(5), "threshold": np.array(0.5, np.float32),
    },
    "sparsify": {
        "encoder.weight": ENCODER, "encoder.bias": PER_N, "W_dec": DECODER, "b_dec": PER_D,
    },
    "Gemma Scope": SAE_LENS | {"threshold": PER_N},
    "lower case": {
        "w_enc": ENCODER.T, "w_dec": DECODER, "b_enc": PER_N, "b_dec": PER_D, "threshold": PER_N,
    },
    "OpenAI": {
        "encoder.weight": ENCODER, "decoder.weight": DECODER.T, "pre_bias": PER_D,
        "latent_bias": PER_N,
    },
    "with a prefix": {f"sae.{name}": tensor for name, tensor in SAE_LENS.items()},
}  # fmt: skip


def write(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    if path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(each) for name, each in tensors.items()}, path)
    elif path.suffix == ".npz":
        np.savez(path, **tensors)
    else:
        torch.save({name: torch.tensor(each) for name, each in tensors.items()}, path)
    return path


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt", ".pth"])
@pytest.mark.parametrize("name", FORMATS)
def test_decoder_and_encoder_rows_come_out(name: str, suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"x{suffix}", FORMATS[name])
    np.testing.assert_array_equal(ft.load(path).vectors, DECODER)
    np.testing.assert_array_equal(ft.load(path, part="encoder").vectors, ENCODER)


@pytest.mark.parametrize(
    "name",
    ["sae_weights.safetensors", "sae.safetensors", "ae.pt", "params.npz", "params.safetensors"],
)
def test_the_folder_of_an_sae_will_do(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, SAE_LENS)
    (tmp_path / "cfg.json").write_text("{}")
    write(tmp_path / "sparsity.safetensors", {"sparsity": PER_N})
    np.testing.assert_array_equal(ft.load(tmp_path).vectors, DECODER)


def test_a_lone_file_in_a_folder_will_do_and_two_will_not(tmp_path: Path) -> None:
    write(tmp_path / "mine.npz", SAE_LENS)
    np.testing.assert_array_equal(ft.load(tmp_path).vectors, DECODER)
    write(tmp_path / "other.npz", SAE_LENS)
    with pytest.raises(FeaturetopoError, match=r"2 weight files \(mine.npz, other.npz\), must be"):
        ft.load(tmp_path)


def test_biases_are_believed_over_the_convention() -> None:
    turned = {"W_dec": (D, N), "b_dec": (D,)}
    assert find(turned, "decoder") == Found("W_dec", "columns")
    assert find({"decoder.weight": (N, D), "latent_bias": (N,)}, "decoder") == Found(
        "decoder.weight", "rows"
    )
    # where they fit either way, or there are none, the convention holds
    assert find({"W_dec": (D, D), "b_enc": (D,)}, "decoder") == Found("W_dec", "rows")
    assert find({"decoder.weight": (D, D)}, "decoder") == Found("decoder.weight", "columns")
    assert find({"W_dec": (D, N)}, "decoder") == Found("W_dec", "rows")
    assert find({"weights": (N, D)}, "decoder") is None


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"W_dec": DECODER, "b_enc": np.zeros(9)}, "W_dec of shape .7, 4. does not go with"),
        ({"a.W_dec": DECODER, "b.W_dec": DECODER}, "holds 2 decoders .a.W_dec, b.W_dec.; give"),
        ({"W_dec": np.zeros((2, 3, 4))}, "W_dec of shape .2, 3, 4. is no matrix"),
        ({"W_enc": ENCODER.T, "b_enc": PER_N}, "does not tell which axis"),
        (
            {"one": DECODER, "two": DECODER, "b": PER_D},
            "2 matrices .* none called W_dec or decoder",
        ),
        ({"b": PER_D}, "0 matrices .b .4,.. and none called"),
    ],
)
def test_what_cannot_be_told_is_refused(
    tensors: dict[str, np.ndarray], words: str, tmp_path: Path
) -> None:
    with pytest.raises(FeaturetopoError, match=words):
        ft.load(write(tmp_path / "x.npz", tensors))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_every_precision_is_read(dtype: torch.dtype, suffix: str, tmp_path: Path) -> None:
    tensors = {"W_dec": torch.tensor(DECODER).to(dtype), "b_dec": torch.zeros(D, dtype=dtype)}
    path = tmp_path / f"x{suffix}"
    save_tensors(tensors, path) if suffix == ".safetensors" else torch.save(tensors, path)
    known = tensors["W_dec"].float().numpy()
    np.testing.assert_array_equal(ft.load(path).vectors, known)


def test_nested_state_dicts_are_looked_into(tmp_path: Path) -> None:
    state = {name: torch.tensor(tensor) for name, tensor in FORMATS["OpenAI"].items()}
    torch.save({"step": 3, "state_dict": state}, tmp_path / "x.pt")
    np.testing.assert_array_equal(ft.load(tmp_path / "x.pt").vectors, DECODER)
    torch.save(torch.tensor(DECODER), tmp_path / "bare.pt")
    np.testing.assert_array_equal(ft.load(tmp_path / "bare.pt", features="rows").vectors, DECODER)


def test_tensors_in_lists_are_named_by_their_place(tmp_path: Path) -> None:
    torch.save({"layers": [{"W_dec": torch.tensor(DECODER)}, 3]}, tmp_path / "x.pt")
    found = ft.load(tmp_path / "x.pt", features="rows")
    np.testing.assert_array_equal(found.vectors, DECODER)


@pytest.mark.parametrize("archive", [True, False])
def test_what_was_read_of_a_torch_file_outlives_it(archive: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    tensors = {"W_dec": torch.tensor(DECODER)}
    torch.save(tensors, path, _use_new_zipfile_serialization=archive)
    found = ft.load(path, features="rows").vectors
    path.write_bytes(bytes(path.stat().st_size))
    np.testing.assert_array_equal(found, DECODER)


class Mischief:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_file_that_would_execute_code_is_refused_and_does_not(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    torch.save({"W_dec": torch.tensor(DECODER), "x": Mischief(trap)}, tmp_path / "x.pt")
    (tmp_path / "y.pt").write_bytes(pickle.dumps(Mischief(trap)))
    for name in ("x.pt", "y.pt"):
        with pytest.raises(FeaturetopoError, match="would execute code; save the state_dict"):
            ft.load(tmp_path / name)
    assert not trap.exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"x{suffix}", SAE_LENS)
    whole = path.read_bytes()
    for kept in (0, 5, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:kept])
        with pytest.raises(FeaturetopoError, match=rf"x\{suffix}: .*"):
            ft.load(path)


def test_only_the_tensor_that_is_asked_for_is_read(tmp_path: Path) -> None:
    rows = RNG.standard_normal((300, 200)).astype(np.float32)
    path = write(tmp_path / "x.npz", {"W_enc": np.full((200, 300), np.nan), "W_dec": rows})
    damaged = bytearray(path.read_bytes())
    damaged[damaged.find(np.full(4, np.nan).tobytes())] ^= 1  # its checksum fails if it is read
    path.write_bytes(damaged)
    np.testing.assert_array_equal(ft.load(path).vectors, rows)
    with pytest.raises(FeaturetopoError, match="cannot be read"):
        ft.load(path, part="encoder")


def test_options_that_are_none_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.npz", SAE_LENS)
    with pytest.raises(FeaturetopoError, match="part='middle' must be 'decoder' or 'encoder'"):
        ft.load(path, part="middle")
    with pytest.raises(FeaturetopoError, match="features='both' must be"):
        ft.load(path, features="both")


# What the features are called

INDEXED = [{"index": "3", "description": "days"}, {"index": 0, "description": "units"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", json.dumps(INDEXED)),
        ("x.json", json.dumps({"3": "days", "0": "units"})),
        ("x.json", json.dumps(["units", "1", "2", "days", "4", "5", "6"])),
        ("x.json", json.dumps([*INDEXED, {"index": 3, "description": "later"}])),
        ("x.jsonl", "\n".join(json.dumps(each) for each in INDEXED) + "\n\n"),
        ("x.csv", "layer,index,label\n5,3,days\n5,0,units\n"),
        ("x.csv", "\ufeffindex,description\n3,days\n0,units\n"),
    ],
)
def test_names_find_their_features_in_any_order(name: str, text: str, tmp_path: Path) -> None:
    weights = write(tmp_path / "x.npz", SAE_LENS)
    (tmp_path / name).write_text(text, "utf-8")
    found = ft.load(weights, names=tmp_path / name)
    assert found.names == ("units", "1", "2", "days", "4", "5", "6")
    np.testing.assert_array_equal(found.vectors, DECODER)


@pytest.mark.parametrize(
    ("name", "text", "called"),
    [
        ("x.jsonl", json.dumps({"index": 1, "label": "a\u2028b"}, ensure_ascii=False), "a\u2028b"),
        ("x.csv", "index,label\n1,a\x0cb\n", "a\x0cb"),
        ("x.csv", 'index,label\n1,"a\nb"\n', "a\nb"),
    ],
)
def test_line_breaks_within_a_name_are_part_of_it(
    name: str, text: str, called: str, tmp_path: Path
) -> None:
    weights = write(tmp_path / "x.npz", SAE_LENS)
    (tmp_path / name).write_text(text, "utf-8")
    assert ft.load(weights, names=tmp_path / name).names[1] == called


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.json", "[" * 100_000, "is no json in UTF-8"),
        ("x.json", '["a", "b"]', "2 names for 7 features: give one per feature, or objects"),
        ("x.json", '[{"index": 7, "label": "a"}]', "names feature 7, but there are 7"),
        ("x.json", '[{"index": -1, "label": "a"}]', "index -1 must be a row number"),
        ("x.json", '[{"index": 1.5, "label": "a"}]', "index 1.5 must be a row number"),
        ("x.json", '[{"index": 1, "label": null}]', "name None must be a string"),
        ("x.json", '[{"index": 1}]', "has no 'index' or none of description, label"),
        ("x.json", "[]", "holds no names"),
        ("x.json", "3", "holds no names"),
        ("x.json", "[", "is no json in UTF-8"),
        ("x.json", '["a", null, "c", "d"]', "name 1 is null: a list of names has a string for ea"),
        ("x.json", '[3, "b"]', "name 0 is 3: a list of names has a string for each feature"),
        ("x.json", '["a", {"index": 1, "label": "b"}]', "\"a\" has no 'index' or none of descr"),
        ("x.csv", "a,b\n1,2\n", "has no 'index' or none of"),
        ("x.csv", f"index,label\n1,{'a' * 131_073}\n", "is no csv .*field limit .*: mend the file"),
        ("x.csv", 'index,label\n1,"abc\n2,d\n', "is no csv .*unexpected end.*: mend the file"),
        ("x.txt", "a", "names are read from .json, .jsonl, .csv files"),
        ("gone.json", None, "No such file"),
    ],
)
def test_names_that_are_none_are_refused(
    name: str, text: str | None, words: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(FeaturetopoError, match=words) as refused:
        ft.load(write(tmp_path / "x.npz", SAE_LENS), names=tmp_path / name)
    assert str(refused.value).startswith(f"{tmp_path / name}: ")
