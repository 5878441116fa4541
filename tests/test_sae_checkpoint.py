"""Checkpoints: a run that was stopped ends in the same bits; files that do not fit are refused."""

import json
import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from training_cases import MODEL, NAN, SMALL, Fixed, one_thread, weights  # noqa: F401

import featuretopo as ft
from featuretopo.described import described
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK, SimulatedLLM
from featuretopo.sae import (
    AuxK,
    BatchTopK,
    Gated,
    JumpReLU,
    Matryoshka,
    ReLU,
    Resample,
    TopK,
    train,
)
from featuretopo.sae.checkpoint import KEY

AUXK = AuxK(k=4, patience=300)  # samples; the run has 1,920: it takes part
ARCHITECTURES = [
    TopK(2, AUXK), BatchTopK(2, AUXK), Matryoshka(2, AUXK, shares=(0.5, 1)), ReLU(0.3),
    ReLU(0.3, tied=True), ReLU(0.3, decoder_bias=False), Gated(0.2), JumpReLU(0.1),
]  # fmt: skip


class Stopped(Exception):
    """The plug was pulled."""


@dataclass
class Breaking:
    """A source that gives `good` samples of batches and then stops the run."""

    good: int
    source: object = MODEL

    def sample(self, n, *, rng=None):
        if self.good == 0:
            raise Stopped
        self.good -= 1
        return self.source.sample(n, rng=rng)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "a.safetensors"


def stopped(path, architecture, after, every=4, source=MODEL, **given):
    """Train and stop after so many steps; the first batch is drawn before them."""
    settings = SMALL | {"checkpoint": path, "checkpoint_every": every} | given
    with pytest.raises(Stopped):
        train(Breaking(after + 1, source), architecture, **settings)


def same(a, b):
    assert weights(a).keys() == weights(b).keys()
    assert all(torch.equal(value, weights(b)[name]) for name, value in weights(a).items())
    assert a.history == b.history


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=repr)
def test_a_run_that_was_stopped_ends_in_the_same_bits(architecture, path):
    expected = train(MODEL, architecture, **SMALL)
    stopped(path, architecture, after=14)
    same(train(MODEL, architecture, **SMALL, checkpoint=path, checkpoint_every=4), expected)


def test_it_may_be_stopped_again_and_again_and_anywhere(path):
    expected = train(MODEL, TopK(2, AUXK), **SMALL)
    for after in (3, 5, 9, 0, 11):  # after 3 nothing is written; the next begins afresh
        stopped(path, TopK(2, AUXK), after)
    told = []
    resumed = train(MODEL, TopK(2, AUXK), **SMALL, checkpoint=path, progress=told.append)
    same(resumed, expected)
    assert told[0] == 4 + 8 + 8 + 1 and told[-1] == 30


def test_resampling_and_clipping_go_on_too(path):
    given = {"clip_norm": 0.1, "resample": Resample(8, times=3, batches=2)}
    expected = train(MODEL, TopK(2), **SMALL, **given)
    for after in (9, 8):  # in the middle, and right after latents were resampled
        stopped(path, TopK(2), after, **given)
    same(train(MODEL, TopK(2), **SMALL, **given, checkpoint=path), expected)
    assert not torch.equal(expected.W_dec, train(MODEL, TopK(2), **SMALL, clip_norm=0.1).W_dec)


def test_a_checkpoint_changes_nothing_and_a_finished_run_is_not_run_again(path):
    expected = train(MODEL, TopK(2), **SMALL)
    same(train(MODEL, TopK(2), **SMALL, checkpoint=path, checkpoint_every=7), expected)
    same(train(Breaking(1), TopK(2), **SMALL, checkpoint=path), expected)  # only the first batch
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_without_a_seed_the_run_goes_on_with_the_file_s(path):
    stopped(path, TopK(2), after=8, rng=None)
    with safe_open(path, framework="np") as file:
        seed = json.loads(file.metadata()[KEY])["asked"]["seed"]
    expected = train(MODEL, TopK(2), **SMALL | {"rng": seed})
    same(train(MODEL, TopK(2), **SMALL | {"rng": None}, checkpoint=path), expected)


