"""One refusal for each kind of bad input; NumPy's numbers are numbers."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from pixembed import checks

WHOLE = [3, np.int64(3), np.uint8(3), np.int16(3)]
NO_INTEGERS = [3.0, "3", None, True, np.True_, [3], np.array([3]), Decimal(3), 3j]


def refused(error, message, check, *arguments, **options):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        check(*arguments, **options)


@pytest.mark.parametrize("value", WHOLE, ids=repr)
@pytest.mark.parametrize("check", [checks.check_seed, checks.check_integer])
def test_an_integer_comes_back_as_pythons(check, value):
    found = check("n", value)
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", NO_INTEGERS, ids=repr)
def test_what_is_no_integer_is_refused(value):
    end = f"Received: {value!r}"
    refused(TypeError, f"seed must be an int. {end}", checks.check_seed, "seed", value)
    refused(
        TypeError,
        f"seeds must be an iterable of ints. {end}",
        *(checks.check_seed, "seeds", value, "an iterable of ints"),
    )
    refused(TypeError, f"n must be an integer. {end}", checks.check_integer, "n", value)


def test_a_seed_may_be_large_but_not_negative():
    assert checks.check_seed("seed", 0) == 0
    assert checks.check_seed("seed", 10**30) == 10**30
    message = "seed must not be negative. Received: "
    refused(ValueError, f"{message}-1", checks.check_seed, "seed", -1)
    refused(ValueError, f"{message}np.int8(-1)", checks.check_seed, "seed", np.int8(-1))


@pytest.mark.parametrize("check", [checks.check_integer, checks.check_number])
@pytest.mark.parametrize(
    ("value", "limits", "takes"),
    [
        (0, (1,), "be at least 1"),
        (5, (-math.inf, 4), "be at most 4"),
        (5, (1, 4), "lie in 1..4"),
        (10**400, (1, 4), "lie in 1..4"),
        (-(10**400), (1, 4), "lie in 1..4"),
        (np.int64(0), (1, 4), "lie in 1..4"),
    ],
)
def test_the_range_is_named(check, value, limits, takes):
    refused(
        ValueError, f"n must {takes}. Received: {value!r}", check, "n", value, *limits
    )
    assert check("n", 2, 2, 2) == 2


@pytest.mark.parametrize(
    "value", [0.5, np.float64(0.5), np.float32(0.5), np.float16(0.5), Fraction(1, 2)]
)
@pytest.mark.parametrize("check", [checks.check_number, checks.check_positive])
def test_a_number_comes_back_as_pythons(check, value):
    found = check("n", value)
    assert (found, type(found)) == (0.5, float)
    assert type(check("n", np.int32(7))) is float
    assert check("n", value, high=2**24) == 0.5


@pytest.mark.parametrize("check", [checks.check_number, checks.check_positive])
@pytest.mark.parametrize("value", ["1", None, True, np.True_, [1], 1j, Decimal(1)])
def test_what_is_no_number_is_refused(check, value):
    refused(TypeError, f"n must be a number. Received: {value!r}", check, "n", value)


@pytest.mark.parametrize("check", [checks.check_number, checks.check_positive])
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), 10**400, -(10**400)]
)
def test_what_is_not_finite_is_refused(check, value):
    with pytest.raises(ValueError, match="^n must .*Received: "):
        check("n", value)


def test_what_must_be_positive_is_more_than_nothing():
    assert checks.check_positive("n", 5e-324) > 0
    for value in (0, 0.0, -1):
        message = f"n must be greater than 0. Received: {value!r}"
        refused(ValueError, message, checks.check_positive, "n", value)
    refused(
        ValueError, "n must be at most 3. Received: 4", checks.check_positive, "n", 4, 3
    )


@pytest.mark.parametrize(
    ("value", "choices"),
    [
        ("a", ("a", "b")),
        ("a", iter("ab")),
        ("a", {"a": 1}),
        (np.str_("a"), ("a",)),
        (None, ("a", None)),
        (2, (1, 2)),
        (np.int64(2), (1, 2)),
        (True, (True, False)),
        (np.False_, (True, False)),
    ],
)
def test_a_choice_is_taken(value, choices):
    checks.check_choice("which", value, choices)


@pytest.mark.parametrize(
    ("value", "choices"),
    [
        ("A", ("a", "b")),
        ("", ("a", "b")),
        ("a", ()),
        (None, ("a", "b")),
        (["a"], ("a", "b")),
        (np.array(["a", "b"]), ("a", "b")),
        (np.array(["a"]), ("a", "b")),
        ({}, ("a", "b")),
        (1, (True, False)),
        (0, (True, False)),
        (True, (0, 1)),
        (np.True_, (0, 1)),
    ],
    ids=repr,
)
def test_what_cannot_be_chosen_is_refused(value, choices):
    message = f"which must be one of {[*choices]}. Received: {value!r}"
    refused(ValueError, message, checks.check_choice, "which", value, choices)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 4, 4, 3)])
def test_images_are_arrays_of_grey_levels(shape):
    checks.check_images(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("images", "received"),
    [
        ([[0]], "list"),
        (None, "NoneType"),
        (np.uint8(3), "uint8"),
        (np.zeros(3), "dtype: float64"),
        (np.zeros(3, np.int8), "dtype: int8"),
        (np.zeros(3, bool), "dtype: bool"),
        (np.zeros(3, object), "dtype: object"),
    ],
)
def test_what_holds_no_grey_levels_is_refused(images, received):
    with pytest.raises(TypeError, match=f"^images must .*Received:? ?{received}$"):
        checks.check_images(images)


def test_a_name_is_taken_once():
    checks.check_new("noise", "fog", ["none"])
    with pytest.raises(ValueError, match="^there is a noise of this name.*'none'$"):
        checks.check_new("noise", "none", ["none"])
