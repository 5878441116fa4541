"""Arguments of the wrong kind: one clear error each, never one of Python's own."""

import numpy as np
import pytest

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Bump,
    ByShape,
    Constant,
    Correlated,
    EachShape,
    ExactlyK,
    ExponentialDecay,
    Given,
    Hierarchical,
    Legacy,
    LogNormal,
    LowRank,
    Mixture,
    Nested,
    PerShape,
    RandomProjection,
    Rotation,
    SimulatedLLM,
    Together,
    UniformFrequency,
    UniformMagnitude,
    Zipf,
    family,
)
from featuretopo.truth import Circle, GroundTruth, diagnose

TRUTH = GroundTruth([Circle(5), Circle(6)], d=8, rng=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UniformFrequency(l0="5"), "l0='5' must be a number"),
        (lambda: Zipf("1"), "exponent='1' must be a number"),
        (lambda: ExponentialDecay(0.9, l0=None), "l0=None must be a number"),
        (lambda: PerShape(joint="a"), "joint='a' must be a number"),
        (lambda: PerShape(shapes={"circle": "a"}), r"shapes\['circle'\]='a' must be a number"),
        (lambda: PerShape(shapes=0.3), "shapes=0.3 must be a mapping of names to firings"),
        (lambda: Bump("a"), "width='a' must be a number"),
        (lambda: LowRank("a"), "rank must be a whole number, at least 1"),
        (lambda: LowRank(10**12), "rank must be at most 4,096; 4 to 32 is usual"),
        (lambda: LowRank(4, shared="a"), "shared='a' must be a number"),
        (lambda: Legacy(k=2.5), "k must be a whole number, at least 1"),
        (lambda: Legacy(decay="a"), "decay='a' must be a number"),
        (lambda: Constant("a"), "value='a' must be a number"),
        (lambda: Constant(True), "value=True must be a number"),
        (lambda: LogNormal(sigma="a"), "sigma='a' must be a number"),
        (lambda: UniformMagnitude("a", 1), "low='a' must be a number"),
        (lambda: Rotation("a"), "angle='a' must be a number"),
        (lambda: RandomProjection(2.5), "d_model must be a whole number, at least 2"),
        (lambda: EachShape("ExactlyK"), "rule='ExactlyK' must be a rule"),
        (lambda: Together(LowRank), "rule=LowRank is a class: call it"),
        (lambda: ByShape({"circle": 1}), r"rules\['circle'\]=1 must be a rule"),
        (lambda: ByShape(ExactlyK(1)), "must be a mapping of names to rules"),
        (lambda: ByShape({}, otherwise=None), "otherwise=None must be a rule"),
        (lambda: Nested(across=1, within=ExactlyK(1)), "across=1 must be a rule"),
        (lambda: Nested(across=ExactlyK(1), within="a"), "within='a' must be a rule"),
        (lambda: Mixture(ExactlyK(1)), "a Mixture needs a list of at least one rule"),
        (lambda: Mixture((ExactlyK(1), "a")), r"rules\[1\]='a' must be a rule.*, or a layout"),
        (lambda: Mixture((ExactlyK(1),), weights="a"), "weights must be numbers"),
        (lambda: Hierarchical(roots="a"), "roots='a' must be a rule"),
        (lambda: SimulatedLLM("x"), "truth='x' must be a GroundTruth"),
        (lambda: family("x"), "truth='x' must be a GroundTruth"),
        (lambda: family(TRUTH, 2.5), "n=2.5: a family has at least 2 models, a whole number"),
        (lambda: family(TRUTH, overlap="a"), "overlap='a' must be a number"),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frequency": 0.1}, "frequency=0.1 must be a law"),
        ({"frequency": Zipf}, "frequency=Zipf is a class: call it"),
        ({"frequency": Given(("a",) * 11)}, "frequencies must be numbers"),
        (
            {"frequency": Given(((0.1, 0.2), (0.1,)))},
            "frequencies must be numbers in rows of equal",
        ),
        ({"frequency": UniformFrequency(l0=1e-320)}, "too small for a float64; raise l0"),
        (
            {"frequency": Zipf(1000.0, l0=0.5)},
            "too small for a float64; raise l0 or make them more even",
        ),
        ({"cooccurrence": "ExactlyK"}, "cooccurrence='ExactlyK' must be a rule.*, or a layout"),
        ({"cooccurrence": ExactlyK}, "cooccurrence=ExactlyK is a class: call it"),
        ({"cooccurrence": Correlated("a")}, "target must be numbers"),
        (
            {"cooccurrence": Correlated([[1, 0.2], [0.2]])},
            "target must be numbers in rows of equal",
        ),
        ({"cooccurrence": Hierarchical(parents=("a",) * 5)}, "parents must be numbers"),
        ({"cooccurrence": Hierarchical(parents=(-1, 0.5, 0, 0, 0))}, "parents must be whole"),
        ({"cooccurrence": Hierarchical(parents=0)}, r"parents of shape \(\) for the 5 features"),
        ({"magnitude": 1.0}, "magnitude=1.0 must be a distribution"),
        ({"embedding": "x"}, "embedding='x' must be a map"),
        ({"noise": "a"}, "noise='a' must be a number"),
        ({"bias": "a"}, "bias must be numbers"),
        ({"bias": [[1.0], [1.0, 2.0]]}, "bias must be numbers in rows of equal length"),
        ({"name": 3}, "name=3 must be text"),
    ],
)
def test_a_model_of_parts_of_the_wrong_kind_is_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        SimulatedLLM(TRUTH, **given)


def test_a_batch_beyond_what_is_numbered_is_refused():
    model = SimulatedLLM(TRUTH, rng=0)
    with pytest.raises(FeaturetopoError, match="n=1000000000000: a batch holds 1 to 2,147,483,647"):
        model.sample(10**12)
    with pytest.raises(FeaturetopoError, match="batch_size='9': a batch holds 1 to"):
        model.stream("9")


def test_numbers_of_numpy_are_numbers():
    model = SimulatedLLM(
        TRUTH,
        cooccurrence=ExactlyK(np.int64(1)),
        frequency=PerShape(np.float32(0.5)),
        magnitude=Constant(np.float64(2)),
        noise=np.float32(0.1),
        rng=0,
    )
    assert model.sample(np.int64(4), rng=0).activations.shape == (4, 8)


def test_codes_of_the_wrong_kind_are_refused():
    with pytest.raises(FeaturetopoError, match="codes='a' must be Codes"):
        SimulatedLLM(TRUTH, rng=0).activations("a")


def test_only_a_dictionary_is_diagnosed():
    with pytest.raises(FeaturetopoError, match="dictionary=3 must be a Dictionary"):
        diagnose(3)
    with pytest.raises(FeaturetopoError, match="draws='a' must be a whole number"):
        diagnose(TRUTH.dictionary, draws="a")
