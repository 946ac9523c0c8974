import base64
import io

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import capture_output
from PIL import Image

from pixembed import noise, paper
from pixembed.noise import CLEAN, NOISES, Case, Noise, Parameter, add_noise, gaussian
from pixembed.widgets import NoiseExplorer, explore_noise, open_lab, panels

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = [3, 7, 8, 0, 5]
CASES = {
    "gaussian": [row.case for row in paper.TABLE_3],
    "impulse": [row.case for row in paper.TABLE_4],
}
STRONG = gaussian(150, 10)
TOKENS = np.minimum(576 + 13 * np.arange(256), 2000)


def predict(images):
    scores = images.reshape(len(images), -1)[:, :10] + 1.0
    return scores / scores.sum(axis=1, keepdims=True)


def explore(**changes):
    arguments = {
        "images": IMAGES,
        "labels": LABELS,
        "cases": CASES,
        "predict": predict,
        "tokens": TOKENS,
    }
    return explore_noise(**(arguments | changes))


def frames_of(explorer):
    shape = (len(explorer.labels), len(explorer.settings), 28, 28)
    return np.frombuffer(explorer.frames, np.uint8).reshape(shape)


def probabilities_of(explorer):
    shape = (len(explorer.labels), len(explorer.settings), 10)
    return np.frombuffer(explorer.probabilities, "<u2").reshape(shape) / 65535


def index_of(explorer, case, overflow):
    return [
        index
        for index, setting in enumerate(explorer.settings)
        if (setting["label"], setting["overflow"]) == (case.label, overflow)
    ].pop()


@pytest.fixture(scope="module")
def explorer():
    return explore()


