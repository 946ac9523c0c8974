"""The table editor's Python side: what it stores, computes and refuses."""

import numpy as np
import pytest

from pixembed import data, evaluation, weights
from pixembed.noise import CLEAN, gaussian
from pixembed.widgets import edit_table, lab, table_editor

rng = np.random.default_rng(0)
TOKENS = np.minimum(np.arange(256) // 2, 99)


@pytest.fixture(scope="module")
def model():
    return weights.load("text-pixel_embedding-0")


@pytest.fixture(scope="module")
def trained(model):
    """Table and tokens of the lab's network."""
    layer = model.get_layer("pixel_embedding")
    levels = np.arange(256, dtype=np.uint8).reshape(1, 1, 256)
    return layer.table.get_weights()[0], np.asarray(layer.tokens(levels)).ravel()


def make(**changes):
    tables = {"first": rng.normal(size=(100, 64)), "second": np.ones((100, 64))}
    return edit_table(**({"tables": tables, "tokens": TOKENS} | changes))


def test_it_reads_with_the_trained_table_as_the_network_does(trained, model):
    editor = edit_table({"as trained": trained[0]}, trained[1])
    sample, places = data.load_sample(), lab.DIGITS[:100]
    cases = [CLEAN, gaussian(50, 10)]
    options = {"seed": 0, "overflow": "clip"}
    images, labels = sample.images[places], sample.labels[places]
    scored = evaluation.score_cases(model, images, labels, cases, **options)
    found = editor.right(cases)
    assert found == [score.correct for _, score in scored]
    editor.overflow = "wrap"
    assert editor.right(cases)[1] < found[1]


def test_a_table_without_words_reads_nothing(trained):
    table, tokens = trained
    empty = edit_table({"as trained": table, "empty": np.zeros_like(table)}, tokens)
    empty.table = "empty"
    assert empty.right([CLEAN])[0] <= 20


def test_black_and_white_are_the_ends_of_the_line():
    editor = make()
    assert editor.places[[0, 255]] == pytest.approx([0, 1])
    stored = editor.rows
    np.testing.assert_array_equal(stored[198], stored[255])
    assert not np.array_equal(stored[197], stored[255])


def test_what_is_drawn_stands_on_the_line():
    editor = make()
    black, white = editor.rows[[0, 255]]
    editor.curve = np.linspace(-0.2, 1.2, 256).tolist()
    editor.table = "drawn by hand"
    np.testing.assert_allclose(editor.places, editor.curve)
    middle = black + editor.curve[100] * (white - black)
    np.testing.assert_allclose(editor.rows[100], middle)


def test_picture_shows_places_and_course():
    editor = make()
    left, right = editor.picture().axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), editor.places)
    assert right.lines[0].get_xdata().tolist() == list(table_editor.STRENGTHS)
    counts = editor.right([CLEAN])
    assert right.lines[0].get_ydata()[0] == counts[0] / 100


def test_repr_is_a_sentence():
    assert repr(make()) == "Table editor: 2 tables, 100 digits"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"tables": {}}, ValueError, "tables must hold one or more arrays"),
        ({"tables": [1]}, TypeError, "tables must be a dict"),
        (
            {"tables": {"thin": np.ones((100, 2))}},
            ValueError,
            "tables must have rows of 64 numbers. Received: 2",
        ),
        (
            {"tables": {"drawn by hand": np.ones((100, 64))}},
            ValueError,
            "tables must have other names. Received: 'drawn by hand'",
        ),
        ({"tokens": TOKENS + 1}, ValueError, "tokens must be rows of the tables"),
    ],
)
def test_bad_arguments_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        make(**changes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("table", "third", "table must be one of .* Received: 'third'"),
        ("overflow", "stop", "overflow must be one of .* Received: 'stop'"),
        ("curve", [0.5], "curve must be 256 numbers, .* Received: list"),
        ("curve", [float("nan")] * 256, "curve must be finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(name, value, message):
    editor = make()
    with pytest.raises(ValueError, match=message):
        setattr(editor, name, value)