def test_a_tied_matrix_is_written_once_and_stays_tied(path):
    tied = train(MODEL, ReLU(0.3, tied=True), **SMALL, checkpoint=path)
    assert tied.W_enc is tied.W_dec
    with safe_open(path, framework="np") as file:
        names = set(file.keys())
    assert {"W_dec", "b_enc", "b_dec", "optimiser/W_dec/exp_avg"} < names
    assert "W_enc" not in names


def test_its_dictionary_can_be_read_while_the_run_lasts(path):
    stopped(path, TopK(2), after=8)
    np.testing.assert_allclose(np.linalg.norm(ft.load(path).vectors, axis=1), 1, atol=1e-6)


def test_the_same_run_writes_the_same_bytes(tmp_path):
    for name in "ab":
        train(MODEL, TopK(2), **SMALL, checkpoint=tmp_path / f"{name}.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


# ---- what fails leaves the last good file


def test_a_run_that_fails_leaves_its_last_good_checkpoint(path):
    x = MODEL.sample(64, rng=0).activations
    settings = SMALL | {"checkpoint": path, "checkpoint_every": 4}
    broken = Fixed(x, turn=11, then=np.full_like(x, NAN))
    with pytest.raises(FeaturetopoError, match=r"at step 11: the source gave NaN"):
        train(broken, TopK(2), **settings)
    same(train(Fixed(x), TopK(2), **settings), train(Fixed(x), TopK(2), **SMALL))


def test_weights_that_are_no_numbers_are_not_written(path):
    # the loss before the step is fine, and the step itself goes too far
    with pytest.raises(
        FeaturetopoError, match=r"a weight is no number at step 1: lower learning_rate=1e\+39"
    ):
        train(MODEL, TopK(2), **SMALL | {"steps": 1, "learning_rate": 1e39}, checkpoint=path)
    assert not path.exists()


def test_gradients_whose_squares_overflow_are_not_written(path):
    # loss and weights are still numbers, but what has such a mean does not move any more
    settings = SMALL | {"steps": 2, "learning_rate": 1e6, "warmup": 0, "decay": 0}
    with pytest.raises(
        FeaturetopoError,
        match=r"a mean of squared gradients is no number at step 2: lower learning_rate=1.*, or di",
    ):
        train(MODEL, TopK(2), **settings, checkpoint=path)
    assert not path.exists()


# ---- refusals

OTHER = SimulatedLLM(MODEL.truth, cooccurrence=ExactlyK(2), rng=0)
NARROW = SimulatedLLM(ft.GroundTruth([ft.truth.Circle(12)], 8, rng=0), rng=0)


@pytest.mark.parametrize(
    ("source", "architecture", "given", "message"),
    [
        (MODEL, TopK(3), {}, 'architecture is .*"k": 2.* in it and .*"k": 3.* here; give the same'),
        (MODEL, BatchTopK(2), {}, 'architecture is .*"TopK".* in it and .*"BatchTopK".* here'),
        (MODEL, TopK(2), {"n_latents": 21}, "n_latents is 20 in it and 21 here"),
        (MODEL, TopK(2), {"steps": 31}, "steps is 30 in it and 31 here"),
        (MODEL, TopK(2), {"batch_size": 65}, "batch_size is 64 in it and 65 here"),
        (MODEL, TopK(2), {"learning_rate": 1e-2}, "learning_rate is 0.001 in it and 0.01 here"),
        (MODEL, TopK(2), {"warmup": 0.1}, "warmup is 0.02 in it and 0.1 here"),
        (MODEL, TopK(2), {"decay": 0.1}, "decay is 0.25 in it and 0.1 here"),
        (MODEL, TopK(2), {"encoder": "random"}, "encoder is transpose in it and random here"),
        (MODEL, TopK(2), {"clip_norm": 1.0}, "clip_norm is null in it and 1.0 here"),
        (MODEL, TopK(2), {"resample": Resample(9)}, 'resample is null in it and .*"every": 9'),
        (MODEL, TopK(2), {"rng": 1}, "seed is 0 in it and 1 here; give the same again, or another"),
        (OTHER, TopK(2), {}, "the source's first batch is .* in it and .* here"),
        (NARROW, TopK(2), {}, "the source's first batch is .* in it and .* here"),
    ],
)
def test_the_file_of_another_run_is_refused_and_stays(source, architecture, given, message, path):
    stopped(path, TopK(2), after=8)
    before = path.read_bytes()
    with pytest.raises(
        FeaturetopoError, match=f"a.safetensors: the checkpoint of another.*{message}"
    ):
        train(source, architecture, **SMALL | given, checkpoint=path)
    assert path.read_bytes() == before


def test_a_truncated_file_is_refused_and_stays(path):
    train(MODEL, TopK(2), **SMALL, checkpoint=path)
    whole = path.read_bytes()
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(
            FeaturetopoError, match=r"cannot be read as a checkpoint .*cut short or.*delete it to"
        ):
            train(MODEL, TopK(2), **SMALL, checkpoint=path)
        assert path.read_bytes() == whole[:length]


def test_a_file_of_another_kind_is_refused_and_stays(path):
    MODEL.dictionary.save(path)
    before = path.read_bytes()
    with pytest.raises(
        FeaturetopoError, match="is there, and is no checkpoint of format 'training"
    ):
        train(MODEL, TopK(2), **SMALL, checkpoint=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("lost", ["W_enc", "silent_for", "history"])
def test_a_file_that_lacks_a_tensor_is_refused(lost, path):
    train(MODEL, TopK(2), **SMALL, checkpoint=path)
    with safe_open(path, framework="np") as file:
        about = file.metadata()
    save_file({k: v for k, v in load_file(path).items() if k != lost}, path, about)
    with pytest.raises(FeaturetopoError, match=f"cannot be read as a checkpoint .'{lost}'.*delete"):
        train(MODEL, TopK(2), **SMALL, checkpoint=path)


@pytest.mark.parametrize("about", ["", "[]", '{"format": "training/2"}', '{"format"', "7"])
def test_a_file_that_says_nonsense_of_itself_is_refused(about, path):
    train(MODEL, TopK(2), **SMALL, checkpoint=path)
    save_file(load_file(path), path, {KEY: about})
    with pytest.raises(FeaturetopoError, match="cannot be read as a checkpoint"):
        train(MODEL, TopK(2), **SMALL, checkpoint=path)


def test_paths_that_cannot_hold_a_checkpoint_are_refused_before_the_first_batch(tmp_path):
    (tmp_path / "file").write_text("")
    for path, every, message in (
        (tmp_path / "a.pt", 1, "a.pt: a checkpoint is a .safetensors file; end its name so"),
        (tmp_path / "a.safetensors", 0, "checkpoint_every=0 must be a whole number, at least 1"),
        (tmp_path / "file" / "a.safetensors", 1, "file: cannot be written to"),
    ):
        with pytest.raises(FeaturetopoError, match=message):
            train(Breaking(0), TopK(2), **SMALL, checkpoint=path, checkpoint_every=every)


def test_an_architecture_that_cannot_be_written_is_refused(path):
    @dataclass(frozen=True)
    class Strange(TopK):
        what: object = len

    with pytest.raises(FeaturetopoError, match="a builtin_function_or_method cannot be written"):
        train(MODEL, Strange(2), **SMALL, checkpoint=path)
    train(MODEL, Strange(2), **SMALL | {"steps": 1})


def test_a_description_tells_every_field():
    assert described(Matryoshka(2, AUXK, shares=(0.5, 1))) == {
        "type": "Matryoshka",
        "k": 2,
        "auxk": {"type": "AuxK", "k": 4, "coefficient": 1 / 32, "patience": 300},
        "shares": [0.5, 1],
    }


# ---- damage inside a file that can be read


def changed(**values):
    """Return what puts other tensors in."""
    return lambda tensors: tensors | values


def columns(n):
    return lambda tensors: tensors | {"history": tensors["history"][:, :n].contiguous()}


def nan_in(name, place):
    def damage(tensors):
        tensors[name][place] = NAN
        return tensors

    return damage


EXP_AVG = "optimiser/W_dec/exp_avg"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (columns(4), "'history' has shape (30, 4) and type torch.float64, and not (n, 5)"),
        (changed(history=torch.tensor(1.0).double()), "'history' has shape () and type"),
        (nan_in("history", (3, 0)), "'history' holds"),
        (nan_in("history", (3, 4)), "'history' holds"),
        (changed(step=torch.tensor([3, 4])), "'step' has shape (2,) and type torch.int64, and not"),
        (changed(step=torch.tensor(0)), "'step' is 0 of 30"),
        (changed(step=torch.tensor(31)), "'step' is 31 of 30"),
        (changed(step=torch.tensor(3.0)), "'step' has shape () and type torch.float32, and not ()"),
        (changed(**{"optimiser/a": torch.ones(1)}), "'optimiser/a' is of another run"),
        (changed(W_dec=torch.ones(1)), "'W_dec' has shape (1,) and type torch.float32, and not (2"),
        (changed(b_dec=torch.ones(16).half()), "'b_dec' has shape (16,) and type torch.float16"),
        (changed(silent_for=torch.ones(1).long()), "'silent_for' has shape (1,)"),
        (changed(**{EXP_AVG: torch.ones(1)}), f"'{EXP_AVG}' has shape (1,)"),
        (nan_in("W_enc", (0, 0)), "'W_enc' holds NaN or infinite values"),
        (nan_in(EXP_AVG, (0, 0)), f"'{EXP_AVG}' holds NaN or infinite values"),
        (lambda tensors: {k: v for k, v in tensors.items() if k != EXP_AVG}, f"'{EXP_AVG}' is mis"),
    ],
)
def test_tensors_that_no_such_run_has_are_refused_and_the_file_stays(damage, message, path):
    train(MODEL, TopK(2), **SMALL, checkpoint=path)
    with safe_open(path, framework="np") as file:
        about = file.metadata()
    save_file(damage(load_file(path)), path, about)
    before = path.read_bytes()
    with pytest.raises(
        FeaturetopoError, match=f"cannot be read as a checkpoint .{re.escape(message)}.*delete"
    ):
        train(MODEL, TopK(2), **SMALL, checkpoint=path)
    assert path.read_bytes() == before


def test_a_batch_without_variance_among_others_can_be_resumed_after(path):
    x = MODEL.sample(64, rng=0).activations
    same_rows = np.repeat(x[:1], 64, axis=0)
    expected = train(Fixed(x, turn=5, then=same_rows), TopK(2), **SMALL)
    assert not np.isfinite(expected.history.fvu[5:]).any()  # FVU is told, and no number
    stopped(path, TopK(2), after=8, source=Fixed(x, turn=5, then=same_rows))
    resumed = train(Fixed(x, turn=1, then=same_rows), TopK(2), **SMALL, checkpoint=path)
    assert all(torch.equal(value, weights(expected)[k]) for k, value in weights(resumed).items())


@pytest.mark.parametrize("every", ["5", None, 2.5, True])
def test_steps_between_two_writings_are_a_whole_number(every, path):
    message = f"checkpoint_every={every!r} must be a whole number, at least 1; 1000 is usual"
    with pytest.raises(FeaturetopoError, match=re.escape(message)):
        train(MODEL, TopK(2), **SMALL, checkpoint=path, checkpoint_every=every)
