"""train_ensemble: each member is what train makes of the same batches."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from training_cases import MODEL, weights

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK, SimulatedLLM
from featuretopo.random import child_seed
from featuretopo.sae import (
    AuxK,
    BatchTopK,
    Gated,
    JumpReLU,
    Matryoshka,
    Member,
    ReLU,
    Resample,
    TopK,
    grid,
    train,
    train_ensemble,
)

GIVEN = {"steps": 12, "batch_size": 64, "learning_rate": 1e-2}
KINDS = [
    TopK(2, AuxK(patience=100)), BatchTopK(2), ReLU(0.1), JumpReLU(0.1), Gated(0.1),
    Matryoshka(2, shares=(0.5, 1)),
]  # fmt: skip


class Replayed:
    """A source that gives the batches of an ensemble's seed, whatever the seed that it is asked."""

    def __init__(self, model, seed):
        self._model, self._seed, self._names = model, seed, iter(["first", *range(GIVEN["steps"])])

    def sample(self, n, *, rng=None):
        name = next(self._names)
        names = [name] if name == "first" else ["batch", name]
        return self._model.sample(n, rng=child_seed(self._seed, *names))


class Stopped(Exception):
    """The plug was pulled."""


class Breaking:
    """A source that gives so many samples of batches and then stops the run."""

    def __init__(self, good):
        self._good = good

    def sample(self, n, *, rng=None):
        if self._good == 0:
            raise Stopped
        self._good -= 1
        return MODEL.sample(n, rng=rng)


def same(a, b):
    assert all(torch.equal(value, weights(b)[name]) for name, value in weights(a).items())
    assert a.history == b.history


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2])
def test_each_member_has_the_bits_of_a_run_of_its_own(threads):
    members = grid(KINDS, [20, 26], seeds=[0, 5])
    saes = train_ensemble(MODEL, members, **GIVEN, threads=threads, rng=3)
    assert len(saes) == len(members) == 24
    for member, sae in zip(members, saes, strict=True):
        alone = train(
            Replayed(MODEL, 3), member.architecture, n_latents=member.n_latents, **GIVEN,
            device="cpu", rng=member.seed,
        )  # fmt: skip
        assert all(torch.equal(value, weights(alone)[name]) for name, value in weights(sae).items())
        assert sae.history == alone.history


def test_a_member_of_the_ensemble_s_seed_is_what_train_gives():
    (sae,) = train_ensemble(MODEL, [Member(TopK(2), 20, seed=7)], **GIVEN, rng=7)
    alone = train(MODEL, TopK(2), n_latents=20, **GIVEN, device="cpu", rng=7)
    assert all(torch.equal(value, weights(alone)[name]) for name, value in weights(sae).items())


def test_each_source_is_asked_once_a_step_and_taught_to_its_own():
    other = SimulatedLLM(
        ft.GroundTruth([ft.truth.Circle(9)], 16, rng=1), cooccurrence=ExactlyK(1), rng=1
    )
    asked = []

    def watched(model, name):
        def sample(n, *, rng=None):
            asked.append(name)
            return model.sample(n, rng=rng)

        return SimpleNamespace(sample=sample)

    members = grid([TopK(2)], [20], seeds=[0, 1], n_sources=2)
    saes = train_ensemble([watched(MODEL, "a"), watched(other, "b")], members, **GIVEN, rng=0)
    assert asked == ["a", "b"] * 13
    for member, sae in zip(members, saes, strict=True):
        alone = train(
            Replayed([MODEL, other][member.source], 0), TopK(2), n_latents=20, **GIVEN,
            device="cpu", rng=member.seed,
        )  # fmt: skip
        assert torch.equal(sae.W_dec, alone.W_dec)


ALL_ASKED = {
    "encoder": "random", "clip_norm": 0.1, "resample": Resample(4, times=2, batches=2),
}  # fmt: skip


@pytest.mark.parametrize("asked", [*ALL_ASKED, "all"])
def test_what_train_can_be_asked_an_ensemble_can(asked):
    given = GIVEN | (ALL_ASKED if asked == "all" else {asked: ALL_ASKED[asked]})
    # 60 latents, 2 of them active: some are dead when it comes to resampling
    saes = train_ensemble(MODEL, grid([TopK(2), BatchTopK(2)], [60], seeds=[7]), **given, rng=7)
    for sae in saes:
        same(sae, train(MODEL, sae.architecture, n_latents=60, **given, device="cpu", rng=7))
        plain = train(MODEL, sae.architecture, n_latents=60, **GIVEN, device="cpu", rng=7)
        assert not torch.equal(sae.W_dec, plain.W_dec)


