import math
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from pixembed import noise
from pixembed.noise import chunks
from tests.test_corruptions import WAYS as CORRUPTIONS

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
IMAGES = hnp.arrays(np.uint8, SHAPES)
SEEDS = st.integers(0, 2**63)

MEANS = st.floats(-1000, 1000)
STDS = st.floats(0, 1000)
SHARES = st.floats(0, 1)
STEPS = st.integers(-1000, 1000)

#: A setting of every noise: name, how to draw, how to apply, all at once.
WAYS = {
    "gaussian": (
        noise.draw_gaussian,
        noise.apply_additive,
        noise.additive_gaussian,
        {"mean": 3, "std": 40},
        {"overflow": "wrap"},
    ),
    "impulse": (
        noise.draw_impulse,
        noise.apply_additive,
        noise.additive_impulse,
        {"probability": 0.5, "value": -90},
        {"overflow": "clip"},
    ),
    "salt_and_pepper": (
        noise.draw_salt_and_pepper,
        noise.apply_salt_and_pepper,
        noise.salt_and_pepper,
        {"amount": 0.5, "salt_vs_pepper": 0.3},
        {},
    ),
}
every_way = pytest.mark.parametrize("way", WAYS)
every_overflow = pytest.mark.parametrize("overflow", noise.OVERFLOWS)


def all_at_once(way, images, rng):
    _, _, function, drawing, applying = WAYS[way]
    return function(images, **drawing, **applying, rng=rng)


