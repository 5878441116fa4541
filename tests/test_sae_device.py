"""Devices: everything that training makes lies where the activations do."""

import pytest
import torch
from training_cases import MODEL, SMALL, one_thread, weights  # noqa: F401

from featuretopo.errors import FeaturetopoError
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
from featuretopo.sae.device import device_of

AUXK = AuxK(k=4, patience=300)


class Elsewhere:
    """A source after whose first batch a tensor of no stated device is one without content."""

    def __init__(self):
        self.calls = 0

    def sample(self, n, *, rng=None):
        self.calls += 1
        if self.calls == 2:
            torch.set_default_device("meta")
        return MODEL.sample(n, rng=rng)


@pytest.fixture
def elsewhere():
    yield Elsewhere()
    torch.set_default_device(None)


@pytest.mark.parametrize(
    "architecture",
    [
        TopK(2, AUXK), BatchTopK(2, AUXK), Matryoshka(2, AUXK, shares=(0.5, 1)), ReLU(0.3),
        ReLU(0.3, tied=True), Gated(0.2), JumpReLU(0.1),
    ],
    ids=repr,
)  # fmt: skip
def test_a_step_makes_no_tensor_on_another_device(architecture, elsewhere):
    given = SMALL | {"device": "cpu", "clip_norm": 1.0}
    if not architecture.tied:
        given["resample"] = Resample(10, batches=2)
    expected = weights(train(MODEL, architecture, **given))
    found = weights(train(elsewhere, architecture, **given))
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_auto_is_the_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [device_of(name).type for name in ("auto", "cpu", "cuda")] == ["cuda", "cpu", "cuda"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [device_of(name).type for name in ("auto", "cpu")] == ["cpu", "cpu"]
    with pytest.raises(FeaturetopoError, match="torch sees no GPU; say 'auto' or 'cpu'"):
        device_of("cuda")