@pytest.fixture
def shell():
    """What makes IPython's `display` tell notebooks from plain programs."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_every_noisy_case_is_there_with_either_overflow_and_no_noise_once(explorer):
    assert [s["label"] for s in explorer.settings].count("no noise") == 1
    assert len(explorer.settings) == 1 + 2 * (8 + 13)
    assert {s["overflow"] for s in explorer.settings[1:]} == {"clip", "wrap"}


def test_pictures_are_those_of_add_noise(explorer):
    frames = frames_of(explorer)
    np.testing.assert_array_equal(frames[:, 0], IMAGES)
    for overflow in ("clip", "wrap"):
        np.testing.assert_array_equal(
            frames[:, index_of(explorer, STRONG, overflow)],
            add_noise(IMAGES, STRONG, seed=0, overflow=overflow),
        )


def test_probabilities_are_those_of_predict_rounded(explorer):
    frames = frames_of(explorer)
    expected = predict(frames.reshape(-1, 28, 28)).reshape(*frames.shape[:2], 10)
    difference = np.abs(probabilities_of(explorer) - expected)
    assert difference.max() <= 0.5 / 65535 + 1e-12


def test_predict_is_called_once_with_every_picture():
    calls = []

    def counted(images):
        calls.append(images.shape)
        assert images.dtype == np.uint8
        return predict(images)

    explore(predict=counted)
    assert calls == [(5 * 43, 28, 28)]


def test_without_a_network_nothing_but_the_answers_is_missing(explorer):
    silent = explore(predict=None)
    assert silent.probabilities == b""
    assert silent.frames == explorer.frames


def test_tokens_are_kept_or_left_out(explorer):
    assert explorer.tokens == TOKENS.tolist()
    assert explore(tokens=TOKENS.astype("uint16")).tokens == explorer.tokens
    assert explore(tokens=None).tokens == []


def test_input_is_left_alone():
    images, tokens = IMAGES.copy(), TOKENS.copy()
    explore()
    np.testing.assert_array_equal(IMAGES, images)
    np.testing.assert_array_equal(TOKENS, tokens)


def test_same_seed_same_explorer_other_seed_other_noise(explorer):
    again, other = explore(), explore(seed=1)
    assert again.frames == explorer.frames
    assert again.probabilities == explorer.probabilities
    assert other.frames != explorer.frames


def test_stored_state_is_small(explorer):
    state = explorer.get_state()
    stored = sum(len(v) for v in state.values() if isinstance(v, bytes)) * 4 / 3
    written = sum(len(str(v)) for v in state.values() if not isinstance(v, bytes))
    assert stored + written < 400_000


def test_browser_part_is_stored_with_the_state(explorer):
    state = explorer.get_state()
    assert "export default" in state["_esm"]
    assert ".explorer" in state["_css"]


def outputs_of(explorer):
    """The data of what a notebook stores where a cell ends with the explorer."""
    with capture_output() as captured:
        display(explorer)
    return [output.data for output in captured.outputs]


def test_the_picture_is_an_output_of_its_own_before_the_view(shell):
    explorer = explore()
    picture, view = outputs_of(explorer)
    assert list(picture) == ["image/png"]
    assert base64.b64decode(picture["image/png"]).startswith(b"\x89PNG")
    assert view["text/plain"] == repr(explorer)
    assert repr(explorer) == "Noise explorer: 5 digits, 43 settings"
    stored = view["application/vnd.jupyter.widget-view+json"]
    assert stored["model_id"] == explorer.model_id


def test_a_closed_explorer_is_a_sentence(shell):
    explorer = explore()
    explorer.close()
    assert outputs_of(explorer) == [{"text/plain": repr(explorer)}]


def test_every_terminal_can_print_an_explorer(explorer):
    assert repr(explorer).isascii()
    assert repr(open_lab()).isascii()


def titles_of(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        (
            {},
            ["The picture", "Its tokens", "Its grey levels", "The network's answer"],
        ),
        ({"predict": None}, ["The picture", "Its tokens", "Its grey levels"]),
        (
            {"tokens": None},
            ["The picture", "Its grey levels", "The network's answer"],
        ),
        ({"predict": None, "tokens": None}, ["The picture", "Its grey levels"]),
    ],
)
def test_picture_has_the_panels_of_the_explorer(changes, titles):
    assert titles_of(explore(**changes).picture()) == titles


def test_picture_shows_what_is_shown():
    explorer = explore()
    explorer.digit, explorer.strength, explorer.overflow = 1, 8, "wrap"
    noisy = add_noise(IMAGES, STRONG, seed=0, overflow="wrap")[1]
    figure = explorer.picture()
    image, tokens, histogram, answers = figure.axes
    np.testing.assert_array_equal(image.images[0].get_array(), noisy)
    np.testing.assert_array_equal(tokens.images[0].get_array(), TOKENS[noisy])
    lines = [line[-1] for line in histogram.collections[0].get_segments()]
    found = np.transpose(np.unique(noisy, return_counts=True))
    np.testing.assert_array_equal(lines, found)
    bars = [bar.get_width() for bar in answers.patches]
    probabilities = predict(noisy[None])[0]
    np.testing.assert_allclose(bars, probabilities, atol=1e-5)
    answer = probabilities.argmax()
    assert figure.get_suptitle() == (
        "A handwritten 7; Gaussian noise, μ = 150, σ = 10, overflow: wrap\n"
        f"The network answers {answer} with probability {bars[answer]:.2f}; "
        "the digit is 7."
    )


def test_no_article_is_needed_before_a_digit():
    explorer = explore()
    explorer.digit = LABELS.index(8)
    title = explorer.picture().get_suptitle()
    assert title.startswith("A handwritten 8; ")
    assert title.endswith("the digit is 8.")


def test_picture_without_noise_names_none():
    explorer = explore(predict=None)
    assert explorer.picture().get_suptitle() == "A handwritten 3; no noise"


def test_a_sure_answer_is_said_and_marked():
    explorer = explore(predict=lambda images: np.eye(10)[np.full(len(images), 3)])
    explorer.digit = 0
    figure = explorer.picture()
    assert "answers 3 with probability more than 0.99" in figure.get_suptitle()
    colours = {bar.get_facecolor() for bar in figure.axes[-1].patches}
    explorer.digit = 1
    others = {bar.get_facecolor() for bar in explorer.picture().axes[-1].patches}
    assert colours - others
    assert others - colours


def test_picture_is_small_and_fits_a_page():
    explorer = explore()
    explorer.strength = 8
    file = io.BytesIO()
    explorer.picture().savefig(file, format="png")
    assert len(file.getvalue()) < 40_000
    assert Image.open(file).width == 700


def test_equal_tokens_can_be_drawn():
    figure = explore(tokens=np.zeros(256, int)).picture()
    figure.savefig(io.BytesIO(), format="png")


def test_the_first_and_the_last_token_have_the_colours_of_the_browser():
    ends = panels.TOKEN_COLOURS([0.0, 1.0], bytes=True)[:, :3]
    assert ends.tolist() == [[0, 32, 77], [255, 234, 70]]


def test_what_is_shown_can_be_set():
    explorer = explore()
    explorer.kind, explorer.strength, explorer.overflow = "impulse", 13, "wrap"
    explorer.digit = 4
    shown = (explorer.digit, explorer.kind, explorer.strength, explorer.overflow)
    assert shown == (4, "impulse", 13, "wrap")


def test_strength_stays_in_reach_when_the_kind_changes():
    explorer = explore()
    explorer.kind, explorer.strength = "impulse", 13
    explorer.kind = "gaussian"
    assert explorer.strength == 8


def test_what_the_browser_sends_is_taken():
    explorer = explore()
    explorer.set_state({"kind": "impulse", "strength": 13})
    explorer.set_state({"kind": "gaussian", "strength": 8})
    assert (explorer.kind, explorer.strength) == ("gaussian", 8)


def refuses_choice(explorer, name, value):
    before = getattr(explorer, name)
    with pytest.raises(
        ValueError, match=f"{name} must be one of .*. Received: {value!r}"
    ):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digit", 5),
        ("digit", -1),
        ("kind", "snow"),
        ("strength", 9),
        ("strength", -1),
        ("overflow", "saturate"),
    ],
)
def test_unknown_choice_is_refused(name, value):
    refuses_choice(explore(), name, value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"images": IMAGES / 255},
            "images must hold uint8 .* Received dtype: float64",
        ),
        ({"images": IMAGES.tolist()}, "images must be .* uint8. Received: list"),
        ({"labels": [0.0] * 5}, "labels must be integers. Received: list"),
        ({"labels": "37805"}, "labels must be integers. Received: str"),
        ({"classes": "ten"}, "classes must be an integer. Received: 'ten'"),
        ({"classes": ["cat", 1]}, r"classes must be an int, or names.*\['cat', 1\]"),
        ({"predict": "plain"}, "predict must be a function. Received: str"),
        ({"tokens": TOKENS / 2}, "tokens must be integers. Received: an array of"),
        ({"tokens": [True] * 256}, "tokens must be integers. Received: list"),
        ({"cases": [STRONG]}, "cases must be a dict .* Received: list"),
        (
            {"cases": {"gaussian": ["strong"]}},
            "must hold pixembed.noise.Case. Received: str",
        ),
        ({"cases": {"gaussian": STRONG}}, "must be a list of cases. Received: Case"),
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
            {"images": IMAGES[:0], "labels": []},
            r"images must have shape .* Received: \(0,",
        ),
        (
            {"images": np.zeros((11, 28, 28), np.uint8)},
            r"n from 1 to 10.* Received: \(11,",
        ),
        (
            {"images": np.zeros((5, 32, 32, 2), np.uint8)},
            r"1 or 3 channels if any. Received: \(5, 32, 32, 2\)",
        ),
        ({"images": np.zeros((5, 0, 32), np.uint8)}, r"Received: \(5, 0, 32\)"),
        ({"labels": LABELS[:4]}, r"labels must have shape \(5,\).* Received: \(4,\)"),
        ({"labels": [1, 2, 3, 4, 10]}, r"labels must lie in 0\.\.9. Received: .*10"),
        ({"labels": [1, 2, 3, 4, -1]}, "labels must lie in"),
        ({"classes": 7}, r"labels must lie in 0\.\.6. Received: .*8"),
        ({"classes": 0}, "classes must be at least 1. Received: 0"),
        ({"tokens": TOKENS[:255]}, r"tokens must have .* Received: \(255,\)"),
        ({"tokens": TOKENS[None]}, r"tokens must have .* Received: \(1, 256\)"),
        ({"tokens": TOKENS - 1000}, "tokens must not be negative. Received: -424"),
        ({"cases": {}}, r"cases must have keys from .* Received: \[\]"),
        (
            {"cases": {"snow": [STRONG]}},
            r"cases must have keys from .* Received: \['snow'\]",
        ),
        ({"cases": {"gaussian": []}}, "must hold a noisy case"),
        ({"cases": {"gaussian": [CLEAN]}}, "must hold a noisy case"),
        ({"cases": {"impulse": [STRONG]}}, "cases of that kind. Received: 'gaussian'"),
        (
            {"predict": lambda images: np.ones((3, 10)) / 10},
            r"shape .* Received: \(3, 10\)",
        ),
        ({"predict": lambda images: np.ones((len(images), 10))}, "each row adding up"),
        ({"predict": lambda images: predict(images) * np.nan}, "return probabilities"),
    ],
)
def test_argument_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        explore(**changes)


def test_one_digit_and_one_case_are_enough():
    explorer = explore(
        images=IMAGES[:1], labels=np.array([3]), cases={"gaussian": [STRONG]}
    )
    assert repr(explorer).startswith("Noise explorer: 1 digit, 3 settings")
    assert isinstance(explorer, NoiseExplorer)


# Pictures of other shapes and classes

COLOURS = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
NAMES = ["airplane", "cat", "dog", "frog"]


def explore_colours(**changes):
    arguments = {
        "images": COLOURS,
        "labels": [1, 2, 3],
        "cases": {"gaussian": [STRONG]},
        "predict": lambda images: np.eye(4)[images[:, 0, 0, 0] % 4],
        "tokens": TOKENS,
        "classes": NAMES,
    }
    return explore_noise(**(arguments | changes))


def test_colour_pictures_are_explored_as_they_are():
    explorer = explore_colours()
    assert repr(explorer) == "Noise explorer: 3 pictures, 3 settings"
    explorer.digit, explorer.strength = 1, 1
    noisy = add_noise(COLOURS, STRONG, seed=0, overflow="clip")[1]
    figure = explorer.picture()
    image, tokens, histogram, answers = figure.axes
    np.testing.assert_array_equal(image.images[0].get_array(), noisy)
    channels = [TOKENS[noisy[..., channel]] for channel in range(3)]
    shown = tokens.images[0].get_array()
    np.testing.assert_array_equal(shown, np.concatenate(channels, axis=1))
    lines = [line[-1] for line in histogram.collections[0].get_segments()]
    found = np.transpose(np.unique(noisy, return_counts=True))
    np.testing.assert_array_equal(lines, found)
    assert histogram.get_ylabel().startswith("values")
    assert [name.get_text() for name in answers.get_yticklabels()] == NAMES
    answer = NAMES[noisy[0, 0, 0] % 4]
    assert figure.get_suptitle() == (
        "A picture of class dog; Gaussian noise, μ = 150, σ = 10, overflow: clip\n"
        f"The network answers {answer} with probability more than 0.99; "
        "the class is dog."
    )


def test_one_channel_is_grey():
    explorer = explore(images=IMAGES[..., None], predict=None)
    assert explorer.shape == [28, 28, 1]
    explorer.picture().savefig(io.BytesIO(), format="png")


def test_a_number_of_classes_names_them_by_their_numbers():
    assert explore_colours(classes=np.int64(4)).classes == ["0", "1", "2", "3"]
    assert explore().classes == []


# Noises from outside the package


def blur(images, reach, edge, *, rng):
    """A noise that leaves no grey level out of range, with a setting in words."""
    assert edge in ("repeat", "mirror")
    return images // (reach + 1)


@pytest.fixture
def blurs():
    parameters = {
        "reach": Parameter("r", "reach r", low=0, high=9, whole=True, start=1, step=1),
        "edge": Parameter("edge", "edge", choices=("repeat", "mirror"), start="mirror"),
    }
    noise.register(Noise("blur", blur, parameters, "blur"))
    yield
    del NOISES["blur"]


def test_a_noise_from_outside_is_explored_and_stored_once(blurs):
    case = Case("blur", (("reach", 2), ("edge", "mirror")))
    explorer = explore(cases={"blur": [case], "gaussian": [STRONG]})
    assert [setting["overflow"] for setting in explorer.settings] == [
        *(None, None),
        *("clip", "wrap"),
    ]
    np.testing.assert_array_equal(frames_of(explorer)[:, 1], IMAGES // 3)
    explorer.strength, explorer.overflow = 1, "wrap"
    title = "A handwritten 3; blur noise, r = 2, edge = mirror\n"
    assert explorer.picture().get_suptitle().startswith(title)
    image = explorer.picture().axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), IMAGES[0] // 3)


# NumPy's integers


def test_integers_of_numpy_are_taken():
    explorer = explore(labels=np.array(LABELS, "uint8"), seed=np.int64(0))
    explorer.digit, explorer.strength = np.int64(1), np.uint8(3)
    assert (explorer.digit, explorer.strength) == (1, 3)
    assert {type(explorer.digit), type(explorer.strength)} == {int}


@pytest.mark.parametrize("value", [1.0, "1", True, np.True_])
def test_what_is_no_integer_is_named(value):
    explorer = explore()
    for name in ("digit", "strength"):
        with pytest.raises(TypeError, match=f"{name} must be an integer. Received: "):
            setattr(explorer, name, value)