def grey(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def added_in_python(images, offsets, overflow):
    """The definition, one Python integer at a time."""

    def one(pixel, offset):
        total = int(pixel) + int(offset)
        return total % 256 if overflow == "wrap" else min(max(total, 0), 255)

    pairs = zip(images.ravel().tolist(), offsets.ravel().tolist(), strict=True)
    return np.array([one(*pair) for pair in pairs], int).reshape(images.shape)


# By hand, on a 3×3 image


HAND = np.array([[0, 10, 250], [255, 128, 3], [100, 200, 50]], np.uint8)


@pytest.mark.parametrize(
    ("overflow", "expected"),
    [
        ("clip", [[0, 15, 255], [255, 0, 0], [255, 0, 50]]),
        ("wrap", [[255, 15, 4], [0, 0, 255], [144, 156, 50]]),
    ],
)
def test_offsets_are_added_to_a_small_image(overflow, expected):
    offsets = np.array([[-1, 5, 10], [1, -128, -4], [300, -300, 0]])
    np.testing.assert_array_equal(
        noise.apply_additive(HAND, offsets, overflow=overflow), expected
    )


def test_salt_and_pepper_replaces_in_a_small_image():
    replaced = np.array([[1, 0, -1], [0, -1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(
        noise.apply_salt_and_pepper(HAND, replaced),
        [[255, 10, 0], [255, 0, 255], [100, 200, 50]],
    )


# What holds for every noise and every image


@every_way
@given(images=IMAGES, seed=SEEDS)
def test_grey_levels_come_out_in_the_shape_they_went_in(way, images, seed):
    before = images.copy()
    noisy = all_at_once(way, images, seed)
    assert isinstance(noisy, np.ndarray)
    assert (noisy.dtype, noisy.shape) == (np.uint8, images.shape)
    np.testing.assert_array_equal(images, before)
    assert not np.shares_memory(noisy, images)


@every_way
@given(images=IMAGES, seed=SEEDS)
def test_drawing_then_applying_is_the_same_as_all_at_once(way, images, seed):
    draw, apply, _, drawing, applying = WAYS[way]
    drawn = draw(images.shape, **drawing, rng=seed)
    assert drawn.shape == images.shape
    np.testing.assert_array_equal(
        apply(images, drawn, **applying), all_at_once(way, images, seed)
    )


@every_way
@given(images=IMAGES, seed=SEEDS)
def test_a_seed_is_the_generator_of_that_seed(way, images, seed):
    once = all_at_once(way, images, seed)
    np.testing.assert_array_equal(all_at_once(way, images, seed), once)
    generator = np.random.default_rng(seed)
    np.testing.assert_array_equal(all_at_once(way, images, generator), once)


@every_way
def test_a_generator_goes_on_where_it_stopped_and_seeds_differ(way):
    images = grey(40, 40)
    generator = np.random.default_rng(0)
    first = all_at_once(way, images, generator)
    assert (all_at_once(way, images, generator) != first).any()
    assert (all_at_once(way, images, 1) != first).any()


@every_way
def test_numpys_global_random_state_is_neither_used_nor_changed(way):
    before = np.random.get_state()
    all_at_once(way, grey(9, 9), 0)
    after = np.random.get_state()
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


@every_way
@pytest.mark.parametrize("chunk", [1, 7, 1000, 1 << 20])
def test_the_size_of_a_chunk_does_not_matter(way, chunk, monkeypatch):
    images = grey(13, 11, 10)
    expected = all_at_once(way, images, 0)
    monkeypatch.setattr(chunks, "CHUNK_PIXELS", chunk)
    np.testing.assert_array_equal(all_at_once(way, images, 0), expected)


@every_way
@pytest.mark.parametrize(
    "view",
    [
        lambda images: images[:, ::2, ::-1],
        lambda images: images.T,
        lambda images: np.asfortranarray(images),
        lambda images: np.broadcast_to(images[0], images.shape),
    ],
    ids=["strided", "transposed", "fortran", "broadcast"],
)
def test_the_layout_in_memory_does_not_matter(way, view):
    images = view(grey(6, 8, 10))
    images.flags.writeable = False
    np.testing.assert_array_equal(
        all_at_once(way, images, 0), all_at_once(way, images.copy(order="C"), 0)
    )


@every_way
def test_memory_is_bounded_by_a_chunk(way):
    images = np.zeros((20, 1000, 1000), np.uint8)
    all_at_once(way, images[:1], 0)
    tracemalloc.start()
    try:
        noisy = all_at_once(way, images, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - noisy.nbytes < 8e6


# Adding


@every_overflow
@given(data=st.data())
def test_adding_is_integer_arithmetic(overflow, data):
    images = data.draw(IMAGES)
    dtype = data.draw(hnp.integer_dtypes(endianness="?"))
    offsets = data.draw(hnp.arrays(dtype, images.shape))
    np.testing.assert_array_equal(
        noise.apply_additive(images, offsets, overflow=overflow),
        added_in_python(images, offsets, overflow),
    )


@every_overflow
@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize(
    "dtype",
    ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", ">i2"],
)
def test_the_largest_offset_of_each_integer_type_is_added(dtype, end, overflow):
    images = np.array([0, 1, 127, 128, 254, 255], np.uint8)
    offsets = np.full(6, getattr(np.iinfo(dtype), end), dtype)
    np.testing.assert_array_equal(
        noise.apply_additive(images, offsets, overflow=overflow),
        added_in_python(images, offsets, overflow),
    )


@given(images=IMAGES, mean=MEANS, std=STDS, seed=SEEDS)
def test_gaussian_noise_stays_within_reach(images, mean, std, seed):
    drawn = noise.draw_gaussian(images.shape, mean, std, rng=seed)
    assert drawn.dtype == np.int16
    reach = np.abs(drawn - mean)
    assert (reach <= 7 * std + 2).all()


@given(images=IMAGES, probability=SHARES, value=STEPS, seed=SEEDS)
def test_an_impulse_is_its_value_or_nothing(images, probability, value, seed):
    drawn = noise.draw_impulse(images.shape, probability, value, rng=seed)
    assert drawn.dtype == np.int16
    assert set(drawn.ravel().tolist()) <= {0, value}


@given(images=IMAGES, amount=SHARES, salt=SHARES, seed=SEEDS)
def test_salt_and_pepper_makes_white_or_black_or_nothing(images, amount, salt, seed):
    noisy = noise.salt_and_pepper(images, amount, salt_vs_pepper=salt, rng=seed)
    assert ((noisy == 0) | (noisy == 255) | (noisy == images)).all()


# No noise, and all of it


@given(images=IMAGES, seed=SEEDS, overflow=st.sampled_from(noise.OVERFLOWS))
def test_noise_of_strength_nought_changes_nothing(images, seed, overflow):
    options = {"overflow": overflow, "rng": seed}
    for unchanged in (
        noise.additive_gaussian(images, 0, 0, **options),
        noise.additive_impulse(images, 0, 1000, **options),
        noise.additive_impulse(images, 1, 0, **options),
        noise.salt_and_pepper(images, 0, rng=seed),
    ):
        np.testing.assert_array_equal(unchanged, images)


class Ends(np.random.Generator):
    """Draws nothing but the smallest and the largest number of 0 <= u < 1."""

    def random(self, size, dtype):
        return np.resize(dtype([0, 1 - np.finfo(dtype).epsneg]), size)


def test_the_ends_of_the_uniform_numbers_hit_never_at_0_and_always_at_1():
    ends = Ends(np.random.PCG64(0))
    for share in (0, 1):
        drawn = noise.draw_impulse((2,), share, 9, rng=ends)
        assert drawn.tolist() == [9 * share] * 2
        for salt in (0, 1):
            drawn = noise.draw_salt_and_pepper(
                (2,), share, salt_vs_pepper=salt, rng=ends
            )
            assert drawn.tolist() == [share * (2 * salt - 1)] * 2


@every_overflow
def test_probability_one_reaches_every_pixel(overflow):
    images = grey(100, 100)
    np.testing.assert_array_equal(
        noise.additive_impulse(images, 1, 77, overflow=overflow, rng=0),
        added_in_python(images, np.full(images.shape, 77), overflow),
    )


@pytest.mark.parametrize(("salt", "level"), [(1, 255), (0, 0)])
def test_amount_one_leaves_salt_or_pepper_alone(salt, level):
    noisy = noise.salt_and_pepper(grey(99, 99), 1, salt_vs_pepper=salt, rng=0)
    assert (noisy == level).all()


@pytest.mark.parametrize(
    ("mean", "offset"),
    [(-1.5, -1), (1.5, 1), (-0.99, 0), (0.99, 0), (1, 1), (-1, -1), (-1000, -1000)],
)
def test_without_deviation_every_offset_is_the_truncated_mean(mean, offset):
    assert set(noise.draw_gaussian((1000,), mean, 0, rng=0).tolist()) == {offset}


@pytest.mark.parametrize("std", [0.1, 1e-3, 1e-310, 5e-324])
def test_a_deviation_far_below_one_grey_level_is_always_truncated_away(std):
    assert not noise.draw_gaussian((100_000,), 0, std, rng=0).any()


# How often


def truncated_probabilities(mean, std, integers):
    """The chance that a normal number, truncated towards zero, is each integer."""
    low = np.where(integers <= 0, integers - 1, integers)
    high = np.where(integers >= 0, integers + 1, integers)
    below = stats.norm.cdf(high, mean, std) - stats.norm.cdf(low, mean, std)
    above = stats.norm.sf(low, mean, std) - stats.norm.sf(high, mean, std)
    return np.where(low > mean, above, below)


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (0, 0.3),
        (0, 1),
        (1, 1),
        (-1.5, 0.7),
        (25, 5),
        (-3.3, 12),
        (150, 10),
        (0, 100),
        (1000, 1000),
    ],
)
def test_gaussian_offsets_are_normal_numbers_truncated_towards_zero(mean, std):
    draws = 400_000
    drawn = noise.draw_gaussian((draws,), mean, std, rng=12)
    integers = np.arange(math.floor(mean - 8 * std) - 1, math.ceil(mean + 8 * std) + 2)
    chance = truncated_probabilities(mean, std, integers)
    assert chance.sum() == pytest.approx(1)
    counts = np.bincount(drawn - integers[0], minlength=len(integers))
    # Integers that are too rare for the test are counted together.
    common = draws * chance >= 10
    observed = [*counts[common], counts[~common].sum()]
    expected = [*(draws * chance[common]), draws * chance[~common].sum()]
    if expected[-1] < 10:
        observed[-2:] = [sum(observed[-2:])]
        expected[-2:] = [sum(expected[-2:])]
    assert len(observed) >= 3
    assert stats.chisquare(observed, expected, sum_check=False).pvalue > 1e-3


def assert_share(hits, share):
    """The share of hits is within five deviations of what it should be."""
    deviation = math.sqrt(share * (1 - share) / hits.size)
    assert abs(hits.mean() - share) <= 5 * deviation


@pytest.mark.parametrize("probability", [1e-3, 0.1, 0.5, 0.9])
def test_impulses_hit_their_share_of_pixels(probability):
    noisy = noise.additive_impulse(
        np.zeros((700, 700), np.uint8), probability, 50, overflow="clip", rng=3
    )
    assert_share(noisy == 50, probability)


@pytest.mark.parametrize("amount", [0.01, 0.3, 0.8])
@pytest.mark.parametrize("salt", [0.1, 0.5, 1])
def test_salt_and_pepper_hit_their_share_of_pixels(amount, salt):
    images = np.full((700, 700), 128, np.uint8)
    noisy = noise.salt_and_pepper(images, amount, salt_vs_pepper=salt, rng=4)
    assert_share(noisy == 255, amount * salt)
    assert_share(noisy == 0, amount * (1 - salt))


@every_way
def test_neighbouring_pixels_are_drawn_apart_from_each_other(way):
    noisy = all_at_once(way, np.full((500, 500), 128, np.uint8), 5).astype(float)
    for shift in ((0, 1), (1, 0)):
        moved = np.roll(noisy, shift, axis=(0, 1))
        correlation = np.corrcoef(noisy.ravel(), moved.ravel())[0, 1]
        assert abs(correlation) < 5 / 500


# The register


def test_every_noise_is_found_by_name():
    assert sorted(WAYS) == sorted({*noise.NOISES} - {*CORRUPTIONS})
    for name, (_, _, function, _, _) in WAYS.items():
        assert noise.get(name).function is function


@pytest.mark.parametrize("name", ["Gaussian", "", None])
def test_an_unknown_noise_is_refused(name):
    with pytest.raises(ValueError, match=f"^name must be .*Received: {name!r}$"):
        noise.get(name)


# Bad input

GOOD = {
    noise.additive_gaussian: {
        "images": HAND,
        "mean": 1,
        "std": 1,
        "overflow": "clip",
        "rng": 0,
    },
    noise.additive_impulse: {
        "images": HAND,
        "probability": 0.5,
        "value": 1,
        "overflow": "clip",
        "rng": 0,
    },
    noise.salt_and_pepper: {
        "images": HAND,
        "amount": 0.5,
        "salt_vs_pepper": 0.5,
        "rng": 0,
    },
    noise.draw_gaussian: {"shape": (3,), "mean": 1, "std": 1, "rng": 0},
    noise.draw_impulse: {"shape": (3,), "probability": 0.5, "value": 1, "rng": 0},
    noise.draw_salt_and_pepper: {
        "shape": (3,),
        "amount": 0.5,
        "salt_vs_pepper": 0.5,
        "rng": 0,
    },
    noise.apply_additive: {
        "images": HAND,
        "offsets": HAND.astype(int),
        "overflow": "clip",
    },
    noise.apply_salt_and_pepper: {"images": HAND, "replaced": HAND.astype(int)},
}
NO_NUMBERS = [True, np.True_, "1", None, [1], 1j]
NO_FINITE_NUMBERS = [math.nan, math.inf, -math.inf, np.float32("nan")]
NO_SHARES = [-1e-9, 1.000001, *NO_FINITE_NUMBERS]
NO_INTEGER_ARRAYS = [
    ([[1]], "list"),
    (1, "int"),
    (np.zeros((3, 3)), "float64"),
    (np.zeros((3, 3), bool), "bool"),
    (np.full((3, 3), "1"), "<U1"),
]
BAD = {
    "mean": [
        (TypeError, NO_NUMBERS),
        (ValueError, [-1001, 1000.5, 10**400, *NO_FINITE_NUMBERS]),
    ],
    "std": [
        (TypeError, NO_NUMBERS),
        (ValueError, [-1e-9, 1001, *NO_FINITE_NUMBERS]),
    ],
    "probability": [(TypeError, NO_NUMBERS), (ValueError, NO_SHARES)],
    "amount": [(TypeError, NO_NUMBERS), (ValueError, NO_SHARES)],
    "salt_vs_pepper": [(TypeError, NO_NUMBERS), (ValueError, NO_SHARES)],
    "value": [
        (TypeError, [*NO_NUMBERS, 1.0, math.nan]),
        (ValueError, [-1001, 1001, 10**400]),
    ],
    "overflow": [(ValueError, ["Clip", "saturate", "", None, True, ["clip"]])],
    "rng": [
        (TypeError, [None, True, 0.0, "0", [0], np.random.RandomState(0)]),
        (ValueError, [-1, np.int64(-5)]),
    ],
}
BAD_ARRAYS = {
    "images": [
        (TypeError, [[0, 255]], "list"),
        (TypeError, 7, "int"),
        (TypeError, None, "NoneType"),
        (TypeError, HAND / 255, "dtype: float64"),
        (TypeError, HAND.astype("int64"), "dtype: int64"),
        (TypeError, HAND.astype("int8"), "dtype: int8"),
        (TypeError, HAND > 9, "dtype: bool"),
        (TypeError, HAND.astype(object), "dtype: object"),
    ],
    "offsets": [
        *((TypeError, value, received) for value, received in NO_INTEGER_ARRAYS),
        (ValueError, np.zeros((3, 2), int), "(3, 2)"),
        (ValueError, np.zeros((), int), "()"),
        (ValueError, np.zeros((1, 3, 3), int), "(1, 3, 3)"),
    ],
    "replaced": [
        *((TypeError, value, received) for value, received in NO_INTEGER_ARRAYS),
        (ValueError, np.zeros((2, 3), int), "(2, 3)"),
    ],
}


def bad_calls():
    for function, arguments in GOOD.items():
        for name in arguments:
            for error, values in BAD.get(name, []):
                for value in values:
                    yield function, name, error, value, repr(value)
            for error, value, received in BAD_ARRAYS.get(name, []):
                yield function, name, error, value, received


@pytest.mark.parametrize(
    ("function", "name", "error", "value", "received"),
    [
        pytest.param(*call, id=f"{call[0].__name__}-{call[1]}-{call[4][:20]}")
        for call in bad_calls()
    ],
)
def test_bad_argument_is_named_with_what_came(function, name, error, value, received):
    message = f"^{name} must .*Received(: | ).*{re.escape(received)}$"
    with pytest.raises(error, match=message):
        function(**GOOD[function] | {name: value})


@pytest.mark.parametrize("function", GOOD)
def test_the_arguments_that_bad_ones_replace_are_good(function):
    function(**GOOD[function])


@pytest.mark.parametrize("name", ["mean", "std", "overflow", "rng"])
def test_an_empty_image_does_not_hide_a_bad_argument(name):
    bad = {"images": HAND[:0], name: "bad"}
    with pytest.raises((TypeError, ValueError), match=f"^{name} must"):
        noise.additive_gaussian(**GOOD[noise.additive_gaussian] | bad)
