import numpy as np
import pytest

from pixembed import paper
from pixembed.evaluation import add_noise
from pixembed.widgets import NoiseExplorer, explore_noise

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = [3, 7, 8, 0, 5]
CASES = {
    "gaussian": [row.case for row in paper.TABLE_3],
    "impulse": [row.case for row in paper.TABLE_4],
}
STRONG = paper.gaussian(150, 10)


def predict(images):
    scores = images.reshape(len(images), -1)[:, :10] + 1.0
    return scores / scores.sum(axis=1, keepdims=True)


def explore(**changes):
    arguments = {"images": IMAGES, "labels": LABELS, "predict": predict, "cases": CASES}
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


def test_input_is_left_alone():
    before = IMAGES.copy()
    explore()
    np.testing.assert_array_equal(IMAGES, before)


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
    assert ".noise-explorer" in state["_css"]


def test_repr_is_the_text_where_no_script_runs(explorer):
    sentence = "Noise explorer: 5 digits, 43 settings; needs JavaScript"
    assert repr(explorer) == sentence
    assert explorer._repr_mimebundle_()[0]["text/plain"] == sentence


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
    explorer = explore()
    before = getattr(explorer, name)
    with pytest.raises(
        ValueError, match=f"{name} must be one of .*. Received: {value!r}"
    ):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


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
        ({"predict": None}, "predict must be a function. Received: NoneType"),
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
