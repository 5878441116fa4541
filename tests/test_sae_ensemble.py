"""train_ensemble: each member is what train makes of the same batches."""

from types import SimpleNamespace

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


def test_progress_tells_the_steps_and_threads_are_as_before():
    told, before = [], torch.get_num_threads()
    train_ensemble(MODEL, grid([TopK(2)], [20]), **GIVEN, progress=told.append, rng=0)
    assert told == list(range(1, 13))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("members", "given", "message"),
    [
        ([], {}, "no members: name at least one"),
        (grid([TopK(2)], [20]), {"threads": 0}, "threads=0 must be at least 1"),
        (grid([TopK(2)], [20, 0]), {}, "n_latents=0 must be at least 1"),
        (grid([TopK(2)], [20]), {"steps": 0}, "steps=0 must be at least 1"),
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
