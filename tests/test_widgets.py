import base64
import io

import numpy as np
import pytest
from PIL import Image

from pixembed import paper
from pixembed.evaluation import add_noise
from pixembed.widgets import NoiseExplorer, explore_noise, panels

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = [3, 7, 8, 0, 5]
CASES = {
    "gaussian": [row.case for row in paper.TABLE_3],
    "impulse": [row.case for row in paper.TABLE_4],
}
STRONG = paper.gaussian(150, 10)
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


def test_output_holds_the_view_a_picture_and_a_sentence(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == repr(explorer)
    assert repr(explorer) == "Noise explorer: 5 digits, 43 settings"
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer.model_id
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


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
        "the digit is a 7."
    )


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
            "images must be .* uint8. Received: an array of float64",
        ),
        ({"images": IMAGES.tolist()}, "images must be .* uint8. Received: list"),
        ({"labels": [0.0] * 5}, "labels must be integers. Received: list"),
        ({"labels": "37805"}, "labels must be integers. Received: str"),
        ({"predict": "plain"}, "predict must be a function. Received: str"),
        ({"tokens": TOKENS / 2}, "tokens must be integers. Received: an array of"),
        ({"tokens": [True] * 256}, "tokens must be integers. Received: list"),
        ({"cases": [STRONG]}, "cases must be a dict .* Received: list"),
        (
            {"cases": {"gaussian": ["strong"]}},
            "must hold pixembed.paper.Case. Received: str",
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
            r"n from 1 to 10. Received: \(11,",
        ),
        ({"images": np.zeros((5, 32, 32), np.uint8)}, r"Received: \(5, 32, 32\)"),
        ({"labels": LABELS[:4]}, r"labels must have shape \(5,\).* Received: \(4,\)"),
        ({"labels": [1, 2, 3, 4, 10]}, r"labels must be digits .* Received: \[1, 2"),
        ({"labels": [1, 2, 3, 4, -1]}, "labels must be digits"),
        ({"tokens": TOKENS[:255]}, r"tokens must have .* Received: \(255,\)"),
        ({"tokens": TOKENS[None]}, r"tokens must have .* Received: \(1, 256\)"),
        ({"tokens": TOKENS - 1000}, "tokens must not be negative. Received: -424"),
        ({"cases": {}}, r"cases must have keys from .* Received: \[\]"),
        (
            {"cases": {"snow": [STRONG]}},
            r"cases must have keys from .* Received: \['snow'\]",
        ),
        ({"cases": {"gaussian": []}}, "must hold a noisy case"),
        ({"cases": {"gaussian": [paper.CLEAN]}}, "must hold a noisy case"),
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
