"""The map of gains: what it writes, in which colour, and what it refuses."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pixembed import plots

ROWS = ["clean", "fog"]
FOUND = {
    "digits": {"number": [0.98, 0.3], "words": [0.9, 0.8]},
    "clothes": {"number": [0.8, 0.5], "words": [0.8, 0.1]},
}


@pytest.fixture
def figure():
    yield plots.gain_map(FOUND, ROWS)
    plt.close("all")


def test_the_first_method_has_its_accuracy_and_the_others_their_gain(figure):
    first, second = figure.axes[:2]
    assert [text.get_text() for text in first.texts] == ["98", "30", "-8", "+50"]
    assert [text.get_text() for text in second.texts] == ["80", "50", "0", "-40"]
    assert [axis.get_title() for axis in (first, second)] == [*FOUND]


def test_what_is_better_is_blue_and_what_is_worse_is_red(figure):
    colours = [
        axis.images[0].to_rgba(axis.images[0].get_array()) for axis in figure.axes[:2]
    ]
    better, worse = colours[0][1, 1], colours[1][1, 1]
    assert better[2] > better[0] and worse[0] > worse[2]
    assert np.isnan(figure.axes[0].images[0].get_array().filled(np.nan)[:, 0]).all()


def test_rows_and_methods_are_named(figure):
    first = figure.axes[0]
    assert [label.get_text() for label in first.get_yticklabels()] == ROWS
    assert [label.get_text() for label in first.get_xticklabels()] == [
        "number",
        "words",
    ]


def test_another_number_of_rows_is_refused():
    with pytest.raises(
        ValueError, match=r"^accuracies of digits must be 1 .*\[2, 2\]$"
    ):
        plots.gain_map(FOUND, ["clean"])


def test_what_is_not_known_stays_empty():
    found = {"digits": {"number": [0.98, 0.3], "words": [0.9, np.nan]}}
    axis = plots.gain_map(found, ROWS).axes[0]
    assert [text.get_text() for text in axis.texts] == ["98", "30", "-8"]
    plt.close("all")


def test_four_panels_stand_in_two_rows():
    found = {str(k): FOUND["digits"] for k in range(4)}
    figure = plots.gain_map(found, ROWS)
    corners = {tuple(axis.get_position().p0.round(2)) for axis in figure.axes[:4]}
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 2
    plt.close("all")
