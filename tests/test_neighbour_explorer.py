"""The neighbour explorer's Python side: what it stores, shows and refuses."""

import io
from itertools import product

import numpy as np
import pytest

from pixembed.layers import NeighbourDistance
from pixembed.noise import add_noise, impulse
from pixembed.widgets import NeighbourExplorer, explore_neighbours
from tests.test_widgets import refuses_choice

RNG = np.random.default_rng(0)
#: Crowds at 0 and 250, loners between them.
IMAGES = RNG.choice([0, 0, 1, 250, 251, 100], (3, 28, 28)).astype(np.uint8)
IMAGES[:, 9] = RNG.integers(0, 256, (3, 28))
LABELS = [3, 7, 8]
#: 3 × 3: a crowd of six, and three that lie apart from it.
SMALL = np.array([[[7, 7, 7], [7, 10, 7], [7, 100, 250]]], np.uint8)


def explore(**changes):
    return explore_neighbours(**({"images": IMAGES, "labels": LABELS} | changes))


def explore_small(**changes):
    return explore_neighbours(SMALL, [4], **({"neighbours": 2} | changes))


def in_words(explorer):
    return explorer.picture().get_suptitle().split("\n")


@pytest.mark.parametrize("radii", [64, 127, [0, 2, 5, 9, 30]])
def test_tokens_are_those_of_the_layer(radii):
    explorer = explore(radii=radii)
    for axis, k, shift in product(("circle", "line"), (1, 20, 200), (0, 77, 255)):
        explorer.axis, explorer.neighbours, explorer.shift = axis, k, shift
        layer = NeighbourDistance(k, radii, axis)
        expected = np.asarray(layer(explorer.image[None]))[0, ..., 0]
        np.testing.assert_array_equal(explorer.tokens, expected)


def test_tokens_by_hand():
    explorer = explore_small()
    assert explorer.tokens.tolist() == [[0, 0, 0], [0, 3, 0], [0, 64, 13]]
    explorer.axis = "line"
    assert explorer.tokens.tolist() == [[0, 0, 0], [0, 3, 0], [0, 64, 64]]


def test_company_by_hand():
    explorer = explore_small()
    explorer.pixel = 8
    near = SMALL[0] != 100
    near[1, 1] = False
    assert explorer.company.tolist() == near.tolist()
    explorer.neighbours = 8
    assert explorer.company.all()
    explorer.pixel = -1
    assert not explorer.company.any()


def test_a_pixel_without_so_many_others_has_the_last_token_and_all_as_company():
    explorer = explore_small(neighbours=9)
    assert (explorer.tokens == 64).all()
    explorer.pixel = 0
    assert explorer.company.all()


def test_the_shift_leaves_the_tokens_alone_under_wrap_and_not_under_clip():
    explorer = explore()
    for std in (0, 30):
        explorer.overflow, explorer.std, explorer.shift = "wrap", std, 0
        before = explorer.tokens, explorer.company
        for shift in (1, 100, 255):
            explorer.shift = shift
            np.testing.assert_array_equal(explorer.tokens, before[0])
            np.testing.assert_array_equal(explorer.company, before[1])
        explorer.overflow = "clip"
        assert (explorer.tokens != before[0]).any()


@pytest.mark.parametrize("overflow", ["clip", "wrap"])
def test_the_shift_is_that_of_the_noise(overflow):
    explorer = explore()
    explorer.digit, explorer.shift, explorer.overflow = 2, 90, overflow
    expected = add_noise(IMAGES, impulse(1, 90), seed=0, overflow=overflow)[2]
    np.testing.assert_array_equal(explorer.image, expected)


def test_the_noise_has_the_deviation_that_is_set():
    explorer = explore(images=np.full((1, 64, 64), 128, np.uint8), labels=[0])
    explorer.std = 20
    image = explorer.image.astype(float)
    assert abs(image.mean() - 128) < 1
    assert abs(image.std() - 20) < 1
    explorer.std = 0
    assert (explorer.image == 128).all()


def test_same_seed_same_noise_other_seed_other_noise():
    assert explore(seed=np.int64(3)).normals == explore(seed=3).normals
    assert explore(seed=4).normals != explore(seed=3).normals


