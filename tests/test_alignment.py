"""Alignment: a permutation, a rotation or both; what was done to a dictionary is what is needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reference import gaussian, rotation
from scipy import sparse
from scipy.stats import binom

from featuretopo.compare.alignment import Alignment, align, held_out_cosines
from featuretopo.compare.partners import (
    pair_by_codes,
    pair_by_cosine,
    pair_by_encoders,
    pair_by_names,
)
from featuretopo.compare.redrawn import redrawn
from featuretopo.dictionary import Dictionary

N, D, DRAWS = 40, 8, 39
NAMES = [f"feature {i}" for i in range(N)]


def codes_of(n: int, seed: int) -> sparse.csr_array:
    rng = np.random.default_rng(seed)
    return sparse.csr_array(rng.random((300, n)) * (rng.random((300, n)) < 0.1))


def by_codes(x: np.ndarray, y: np.ndarray, codes: tuple, seed: int = 0) -> Alignment:
    a, b = Dictionary(x), Dictionary(y)
    partners = redrawn(pair_by_codes(a, b, codes), DRAWS, seed)
    return align(a, b, partners, seed=seed)


def by_names(x: np.ndarray, y: np.ndarray, order: np.ndarray, seed: int = 0) -> Alignment:
    a, b = Dictionary(x, names=NAMES), Dictionary(y, names=[NAMES[i] for i in order])
    pairing = pair_by_names(a, b)
    assert pairing is not None
    return align(a, b, redrawn(pairing, DRAWS, seed), seed=seed)


def by_cosine(x: np.ndarray, y: np.ndarray, seed: int = 0) -> Alignment:
    a, b = Dictionary(x), Dictionary(y)
    pairing = pair_by_cosine(a, b)
    assert pairing is not None
    return align(a, b, redrawn(pairing, DRAWS, seed), seed=seed)


@pytest.mark.parametrize("by", ["codes", "names"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_what_was_done_is_what_is_needed(by: str, turned: bool, shuffled: bool) -> None:
    x, codes = gaussian(N, D, 0), codes_of(N, 1)
    order = np.random.default_rng(2).permutation(N) if shuffled else np.arange(N)
    y = (x @ rotation(D, 3) if turned else x)[order] + gaussian(N, D, 4) * 0.1
    found = by_codes(x, y, (codes, codes[:, order])) if by == "codes" else by_names(x, y, order)
    parts = [words for words, done in (("a permutation", shuffled), ("a rotation", turned)) if done]
    assert found.needed == (" and ".join(parts) or "nothing")
    assert found.words.endswith(f"Needed to align them: {found.needed}.")
    as_they_stand, rotated = found.measures
    assert (as_they_stand.name, rotated.name) == ("as_they_stand", "rotated")
    assert rotated.low > 0.9
    assert (as_they_stand.low > 0.9) == (not turned)
    for measure in found.measures:
        assert len(measure.null) == DRAWS and measure.q_value is not None
        assert measure.interval is not None
        assert measure.interval[0] <= measure.low <= measure.interval[1]


def test_by_cosine_a_permutation_is_seen_and_a_rotation_is_not() -> None:
    x = gaussian(N, D, 0)
    order = np.random.default_rng(2).permutation(N)
    cases = ((x, "nothing"), (x[order], "a permutation"), (x[order] @ rotation(D, 3), ""))
    for y, needed in cases:
        found = by_cosine(x, y)
        assert found.needed == needed
    assert found.words.endswith("None of it is more than chance gives.")


def test_strangers_are_aligned_as_seldom_as_the_level_says() -> None:
    runs, p, needed = 40, dict[tuple[str, str], list[float]](), 0
    for seed in range(runs):
        x, y = gaussian(N, D, 2 * seed), gaussian(N, D, 2 * seed + 1)
        for found in (
            by_codes(x, y, (codes_of(N, 1000 + seed), codes_of(N, 2000 + seed)), seed),
            by_cosine(x, y, seed),
        ):
            for measure in found.measures:
                assert measure.p_value is not None
                p.setdefault((measure.null_name, measure.name), []).append(measure.p_value)
            needed += found.needed != ""
            if len(found.measures) == 2 and not found.needed:
                assert found.words.endswith("None of it is more than chance gives.")
    assert len(p) == 4
    assert needed <= binom.ppf(0.999, 2 * runs, 0.05)
    for name, of_all in p.items():
        for level in (0.05, 0.5):
            false = sum(value <= level for value in of_all)
            assert false <= binom.ppf(0.999, runs, level), name


def test_what_cannot_be_tried_is_left_out() -> None:
    codes = (codes_of(N, 0), codes_of(N, 0))
    wide = by_codes(gaussian(N, D, 0), gaussian(N, D + 2, 1), codes)
    assert [m.name for m in wide.measures] == ["rotated"]
    pairing = pair_by_names(*[Dictionary(gaussian(12, D, 0), names=NAMES[:12])] * 2)
    assert pairing is not None
    short = align(*[Dictionary(gaussian(12, D, 0))] * 2, redrawn(pairing, DRAWS, 0), seed=0)
    assert "a rotation was not tried: 12 pairs for 8 dimensions" in short.words
    few = codes_of(9, 0), codes_of(9, 0)
    none = by_codes(gaussian(9, D, 0), gaussian(9, D + 2, 1), few)
    assert none.words == "No alignment could be tried: too few partners for the dimension."
    assert (none.measures, none.needed) == ((), "")


def test_too_few_draws_that_could_be_scored_give_no_p_value() -> None:
    names = NAMES[: 2 * D]
    a = Dictionary(gaussian(2 * D, D, 0), names=names)
    pairing = pair_by_names(a, a)
    assert pairing is not None
    whole = redrawn(pairing, 30, 0)
    short = tuple(
        replace(each, pairs=each.pairs[: 2 * D - 1]) if i < 20 else each
        for i, each in enumerate(whole.null)
    )
    found = align(a, a, replace(whole, null=short), seed=0)
    by_name = {m.name: m for m in found.measures}
    assert by_name["as_they_stand"].p_value is not None
    assert len(by_name["rotated"].null) == 10 and by_name["rotated"].p_value is None


@pytest.mark.parametrize(("d_x", "d_y"), [(4, 4), (4, 6), (6, 4)])
def test_the_rotation_is_scored_on_pairs_that_did_not_fit_it(d_x: int, d_y: int) -> None:
    d = min(d_x, d_y)
    x = gaussian(30, d, 0)
    turn = rotation(max(d_x, d_y), 1)[:d]
    wide = x @ turn
    unit = [z / np.linalg.norm(z, axis=1, keepdims=True) for z in (x, wide)]
    one, other = (unit if d_x <= d_y else unit[::-1]) if d_x != d_y else (unit[0], unit[1])
    pairs = np.column_stack([np.arange(30)] * 2)
    found = held_out_cosines(one, other, pairs)
    assert found == pytest.approx(np.ones(30))
    assert held_out_cosines(one, other, pairs[: 2 * d - 1]) is None
    # pairs at random: a rotation fitted on them would score well above 0 on themselves
    rng = np.random.default_rng(0)
    chance = [
        held_out_cosines(one, other, np.column_stack([np.arange(30), rng.permutation(30)])).mean()
        for _ in range(40)
    ]
    assert abs(np.mean(chance)) < 4 * np.std(chance) / np.sqrt(40)


def test_encoder_rows_like_decoder_rows_do_not_bring_strangers_near() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, y = (Dictionary(rng.standard_normal((60, D))) for _ in range(2))
        partners = redrawn(pair_by_encoders(x, y, (x, y)), DRAWS, seed=seed)
        found = align(x, y, partners, seed=seed)
        assert found.needed == ""
        stands = next(m for m in found.measures if m.name == "as_they_stand")
        assert stands.p_value is None and stands.low > 0.5
