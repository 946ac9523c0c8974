"""Corruptions: blur, light, movement, too few photons."""

import inspect
import re

import numpy as np
import pytest
from scipy import ndimage, stats

from pixembed import noise, other_data, results
from pixembed.experiments import EXPERIMENTS
from pixembed.noise import CLEAN

#: A setting of every corruption, and one that changes nothing.
WAYS = {
    "gaussian_blur": ({"sigma": 1.3}, {"sigma": 0}),
    "motion_blur": ({"length": 6}, {"length": 1}),
    "shot": ({"photons": 3}, None),
    "rotation": ({"degrees": 20}, {"degrees": 0}),
    "shear": ({"slope": 0.4}, {"slope": 0}),
    "scaling": ({"factor": 0.7}, {"factor": 1}),
    "translation": ({"pixels": 3}, {"pixels": 0}),
    "brightness": ({"levels": 60}, {"levels": 0}),
    "contrast": ({"factor": 0.4}, {"factor": 1}),
    "fog": ({"thickness": 2}, {"thickness": 0}),
    "stripes": ({"width": 4}, {"width": 0}),
}
every_way = pytest.mark.parametrize("way", WAYS)
DRAW_NOTHING = {"gaussian_blur", "scaling", "brightness", "contrast", "stripes"}


def corrupted(way, images, rng=0, **settings):
    return getattr(noise, way)(images, **settings or WAYS[way][0], rng=rng)


def colours(n=4):
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (n, 12, 10, 3), dtype=np.uint8)


# What holds for all


@every_way
def test_it_is_registered_as_what_does_not_overflow(way):
    record = noise.get(way)
    assert record.function is getattr(noise, way)
    assert not record.overflows
    assert [*record.parameters] == [*WAYS[way][0]]


@every_way
def test_the_images_stay_as_they_are_and_their_shape_is_kept(way):
    images = colours()
    images.flags.writeable = False
    found = corrupted(way, images)
    assert (found.dtype, found.shape) == (np.uint8, images.shape)
    assert (found != images).any()
    grey = images[..., 0]
    assert corrupted(way, grey).shape == grey.shape


@every_way
def test_a_setting_of_no_strength_changes_nothing(way):
    images, unchanged = colours(), WAYS[way][1]
    if unchanged is not None:
        np.testing.assert_array_equal(corrupted(way, images, **unchanged), images)


@every_way
def test_the_seed_decides(way):
    images = colours()
    first, again, other = (corrupted(way, images, rng) for rng in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first == other).all() == (way in DRAW_NOTHING)


@every_way
def test_a_generator_goes_on(way):
    rng = np.random.default_rng(0)
    first, second = (corrupted(way, colours(8), rng) for _ in range(2))
    np.testing.assert_array_equal(first, corrupted(way, colours(8), 0))
    assert (first == second).all() == (way in DRAW_NOTHING)


@pytest.mark.parametrize("way", sorted(DRAW_NOTHING))
def test_where_nothing_is_drawn_each_image_is_on_its_own(way):
    images = colours()
    for image, alone in zip(corrupted(way, images), images, strict=True):
        np.testing.assert_array_equal(corrupted(way, alone[None])[0], image)


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"shot", "fog"}))
def test_a_grey_image_is_treated_as_each_of_three_channels(way):
    grey = colours()[..., 0]
    found = corrupted(way, np.repeat(grey[..., None], 3, axis=-1))
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], corrupted(way, grey))


@every_way
def test_of_no_images_it_makes_none(way):
    assert corrupted(way, colours(0)).shape == (0, 12, 10, 3)


# By hand

DOT = np.zeros((1, 5, 5), np.uint8)
DOT[0, 1, 2] = 200


def test_a_blur_hands_a_dot_to_its_neighbours():
    weights = np.exp(-(np.arange(-4, 5) ** 2) / 2 / 1.0)
    weights /= weights.sum()
    wide = np.zeros((1, 19, 19), np.uint8)
    wide[0, 9, 9] = 200
    found = noise.gaussian_blur(wide, 1, rng=0)[0, 5:14, 5:14]
    np.testing.assert_allclose(found, 200 * np.outer(weights, weights), atol=0.51)


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        (0, [[0, 0, 0], [50, 100, 50], [0, 0, 0]]),
        (90, [[0, 50, 0], [0, 100, 0], [0, 50, 0]]),
    ],
)
def test_a_motion_spreads_a_dot_along_its_line(angle, expected):
    wide = np.zeros((1, 9, 9), np.uint8)
    wide[0, 4, 4] = 200
    found = noise.apply_motion(wide, np.array([angle]), 3)[0]
    # The ends of the line stand in a pixel for half of the time of the middle.
    assert found[3:6, 3:6].tolist() == expected
    assert int(found.sum()) == 200


def test_directions_of_motion_are_even_between_45_degrees_to_both_sides():
    drawn = noise.draw_angles(4000, rng=0)
    assert stats.kstest(drawn, stats.uniform(-45, 90).cdf).pvalue > 1e-3