def test_the_loneliest_pixel_is_picked_at_the_start():
    assert explore_small().pixel == 7
    explorer = explore()
    assert explorer.tokens.flat[explorer.pixel] == explorer.tokens.max()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({}, "Grey level 10, k = 2: the 2nd neighbour is 3 grey levels away."),
        (
            {"pixel": 0},
            "Grey level 7, k = 2: the 2nd neighbour has the same grey level.",
        ),
        (
            {"pixel": 7},
            "Grey level 100, k = 2: the 2nd neighbour is 93 grey levels away. "
            "Its token is 64.",
        ),
        (
            {"neighbours": 11},
            "Grey level 10, k = 11: there are fewer than 11 other pixels. "
            "Its token is 64.",
        ),
        ({"pixel": -1}, "k = 2; no pixel is picked."),
        (
            {"neighbours": 1, "shift": 255},
            "Grey level 9, k = 1: the 1st neighbour is 3 grey levels away.",
        ),
    ],
)
def test_the_distance_is_said(state, sentence):
    explorer = explore_small()
    explorer.pixel = 4
    explorer.set_state(state)
    assert in_words(explorer)[1] == sentence


@pytest.mark.parametrize(
    ("k", "said"), [(3, "3rd"), (12, "12th"), (21, "21st"), (112, "112th")]
)
def test_the_neighbours_are_counted_in_english(k, said):
    assert f" the {said} neighbour " in in_words(explore(neighbours=k))[1]


def test_one_grey_level_is_one():
    explorer = explore(images=np.array([[[5, 6]]], np.uint8), labels=[0], neighbours=1)
    assert in_words(explorer)[1].endswith("is 1 grey level away.")


def test_the_token_is_said_where_it_is_not_the_distance():
    explorer = explore_small(radii=[0, 2, 90])
    explorer.pixel = 4
    assert in_words(explorer)[1].endswith("is 3 grey levels away. Its token is 2.")


def test_picture_shows_what_is_shown():
    explorer = explore()
    explorer.digit, explorer.shift, explorer.std, explorer.pixel = 1, 60, 5, 9
    picture, tokens, levels = explorer.picture().axes
    assert in_words(explorer)[0] == (
        "A handwritten 7; Gaussian noise, σ = 5; 60 added; overflow: wrap"
    )
    np.testing.assert_array_equal(picture.images[0].get_array(), explorer.image)
    np.testing.assert_array_equal(tokens.images[0].get_array(), explorer.tokens)
    for axis in (picture, tokens):
        lit = axis.images[1].get_array()[..., 3] > 0
        np.testing.assert_array_equal(lit, explorer.company)
    _, others, company = [len(drawn.get_segments()) for drawn in levels.collections[:3]]
    assert company == len(np.unique(explorer.image[explorer.company]))
    assert others == len(np.unique(explorer.image[~explorer.company]))


def test_the_line_is_drawn_with_the_counts_as_logarithms():
    explorer = explore_small(axis="line")
    explorer.pixel = -1
    bars = explorer.picture().axes[2].collections[1].get_segments()
    found = [(bar[1][0], bar[1][1]) for bar in bars]
    heights = np.log([7, 2, 2, 2]) / np.log(10)
    np.testing.assert_allclose(found, np.transpose([[7, 10, 100, 250], heights]))


def test_the_clock_turns_with_the_shift():
    explorer = explore_small()
    explorer.pixel = -1

    def angles():
        bars = explorer.picture().axes[2].collections[1].get_segments()
        return np.array(sorted(np.arctan2(*bar[1]) % (2 * np.pi) for bar in bars))

    np.testing.assert_allclose(angles() * 128 / np.pi, [7, 10, 100, 250])
    explorer.shift = 64
    np.testing.assert_allclose(angles() * 128 / np.pi, [58, 71, 74, 164])


def test_picture_is_small():
    for axis in ("circle", "line"):
        file = io.BytesIO()
        explore(axis=axis).picture().savefig(file, format="png")
        assert len(file.getvalue()) < 50_000


