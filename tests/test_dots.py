"""Dots: where they stand, in which colour, and what is crossed beside them."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba

from pixembed import plots
from pixembed.evaluation import Score
from pixembed.noise import CLEAN
from pixembed.paper import TABLE_3, gaussian
from tests.test_printed import CASES, ROWS, both_overflows, counts
from tests.test_results import FIRST


@pytest.fixture(autouse=True)
def headless():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def points(line):
    return [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)]


def row_labels(axis):
    return [text.get_text() for text in axis.get_yticklabels()]


def test_an_arm_has_its_colour_of_the_book_and_others_their_own():
    names = ["other", "pixel embedding", "plain", "another"]
    figure = plots.case_dots(dict.fromkeys(names, [FIRST]), [CLEAN])
    colours = {line.get_label(): line.get_color() for line in figure.axes[1].lines}
    assert colours["plain"] == plots.COLOURS["plain"]
    assert colours["pixel embedding"] == plots.COLOURS["pixel_embedding"]
    assert len(set(colours.values())) == 4


def test_a_mean_over_cases_is_a_dot_in_the_row_of_its_arm_and_recipe():
    recipes = {name: both_overflows(name) for name in ("code", "text")}
    figure = plots.mean_dots(recipes, CASES, {"plain": ROWS})
    wrap, clip = figure.axes
    assert row_labels(wrap)[:3] == ["plain, code", "plain, text", "standardised, code"]
    assert [points(line)[0] for line in clip.lines] == [
        (75, 0),
        (75, 1),
        (76, 2),
        (76, 3),
        (77, 4),
        (77, 5),
    ]
    crosses = [points(line) for line in wrap.lines if line.get_marker() == "x"]
    assert crosses == [[(87.18, 0)], [(87.18, 1)]]


def test_scores_are_drawn_with_their_interval():
    counted = {"one": [Score(90, 100), Score(10, 100)], "other": [Score(50, 100)] * 2}
    (axis,) = plots.score_dots(counted, ["plain", "standardised"]).axes
    assert row_labels(axis) == ["one", "other"]
    plain, standardised = axis.containers
    assert points(plain.lines[0]) == [(90, 0), (50, 1)]
    assert points(standardised.lines[0]) == [(10, 0), (50, 1)]
    (low, _), (high, _) = plain.lines[2][0].get_segments()[0]
    assert (low, high) == pytest.approx((82.6, 94.5), abs=0.05)
    assert plain.get_label() == "plain"


def test_each_of_ours_takes_the_papers_place():
    stored = counts("plain", (84.7, 87.7), (84.7, 89.7), (84.7, 85.7))
    figure = plots.yardsticks([stored], ROWS, ["plain"], overflow="wrap")
    cross, dots = figure.axes[0].lines
    assert points(cross) == [(pytest.approx(0.98), 0)]
    assert points(dots) == [
        (pytest.approx(0), 0),
        (pytest.approx(1.5), 0),
        (pytest.approx(1.5), 0),
    ]
    assert row_labels(figure.axes[0]) == ["plain, text"]


def test_a_single_network_has_no_yardstick():
    stored = counts("plain", (84.7, 87.7))
    figure = plots.yardsticks([stored], ROWS, ["plain"], overflow="wrap")
    _, dots = figure.axes[0].lines
    assert points(dots) == []


def test_printed_crosses_are_those_of_the_case():
    printed = {"plain": {row.case: row.without for row in TABLE_3[:2]}}
    figure = plots.case_dots({"plain": [FIRST]}, [CLEAN, gaussian(1, 1)], printed)
    assert points(figure.axes[0].lines[-1]) == [(98.7, 0), (85.7, 1)]
    assert len(figure.axes[1].lines) == 1


def test_the_arms_are_named_in_their_colours():
    figure = plt.figure()
    plots.name_arms(figure)
    (legend,) = figure.legends
    named = {
        text.get_text(): patch.get_facecolor()
        for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)
    }
    colours = {plots.NAMES[arm]: plots.COLOURS[arm] for arm in plots.NAMES}
    assert named == {name: to_rgba(colour) for name, colour in colours.items()}
