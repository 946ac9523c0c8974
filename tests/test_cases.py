"""Noise settings: how they are written, and that each has noise of its own."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pixembed import noise, paper

SALT = noise.Case("salt_and_pepper", (("amount", 0.3),))
CASES = [noise.CLEAN, noise.gaussian(25, 5), noise.impulse(0.5, 100), SALT]
GREY = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)

every_noise = pytest.mark.parametrize("case", CASES[1:], ids=lambda case: case.kind)

# How a case is written


@pytest.mark.parametrize("name", ["label", "key"])
def test_no_two_cases_are_written_alike(name):
    cases = [paper.CLEAN, paper.LOGGED_ONLY.case, *paper.NOISY_CASES]
    assert len({getattr(case, name) for case in cases}) == len(cases) == 23


@pytest.mark.parametrize(
    ("case", "label", "key"),
    [
        (noise.CLEAN, "no noise", "none"),
        (noise.gaussian(25, 5), "μ = 25, σ = 5", "gaussian mean=25 std=5"),
        (noise.gaussian(-1.5, 0), "μ = -1.5, σ = 0", "gaussian mean=-1.5 std=0"),
        (noise.impulse(0.1, 25), "p = 0.1, v = 25", "impulse probability=0.1 value=25"),
        (
            noise.Case("salt_and_pepper", (("amount", 0.2), ("salt_vs_pepper", 1))),
            "amount = 0.2, salt = 1",
            "salt_and_pepper amount=0.2 salt_vs_pepper=1",
        ),
    ],
)
def test_a_case_is_written_in_the_papers_way_and_in_plain_letters(case, label, key):
    assert (case.label, case.key) == (label, key)
    assert case.key.isascii()
    assert noise.from_key(key) == case


def test_equal_cases_are_written_alike():
    case, same = noise.gaussian(25, 5), noise.gaussian(25.0, np.float64(5))
    assert case == same
    assert hash(case) == hash(same)
    assert (case.label, case.key) == (same.label, same.key)


@pytest.mark.parametrize("case", paper.NOISY_CASES, ids=lambda case: case.key)
def test_a_case_holds_what_its_noise_function_takes(case):
    images = np.zeros((50, 50), np.uint8)
    function = noise.get(case.kind).function
    assert function(images, **case.parameters, overflow="clip", rng=0).any()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: noise.gaussian(1, -1),
            ValueError,
            "std must lie in 0..1000. Received: -1",
        ),
        (
            lambda: noise.gaussian(float("nan"), 1),
            ValueError,
            "mean must .* Received: nan",
        ),
        (
            lambda: noise.gaussian("1", 1),
            TypeError,
            "mean must be a number. Received: '1'",
        ),
        (
            lambda: noise.impulse(1.5, 1),
            ValueError,
            "probability must .* Received: 1.5",
        ),
        (
            lambda: noise.impulse(0.5, 2.5),
            TypeError,
            "value must be an integer. Received: 2.5",
        ),
    ],
)
def test_a_case_that_no_noise_function_takes_is_refused(make, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        make()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_every_terminal_can_print_a_case(encoding, case, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    print(case.label, case, case.key)


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "μ = 25, σ = 5"),
        ("iso8859-7", "μ = 25, σ = 5"),
        ("cp437", "mean = 25, std = 5"),
        ("ascii", "mean = 25, std = 5"),
        (None, "μ = 25, σ = 5"),
    ],
)
def test_greek_letters_are_for_terminals_that_have_them(encoding, label, monkeypatch):
    terminal = SimpleNamespace(encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert noise.gaussian(25, 5).label == label


# Its noise


@every_noise
@pytest.mark.parametrize("overflow", noise.OVERFLOWS)
def test_a_cases_noise_is_that_of_its_function(case, overflow):
    noisy = noise.add_noise(GREY, case, seed=0, overflow=overflow)
    assert (noisy.dtype, noisy.shape) == (np.uint8, GREY.shape)
    changed = (noisy != GREY).mean()
    share = {"gaussian": 1, "impulse": 0.5, "salt_and_pepper": 0.3}[case.kind]
    assert changed == pytest.approx(share, abs=0.02)


def test_without_noise_the_images_stay():
    np.testing.assert_array_equal(
        noise.add_noise(GREY, noise.CLEAN, seed=0, overflow="clip"), GREY
    )


@every_noise
def test_noise_depends_on_seed_and_case_alone(case):
    noisy = noise.add_noise(GREY, case, seed=3, overflow="wrap")
    for other in CASES:
        np.random.default_rng(3).random(7)
        noise.add_noise(GREY, other, seed=3, overflow="clip")
    np.testing.assert_array_equal(
        noise.add_noise(GREY, case, seed=3, overflow="wrap"), noisy
    )
    assert (noise.add_noise(GREY, case, seed=4, overflow="wrap") != noisy).any()


@every_noise
def test_input_is_left_alone(case):
    before = GREY.copy()
    noise.add_noise(GREY, case, seed=0, overflow="wrap")
    np.testing.assert_array_equal(GREY, before)


@pytest.mark.parametrize(
    ("case", "other"),
    [
        (noise.gaussian(0, 20), noise.gaussian(0, 20.5)),
        (noise.impulse(0.5, 20), noise.impulse(0.5, 21)),
    ],
)
def test_similar_cases_have_noise_of_their_own(case, other):
    images = np.full((100, 28, 28), 128, np.uint8)
    drawn = [
        noise.add_noise(images, each, seed=0, overflow="clip").astype(float).ravel()
        for each in (case, other)
    ]
    assert abs(np.corrcoef(*drawn)[0, 1]) < 0.02


def test_equal_cases_have_equal_noise():
    np.testing.assert_array_equal(
        noise.add_noise(GREY, noise.gaussian(25, 5), seed=0, overflow="wrap"),
        noise.add_noise(GREY, noise.gaussian(25.0, 5.0), seed=0, overflow="wrap"),
    )


@pytest.mark.parametrize("case", paper.NOISY_CASES, ids=lambda case: case.key)
def test_clip_and_wrap_draw_the_same(case):
    # From level 30 the noise of every case stays within 0..255.
    images = np.full((20, 28, 28), 30, np.uint8)
    wrapped, clipped = (
        noise.add_noise(images, case, seed=0, overflow=overflow)
        for overflow in ("wrap", "clip")
    )
    np.testing.assert_array_equal(wrapped, clipped)


# Bad input


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
@pytest.mark.parametrize(
    ("images", "overflow", "error", "message"),
    [
        (GREY, "typo", ValueError, "^overflow must .* Received: 'typo'$"),
        (GREY.tolist(), "clip", TypeError, "^images must .* Received: list$"),
        (GREY / 255, "clip", TypeError, "^images must .* Received dtype: float64$"),
    ],
)
def test_every_case_checks_its_arguments(images, overflow, error, message, case):
    with pytest.raises(error, match=message):
        noise.add_noise(images, case, seed=0, overflow=overflow)


@pytest.mark.parametrize("kind", ["snow", "", None, "Gaussian"])
def test_an_unknown_noise_is_refused(kind):
    message = f"^kind must be one of .*Received: {kind!r}$"
    with pytest.raises(ValueError, match=message):
        noise.Case(kind)


def test_settings_that_the_noise_does_not_have_are_refused():
    with pytest.raises(ValueError, match="^a parameter of impulse must .*'sigma'$"):
        noise.Case("impulse", (("probability", 0.5), ("value", 1), ("sigma", 1)))
    with pytest.raises(TypeError, match="^gaussian needs std. Received: {'mean': 1}$"):
        noise.Case("gaussian", (("mean", 1),))
    with pytest.raises(ValueError, match="^no noise has no settings. Received: "):
        noise.Case("none", (("mean", 1),))


# One of several noises for each image


def test_each_image_is_given_one_of_the_cases():
    images = np.full((300, 8, 8), 100, np.uint8)
    cases = [noise.CLEAN, noise.impulse(1, 1), noise.impulse(1, 2)]
    noisy = noise.add_one_of(images, cases, seed=0, overflow="clip")
    assert (noisy == noisy[:, :1, :1]).all()
    counts = np.bincount(noisy[:, 0, 0], minlength=103)[100:]
    assert counts.sum() == 300 and counts.min() > 70
    assert (images == 100).all()


def test_the_seed_decides_which_noise_an_image_is_given():
    options = {"cases": CASES, "overflow": "wrap"}
    once = noise.add_one_of(GREY, **options, seed=[3, 0])
    np.testing.assert_array_equal(noise.add_one_of(GREY, **options, seed=[3, 0]), once)
    for other in ([3, 1], [4, 0], 4):
        assert (noise.add_one_of(GREY, **options, seed=other) != once).any()


def test_two_images_under_one_noise_have_draws_of_their_own():
    images = np.full((2, 28, 28), 100, np.uint8)
    case = noise.gaussian(0, 20)
    first, second = noise.add_one_of(images, [case], seed=0, overflow="clip")
    assert (first != second).mean() > 0.9