def test_output_holds_the_view_and_a_sentence():
    explorer = explore()
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == "Neighbour explorer: 3 digits, k = 20"
    assert repr(explorer).isascii()
    assert isinstance(explorer, NeighbourExplorer)
    assert repr(explore(classes=9)) == "Neighbour explorer: 3 pictures, k = 20"


def test_one_channel_and_any_shape_are_taken():
    images = RNG.integers(0, 256, (2, 5, 9, 1), dtype=np.uint8)
    explorer = explore(images=images, labels=[0, 1], classes=["cat", "dog"])
    np.testing.assert_array_equal(explorer.image, images[0, ..., 0])
    assert explorer.tokens.shape == (5, 9)
    assert in_words(explorer)[0].startswith("A picture of class cat; ")


def test_input_is_left_alone():
    images = IMAGES.copy()
    explorer = explore(images=images)
    explorer.shift = 9
    np.testing.assert_array_equal(images, IMAGES)


def test_what_the_browser_sends_is_taken():
    explorer = explore()
    sent = {
        **{"digit": 2, "shift": 200, "std": 7, "overflow": "clip"},
        **{"neighbours": 3, "axis": "line", "pixel": 783},
    }
    explorer.set_state(sent)
    assert {name: getattr(explorer, name) for name in sent} == sent


@pytest.mark.parametrize(
    ("name", "value"),
    [("digit", 3), ("digit", -1), ("axis", "torus"), ("overflow", "saturate")],
)
def test_unknown_choice_is_refused(name, value):
    refuses_choice(explore(), name, value)


@pytest.mark.parametrize(
    ("name", "value", "reach"),
    [
        ("shift", 256, r"0\.\.255"),
        ("shift", -1, r"0\.\.255"),
        ("std", 101, r"0\.\.100"),
        ("neighbours", 0, r"1\.\.200"),
        ("neighbours", 201, r"1\.\.200"),
        ("pixel", 784, r"-1\.\.783"),
        ("pixel", -2, r"-1\.\.783"),
    ],
)
def test_what_is_out_of_reach_is_refused(name, value, reach):
    explorer = explore()
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=f"{name} must lie in {reach}. Received: "):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize("value", [1.0, "1", True])
def test_what_is_no_integer_is_named(value):
    explorer = explore()
    for name in ("digit", "shift", "std", "neighbours", "pixel"):
        with pytest.raises(TypeError, match=f"{name} must be an integer. Received: "):
            setattr(explorer, name, value)


def test_integers_of_numpy_are_taken():
    explorer = explore(neighbours=np.int64(8), radii=np.uint8(9))
    explorer.shift, explorer.pixel = np.uint8(7), np.flatnonzero(IMAGES[0])[5]
    kept = (explorer.shift, explorer.pixel, explorer.neighbours, explorer.radii)
    assert {type(number) for number in kept} == {int}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": IMAGES / 255}, "images must hold uint8"),
        ({"labels": "378"}, "labels must be integers. Received: str"),
        ({"neighbours": 2.5}, "neighbours must be an integer. Received: 2.5"),
        ({"neighbours": [8, 20]}, "neighbours must be an integer. Received: "),
        ({"radii": 2.5}, "radii must be an integer. Received: 2.5"),
        ({"radii": [[1, 4]]}, r"radii must be an integer. Received: \[1, 4\]"),
        ({"seed": None}, "seed must be an int. Received: None"),
    ],
)
def test_argument_of_the_wrong_type_is_named(changes, message):
    with pytest.raises(TypeError, match=message):
        explore(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": IMAGES[0]}, r"images must have shape .* Received: \(28, 28\)"),
        (
            {"images": np.zeros((3, 8, 8, 3), np.uint8)},
            r"images must have one channel.* Received: \(3, 8, 8, 3\)",
        ),
        ({"labels": [3]}, r"labels must have shape \(3,\)"),
        ({"neighbours": 201}, r"neighbours must lie in 1\.\.200. Received: 201"),
        ({"radii": 128}, r"radii must lie in 1\.\.127. Received: 128"),
        ({"radii": [3, 1]}, r"radii must ascend. Received: \[3, 1\]"),
        ({"axis": "torus"}, "axis must be one of .* Received: 'torus'"),
    ],
)
def test_argument_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        explore(**changes)
