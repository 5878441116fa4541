"""What bad input gets: one error, and a hint at what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError, did_you_mean


def test_bad_input_is_a_value_error():
    with pytest.raises(ValueError, match="why"):
        raise FeaturetopoError("why")


@pytest.mark.parametrize(
    ("wrong", "choices", "hint"),
    [
        ("eccentricty", ["density", "eccentricity"], "; did you mean 'eccentricity'?"),
        ("zebra", ["density", "eccentricity"], "; choose from density, eccentricity"),
        ("zebra", [], "; choose from nothing: there is none"),
    ],
)
def test_the_nearest_choice_is_named_or_all_of_them(wrong, choices, hint):
    assert did_you_mean(wrong, choices) == hint
    assert did_you_mean(wrong, iter(choices)) == hint


@given(st.text("abcdefgh", min_size=4), st.sets(st.text("uvwxyz", min_size=1, max_size=12)))
def test_one_slip_is_always_found_among_words_that_share_no_letter(word, others):
    assert did_you_mean(word + "z", [*others, word]) == f"; did you mean {word!r}?"