MEMBERS = grid([TopK(2), BatchTopK(2), ReLU(0.1)], [20, 60], seeds=[0, 5])


@pytest.mark.parametrize("threads", [1, 2])
def test_an_ensemble_that_was_stopped_ends_in_the_same_bits(threads, tmp_path):
    given = GIVEN | {"resample": Resample(4, times=2, batches=2)}
    expected = train_ensemble(MODEL, MEMBERS, **given, rng=3)
    kept = {"checkpoint": tmp_path / "run", "checkpoint_every": 3, "threads": threads}
    for good in (6, 9, 3):  # after some steps, and among the batches that are resampled from
        with pytest.raises(Stopped):
            train_ensemble(Breaking(good), MEMBERS, **given, **kept, rng=3)
    told = []
    for again in (3, None):  # without a seed it goes on with the files'
        saes = train_ensemble(MODEL, MEMBERS, **given, **kept, progress=told.append, rng=again)
        for a, b in zip(saes, expected, strict=True):
            same(a, b)
    assert told[-1] == 12 and told[0] > 1
    assert sorted(each.stem for each in kept["checkpoint"].iterdir()) == sorted(
        str(i) for i in range(len(MEMBERS))
    )
    assert ft.load(kept["checkpoint"] / "11.safetensors").vectors.shape == (60, 16)


def test_members_that_were_written_before_others_wait_for_them(tmp_path):
    expected = train_ensemble(MODEL, MEMBERS, **GIVEN, rng=3)
    with pytest.raises(Stopped):
        train_ensemble(
            Breaking(8), MEMBERS, **GIVEN, checkpoint=tmp_path, checkpoint_every=3, rng=3
        )
    (tmp_path / "4.safetensors").unlink()
    (tmp_path / "0.safetensors").unlink()
    saes = train_ensemble(MODEL, MEMBERS, **GIVEN, checkpoint=tmp_path, rng=3)
    for a, b in zip(saes, expected, strict=True):
        same(a, b)


@pytest.mark.parametrize(
    ("members", "given", "message"),
    [
        (MEMBERS, {"rng": 4}, "the seed of the batches is 3 in it and 4 here"),
        (MEMBERS[::-1], {}, "is .* in it and .* here; give the same again"),
        (MEMBERS, {"clip_norm": 1}, "clip_norm is null in it and 1.0 here"),
        (MEMBERS, {"checkpoint_every": 0}, "checkpoint_every=0 must be a whole number, at least 1"),
    ],
)
def test_checkpoints_of_another_ensemble_are_refused(members, given, message, tmp_path):
    asked = GIVEN | {"checkpoint": tmp_path, "rng": 3}
    train_ensemble(MODEL, MEMBERS, **asked)
    with pytest.raises(FeaturetopoError, match=message):
        train_ensemble(MODEL, members, **asked | given)


def test_members_at_the_end_may_be_added_and_left_off(tmp_path):
    expected = train_ensemble(MODEL, MEMBERS, **GIVEN, rng=3)
    for n in (4, 6, 2):
        saes = train_ensemble(MODEL, MEMBERS[:n], **GIVEN, checkpoint=tmp_path, rng=3)
        assert len(saes) == n
        for a, b in zip(saes, expected, strict=False):
            same(a, b)
    assert len(list(tmp_path.iterdir())) == 6


def test_one_of_train_is_no_member_s_checkpoint(tmp_path):
    train(MODEL, TopK(2), n_latents=20, **GIVEN, checkpoint=tmp_path / "0.safetensors", rng=0)
    with pytest.raises(FeaturetopoError, match="the seed of the batches is null in it"):
        train_ensemble(MODEL, grid([TopK(2)], [20]), **GIVEN, checkpoint=tmp_path, rng=0)


