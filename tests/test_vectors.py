"""Figures of vectors: where the dots, matrices, paths and bars lie."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose

from pixembed.plots import vectors

LEVELS = np.array([0, 3, 7, 200])
PLACES = np.array([[0.0, 1.0], [2.0, -1.0], [5.0, 4.0], [-3.0, 2.0]])


@pytest.fixture(autouse=True)
def headless():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def assert_dots(axis, places):
    (dots,) = axis.collections
    assert_allclose(dots.get_offsets(), places)
    assert_allclose(dots.get_array(), LEVELS)


def test_a_scatter_marks_the_dots_that_are_named():
    axis = vectors.scatter(*PLACES.T, LEVELS, marks={0: "black", -1: "the last"})
    assert_dots(axis, PLACES)
    marks = {text.get_text(): text.xy for text in axis.texts}
    assert marks == {"black": (0, 1), "the last": (-3, 2)}
    assert axis.figure.axes[1].get_ylabel() == "grey level"


def test_four_maps_stand_in_the_order_of_reading():
    figure = vectors.maps({title: PLACES + ord(title) for title in "abcd"}, LEVELS)
    *axes, bar = figure.axes
    for axis, title in zip(axes, "abcd", strict=True):
        assert axis.get_title() == title
        assert_dots(axis, PLACES + ord(title))
    figure.draw_without_rendering()
    a, b, c, _ = (axis.get_position() for axis in axes)
    assert a.x0 < b.x0 and a.y0 > c.y0
    assert bar.get_ylabel() == "grey level"


def test_similarities_have_the_first_level_below_and_fixed_limits():
    matrix = np.array([[1.0, 0.5], [-0.5, 0.2]])
    figure = vectors.similarities({"before": matrix, "after": matrix.T})
    first, second, bar = figure.axes
    assert_allclose(first.images[0].get_array(), matrix)
    assert_allclose(second.images[0].get_array(), matrix.T)
    assert [axis.get_title() for axis in (first, second)] == ["before", "after"]
    bottom, top = first.get_ylim()
    assert bottom < top
    assert first.images[0].get_clim() == second.images[0].get_clim() == (-1, 1)
    assert bar.get_ylabel() == "cosine similarity"


def test_first_axes_are_drawn_over_the_grey_level():
    first, second = PLACES.T
    figure = vectors.first_axes({"before": first, "after": second}, LEVELS)
    for axis, place in zip(figure.axes, (first, second), strict=True):
        assert_dots(axis, np.transpose([LEVELS, place]))
        assert axis.get_xlabel() == "grey level"
    assert [axis.get_title() for axis in figure.axes] == ["before", "after"]


def test_a_path_joins_its_stops_and_marks_all_but_the_last():
    figure = vectors.paths({"after": PLACES}, LEVELS, [2, 0, 3])
    (axis,) = figure.axes
    assert_dots(axis, PLACES)
    (path,) = axis.lines
    assert_allclose(path.get_xydata(), PLACES[[2, 0, 3]])
    marks = {text.get_text(): tuple(text.xy) for text in axis.texts}
    assert marks == {"7": (5, 4), "0": (0, 1)}
    assert axis.get_aspect() == 1


def test_bars_are_means_and_dots_are_networks():
    found = np.array([[[0.5, 0.75], [0.25, 1.0]], [[0.125, 0], [0.375, 0]]])
    accuracies = {"one": found[0], "other": found[1]}
    axis = vectors.grouped_bars(accuracies, ["clean", "noise"])
    assert_allclose([bar.get_height() for bar in axis.patches], [37.5, 87.5, 25, 0])
    middles = np.array([bar.get_x() + bar.get_width() / 2 for bar in axis.patches])
    one, other = middles.reshape(2, 2)
    assert_allclose(other - one, 0.14)
    assert_allclose((one + other) / 2, [0, 1])
    dots = [line.get_xydata().T for line in axis.lines]
    assert_allclose([across for across, _ in dots], [one, one, other, other])
    assert_allclose([up for _, up in dots], 100 * found.reshape(4, 2))
    assert [text.get_text() for text in axis.get_xticklabels()] == ["clean", "noise"]
    assert [text.get_text() for text in axis.get_legend().texts] == ["one", "other"]