def test_photons_are_counted():
    images = np.full((400, 400), 102, np.uint8)
    counts = np.rint(noise.shot(images, 5, rng=3) * (5 / 255)).astype(int).ravel()
    chance = stats.poisson.pmf(np.arange(5), 2)
    expected = [*chance, 1 - chance.sum()]
    observed = np.bincount(counts, minlength=6)
    assert len(observed) == 6
    assert stats.chisquare(observed, counts.size * np.array(expected)).pvalue > 1e-3


def test_black_has_no_photons():
    assert not noise.shot(np.zeros((9, 9), np.uint8), 3, rng=0).any()


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2)])
def test_a_quarter_turn_is_exact(degrees, turns):
    images = colours(8)[:, :10]
    for image, found in zip(
        images, noise.rotation(images, degrees, rng=0), strict=True
    ):
        sides = [np.rot90(image, k) for k in (turns, -turns)]
        assert any((found == side).all() for side in sides)


def test_images_turn_to_both_sides():
    images = np.repeat(colours(1)[:, :10], 20, axis=0)
    found = noise.rotation(images, 90, rng=0)
    assert len(np.unique(found, axis=0)) == 2


def test_a_turn_is_that_of_scipy():
    image = colours(1)[0, :, :, 0]
    found = noise.rotation(image[None], 20, rng=0)[0].astype(int)
    options = {"reshape": False, "order": 1, "mode": "grid-constant"}
    others = [
        ndimage.rotate(image.astype(float), side * 20, **options) for side in (-1, 1)
    ]
    assert min(np.abs(found - other).max() for other in others) <= 1


def test_a_shear_moves_rows_by_their_height():
    images = np.zeros((20, 9, 9), np.uint8)
    images[:, :, 4] = 100
    seen = set()
    for found in noise.shear(images, 1, rng=0):
        columns = found.argmax(axis=1)
        assert (found.max(axis=1) == 100).all()
        seen.add(tuple((columns - 4).tolist()))
    ramp = tuple(range(-4, 5))
    assert seen == {ramp, ramp[::-1]}


def test_smaller_is_smaller():
    images = np.full((1, 20, 20), 255, np.uint8)
    share = (noise.scaling(images, 0.5, rng=0) > 127).mean()
    assert share == pytest.approx(0.25, abs=0.02)


def test_a_translation_is_along_both_axes():
    found = noise.translation(np.repeat(DOT, 60, axis=0), 1, rng=0)
    places = {tuple(np.argwhere(image)[0].tolist()) for image in found}
    assert places == {(0, 1), (0, 3), (2, 1), (2, 3)}
    assert (found.sum(axis=(1, 2)) == 200).all()


def test_beyond_the_edge_it_is_black():
    images = np.full((1, 6, 6), 255, np.uint8)
    for found in (
        noise.translation(images, 2, rng=0),
        noise.scaling(images, 0.5, rng=0),
    ):
        assert (found == 0).any()


def test_light_is_arithmetic():
    images = np.array([[[0, 100], [200, 255]]], np.uint8)
    assert noise.brightness(images, 60, rng=0).tolist() == [[[60, 160], [255, 255]]]
    assert noise.brightness(images, -60, rng=0).tolist() == [[[0, 40], [140, 195]]]
    mean = (0 + 100 + 200 + 255) / 4
    expected = [round(mean + 0.2 * (level - mean)) for level in (0, 100, 200, 255)]
    assert noise.contrast(images, 0.2, rng=0).ravel().tolist() == expected


def test_fog_fills_the_range_of_the_image_and_no_more():
    images = np.zeros((30, 28, 28), np.uint8)
    images[:, 10:18, 10:18] = 200
    clouds = noise.draw_fog(images.shape, rng=0)
    assert (clouds.min(axis=(1, 2)) == 0).all() and (clouds.max(axis=(1, 2)) == 1).all()
    found = noise.apply_fog(images, clouds, 3)
    assert found.max() <= 200 and (found[:, 0].max(axis=1) > 0).all()
    expected = (200 + 765 * clouds[:, 12, 12]) * 200 / 965
    np.testing.assert_allclose(found[:, 12, 12], expected, atol=0.51)


def test_clouds_have_long_waves():
    clouds = noise.draw_fog((200, 28, 28), rng=0)
    clouds -= clouds.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.rfft2(clouds)) ** 2).mean(axis=0)
    assert power[0, 1] > 10 * power[0, 3] > 10 * power[0, 9]


def test_stripes_are_negatives_and_wide_ones_meet():
    images = colours()
    found = noise.stripes(images, 3, rng=0)
    np.testing.assert_array_equal(found[:, :, 3:-3], images[:, :, 3:-3])
    for side in (np.s_[:, :, :3], np.s_[:, :, -3:]):
        np.testing.assert_array_equal(found[side], 255 - images[side])
    for width in (5, 1000):
        np.testing.assert_array_equal(noise.stripes(images, width, rng=0), 255 - images)


# Bad input

BAD = [None, "1", True, np.nan, np.inf]


@every_way
@pytest.mark.parametrize("value", BAD)
def test_a_bad_setting_is_named(way, value):
    (name,) = WAYS[way][0]
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must .*Received: "):
        corrupted(way, colours(), **{name: value})