def test_a_member_that_fails_leaves_the_last_good_checkpoints(tmp_path):
    members = [Member(TopK(2), 20), Member(ReLU(1e38), 20)]
    with pytest.raises(FeaturetopoError, match="is no number at step"):
        train_ensemble(
            MODEL, members, **GIVEN | {"learning_rate": 1e3}, checkpoint=tmp_path,
            checkpoint_every=50, rng=0,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_the_steps_and_threads_are_as_before():
    told, before = [], torch.get_num_threads()
    train_ensemble(MODEL, grid([TopK(2)], [20]), **GIVEN, progress=told.append, rng=0)
    assert told == list(range(1, 13))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("members", "given", "message"),
    [
        ([], {}, "no members: name at least one"),
        (grid([TopK(2)], [20]), {"threads": 0}, "threads=0 must be a whole number, at least 1"),
        (grid([TopK(2)], [20]), {"device": "tpu"}, "device='tpu' must be 'auto', 'cpu' or 'cuda'"),
        (grid([TopK(2)], [20, 0]), {}, "n_latents=0 must be a whole number, at least 1"),
        (
            grid([ReLU(0.1, tied=True)], [20]),
            {"encoder": "random"},
            "'random' where it is not tied",
        ),
        (grid([TopK(2)], [20]), {"clip_norm": 0}, "clip_norm=0 must be positive"),
        (grid([TopK(2)], [20]), {"resample": Resample(99)}, "no latent would ever be resampled"),
        (grid([TopK(2)], [20]), {"steps": 0}, "steps=0 must be a whole number, at least 1"),
        (grid([TopK(2)], [20], n_sources=2), {}, r"source=1\) learns from source 1 of 1: count fr"),
        (
            grid([TopK(2)], [20]),
            {"learning_rate": 1e30},
            r"(the loss|a weight) is no number at step",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(members, given, message):
    with pytest.raises(FeaturetopoError, match=message):
        train_ensemble(MODEL, members, **GIVEN | given, rng=0)


def test_sources_that_give_no_batches_are_refused():
    with pytest.raises(FeaturetopoError, match=r"sources='x' must be a SimulatedLLM"):
        train_ensemble(["x"], grid([TopK(2)], [20]), **GIVEN, rng=0)


@pytest.mark.parametrize("given", [([], [20]), ([TopK(2)], [])])
def test_a_grid_of_nothing_is_refused(given):
    with pytest.raises(FeaturetopoError, match="no members: give at least one each of arch"):
        grid(*given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Member(TopK(2), 8, seed=-1), "seed=-1 must be a whole number, at least 0"),
        (lambda: Member(TopK(2), 8, seed="x"), "seed='x' must be a whole number, at least 0"),
        (lambda: Member(TopK(2), 8, source=0.5), "source=0.5 must be a whole number, at least 0"),
        (lambda: grid(TopK(1), [3]), "architectures=TopK.* must be a list, e.g. .TopK"),
        (lambda: grid([TopK(1)], 8), "n_latents=8 must be a list, e.g. .256, 512"),
        (lambda: grid([TopK(1)], [8], seeds=3), "seeds=3 must be a list, e.g. .0, 1"),
        (lambda: grid([TopK(1)], [8], n_sources=0), "n_sources=0 must be a whole number, at leas"),
        (lambda: grid([TopK(1)], [8], n_sources="2"), "n_sources='2' must be a whole number, at l"),
    ],
)
def test_members_of_the_wrong_kind_are_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([TopK(1)], r"members\[0\]=TopK.* must be a Member, e.g. Member\(TopK\(8\), 512\)"),
        ([Member(TopK(1), 8), 3], r"members\[1\]=3 must be a Member"),
        (Member(TopK(1), 8), r"members=Member.* must be a list of Member, as grid\("),
        (None, r"members=None must be a list of Member"),
    ],
)
def test_what_is_no_list_of_members_is_refused(members, message):
    with pytest.raises(FeaturetopoError, match=message):
        train_ensemble(MODEL, members, **GIVEN, rng=0)


def test_seeds_of_numpy_are_written_to_checkpoints(tmp_path):
    given = GIVEN | {"steps": 2, "rng": 0}
    (expected,) = train_ensemble(MODEL, [Member(TopK(2), 20, seed=1)], **given)
    members = grid([TopK(2)], [20], seeds=np.arange(1, 2))
    for _ in range(2):  # trained, and read again
        same(train_ensemble(MODEL, members, **given, checkpoint=tmp_path)[0], expected)
