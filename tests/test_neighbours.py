"""Neighbour distances: by hand, against all pairs, and what changes nothing."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops

from pixembed.layers import NeighbourDistance
from pixembed.options import AXES

IMAGES = hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6),
    # Few levels make crowds.
    elements=st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 100, 254, 255])),
)
NEIGHBOURS = st.integers(1, 30)
OF_AXIS = st.sampled_from(AXES)
#: Few radii are quick.
RADII = (0, 1, 2, 5, 20, 60, 127)


def tokens(images, *args, **options):
    return ops.convert_to_numpy(NeighbourDistance(*args, **options)(images))


def by_all_pairs(image, k, limit, axis):
    """The k-th of the sorted distances to all other pixels of the image."""
    levels = image.ravel().astype(int)
    apart = np.abs(levels[:, None] - levels)
    if axis == "circle":
        apart = np.minimum(apart, 256 - apart)
    if k >= len(levels):
        return np.full(image.shape, limit)
    # The nearest of all is the pixel itself.
    return np.minimum(np.sort(apart, axis=1)[:, k], limit).reshape(image.shape)


def test_three_by_three_by_hand():
    image = np.array([[[0, 0, 0], [0, 100, 0], [250, 255, 0]]], np.uint8)
    # From 100 all zeros are 100 away. On the circle 255 is one step from 0, 250 six.
    expected = [[0, 0, 0], [0, 100, 0], [6, 1, 0]]
    assert tokens(image, 3, 127)[0, ..., 0].tolist() == expected
    # On the line three others of 250 are 250, 100 and 255 away from ... the far zeros.
    on_line = [[0, 0, 0], [0, 100, 0], [127, 127, 0]]
    assert tokens(image, 3, 127, "line")[0, ..., 0].tolist() == on_line
    assert tokens(image, 3, 64)[0, ..., 0].tolist() == [
        [0, 0, 0],
        [0, 64, 0],
        [6, 1, 0],
    ]


@settings(max_examples=25)
@given(images=IMAGES, k=NEIGHBOURS, limit=st.integers(1, 127), axis=OF_AXIS)
def test_it_is_the_distance_among_all_pairs(images, k, limit, axis):
    found = tokens(images, k, limit, axis)[..., 0]
    expected = [by_all_pairs(image, k, limit, axis) for image in images]
    np.testing.assert_array_equal(found, expected)


@given(
    images=IMAGES,
    k=NEIGHBOURS,
    radii=st.lists(st.integers(0, 127), min_size=1, max_size=6, unique=True).map(
        sorted
    ),
    axis=OF_AXIS,
)
def test_with_radii_it_says_how_many_of_them_are_too_short(images, k, radii, axis):
    found = tokens(images, k, radii, axis)[..., 0]
    far = np.array([by_all_pairs(image, k, 128, axis) for image in images])
    np.testing.assert_array_equal(found, np.searchsorted(radii, far))


@given(images=IMAGES, k=NEIGHBOURS, shift=st.integers(0, 255))
def test_no_shift_around_the_circle_changes_a_token(images, k, shift):
    shifted = images + np.uint8(shift)
    np.testing.assert_array_equal(tokens(shifted, k, RADII), tokens(images, k, RADII))


@given(images=IMAGES, k=NEIGHBOURS, axis=OF_AXIS)
def test_inversion_changes_no_token(images, k, axis):
    inverted = 255 - images
    np.testing.assert_array_equal(
        tokens(inverted, k, RADII, axis), tokens(images, k, RADII, axis)
    )


@given(images=IMAGES, k=NEIGHBOURS, axis=OF_AXIS, seed=st.integers(0, 99))
def test_tokens_move_with_their_pixels(images, k, axis, seed):
    order = np.random.default_rng(seed).permutation(images[0].size)
    flat = images.reshape(len(images), 1, -1)
    moved = tokens(flat[..., order], k, RADII, axis)
    np.testing.assert_array_equal(moved, tokens(flat, k, RADII, axis)[:, :, order])


@given(images=IMAGES, axis=OF_AXIS)
def test_more_neighbours_are_never_nearer(images, axis):
    found = tokens(images, [1, 2, 5, 20], RADII, axis)
    assert (np.diff(found, axis=-1) >= 0).all()


def test_the_other_images_of_the_batch_do_not_matter():
    images = np.random.default_rng(0).integers(0, 256, (5, 7, 6), np.uint8)
    alone = np.concatenate([tokens(image[None], [2, 9]) for image in images])
    np.testing.assert_array_equal(tokens(images, [2, 9]), alone)


def test_a_channel_has_its_own_neighbours_and_channels_stand_together():
    images = np.random.default_rng(1).integers(0, 256, (3, 6, 5, 3), np.uint8)
    found = tokens(images, [2, 9])
    for channel in range(3):
        alone = tokens(images[..., channel], [2, 9])
        np.testing.assert_array_equal(found[..., 2 * channel : 2 * channel + 2], alone)


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize("axis", AXES)
def test_an_image_of_one_grey_level_is_all_crowd(level, axis):
    images = np.full((2, 28, 28), level, np.uint8)
    assert not tokens(images, [1, 20, 783], axis=axis).any()


@pytest.mark.parametrize("axis", AXES)
def test_with_too_few_pixels_every_token_is_the_largest(axis):
    images = np.zeros((1, 2, 2), np.uint8)
    found = tokens(images, [3, 4, 1000], axis=axis)
    assert (found == [0, 64, 64]).all()
    assert (tokens(images, 4, (0, 5), axis) == 2).all()


def test_no_images_give_no_tokens():
    assert tokens(np.zeros((0, 28, 28), np.uint8), [1, 2]).shape == (0, 28, 28, 2)


def test_numbers_are_cut_to_whole_grey_levels():
    numbers = np.array([[[-5, 0.9, 255.7, 300, np.nan, np.inf, 100.2]]], "float32")
    levels = np.array([[[0, 0, 255, 255, 0, 255, 100]]], np.uint8)
    np.testing.assert_array_equal(tokens(numbers, 2), tokens(levels, 2))


def test_the_largest_token_of_each_k_is_known():
    assert NeighbourDistance(20, 64).largest == [64]
    assert NeighbourDistance(20, (0, 3, 9)).largest == [3]
    assert NeighbourDistance([8, 20], [[1, 4], [2, 4, 8]]).largest == [2, 3]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"neighbours": 0}, ValueError, "neighbours must lie in 1..16777215"),
        ({"neighbours": 2**24}, ValueError, "neighbours must lie in 1..16777215"),
        ({"neighbours": 2.0}, TypeError, "neighbours must be an integer"),
        ({"neighbours": True}, TypeError, "neighbours must be an integer"),
        ({"neighbours": None}, TypeError, "neighbours must be an integer"),
        ({"neighbours": [3, "4"]}, TypeError, "neighbours must be an integer"),
        ({"neighbours": "20"}, TypeError, "neighbours must be an int or ints"),
        ({"neighbours": []}, ValueError, "neighbours must not be empty"),
        ({"radii": 0}, ValueError, "radii must lie in 1..127"),
        ({"radii": 128}, ValueError, "radii must lie in 1..127"),
        ({"radii": [5, 128]}, ValueError, "radii must lie in 0..127"),
        ({"radii": []}, ValueError, "radii must not be empty"),
        ({"radii": [5, 3]}, ValueError, "radii must ascend"),
        ({"radii": [3, 3]}, ValueError, "radii must ascend"),
        ({"radii": [[1], [2]]}, ValueError, "radii must be as many lists as there"),
        ({"radii": [[4, 1]]}, ValueError, "radii must ascend"),
        ({"radii": [[1, [2]]]}, TypeError, "radii must be an integer"),
        ({"radii": "64"}, TypeError, "radii must be an int or ints"),
        ({"axis": "ring"}, ValueError, "axis must be one of ['circle', 'line']"),
    ],
)
def test_bad_settings_are_refused(options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}.*Received: "):
        NeighbourDistance(**options)


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28, 1, 1)])
def test_other_numbers_of_axes_are_refused(shape):
    with pytest.raises(ValueError, match="NeighbourDistance takes .*Received shape"):
        NeighbourDistance()(np.zeros(shape, np.uint8))