@every_way
@pytest.mark.parametrize("end", ["low", "high"])
def test_a_setting_out_of_range_is_refused(way, end):
    ((name, value),) = WAYS[way][0].items()
    parameter = noise.get(way).parameters[name]
    beyond = {"low": parameter.low - 1, "high": parameter.high + 1}[end]
    beyond = type(value)(beyond)
    with pytest.raises(ValueError, match=f"^{name} must lie in .*{beyond}"):
        corrupted(way, colours(), **{name: beyond})


@every_way
@pytest.mark.parametrize(
    ("images", "error"), [(colours() / 255, TypeError), ([[1]], TypeError)]
)
def test_what_is_no_uint8_array_is_refused(way, images, error):
    with pytest.raises(error, match="^images must"):
        corrupted(way, images)


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"shot"}))
@pytest.mark.parametrize("shape", [(4, 4), (2, 2, 2, 2, 2), ()])
def test_what_is_no_stack_of_images_is_refused(way, shape):
    message = rf"^images must be \(n, .*Received shape: {re.escape(str(shape))}$"
    with pytest.raises(ValueError, match=message):
        corrupted(way, np.zeros(shape, np.uint8))


@every_way
@pytest.mark.parametrize("rng", [None, -1, 0.5])
def test_a_bad_seed_is_refused(way, rng):
    with pytest.raises((TypeError, ValueError), match="^rng must"):
        corrupted(way, colours(), rng)


# The cases of the chapter


def test_the_chapter_asks_about_every_corruption():
    kinds = {case.kind for case in other_data.CORRUPTIONS.values()}
    assert kinds == WAYS.keys() | {"salt_and_pepper"}
    assert [*other_data.CORRUPTIONS] == [*other_data.WORDS.values()]
    for name in ("corruptions", "fashion", "colour", "resnet"):
        experiment = EXPERIMENTS[f"{name}-fast"]
        assert experiment.cases == other_data.CASES
        assert len(set(experiment.cases)) == len(experiment.cases) == 16


def test_every_case_is_found_by_its_key():
    for case in other_data.CASES:
        assert noise.from_key(case.key) == case


def test_the_recipes_differ_in_what_stands_for_a_pixel_alone():
    found = other_data.recipes("resnet")
    assert {one.network for one in found.values()} == {"resnet"}
    assert {arm: one.arm for arm, one in found.items()} == {arm: arm for arm in found}
    assert found["plain"].options == {"statistics": None}
    assert found["pixel_embedding"].options["width"] == other_data.WIDTH
    assert {one.epochs for one in found.values()} == {other_data.EPOCHS}
    settings = [
        {k: v for k, v in one.settings.items() if k not in ("front_end", "options")}
        for one in found.values()
    ]
    assert all(one == settings[0] for one in settings)


def test_every_corruption_takes_its_seed_by_name_only():
    for way in WAYS:
        known = inspect.signature(getattr(noise, way)).parameters
        assert known["rng"].kind is inspect.Parameter.KEYWORD_ONLY


# What the chapter says of photographs and of a deeper network


def accuracies(name):
    """A function from an arm and a row to the accuracy of its network of seed 0."""
    found = {
        (one.arm, one.case): one.accuracy
        for one in results.read(name)
        if one.overflow == "clip" and one.seed == 0
    }
    rows = {**other_data.CORRUPTIONS, "negative": other_data.NEGATIVE, "clean": CLEAN}
    return lambda arm, row: found[arm, rows[row].key]


def test_on_photographs_the_words_trade_clean_accuracy_for_blur():
    found = accuracies("colour-fast")

    def gain(row):
        return found("neighbours", row) - found("standardised", row)

    assert -0.05 < gain("clean") < -0.01
    assert gain("blur") > 0.3 and gain("motion blur") > 0.05
    assert gain("stripes") < -0.1 and abs(gain("negative")) < 0.05
    assert gain("brightness") > 0.1 and gain("contrast") > 0.3
    assert found("neighbours", "negative") == found("neighbours", "clean")


def test_on_photographs_a_picture_has_its_own_contrast_to_win_back():
    found = accuracies("colour-fast")
    for row in ("brightness", "contrast"):
        assert found("own-image", row) > found("neighbours", row) + 0.05
    assert found("own-image", "blur") - found("standardised", "blur") > 0.3
    assert 0 < found("neighbours", "blur") - found("own-image", "blur") < 0.15


def test_in_the_deeper_network_only_the_words_outlive_another_ground():
    found = accuracies("resnet-fast")
    table1 = accuracies("corruptions-fast")
    moved = [of("standardised", "translation") for of in (found, table1)]
    assert moved[0] > 2.7 * moved[1]
    assert found("own-image", "brightness") > 0.9
    for row in ("stripes", "negative", "salt and pepper"):
        rivals = other_data.recipes().keys() - {"neighbours"}
        assert max(found(arm, row) for arm in rivals) < 0.34
        assert found("neighbours", row) > 0.8
    assert found("neighbours", "contrast") < 0.2
    assert 0.05 < found("standardised", "clean") - found("neighbours", "clean") < 0.1
