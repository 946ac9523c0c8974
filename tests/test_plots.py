"""Figures: what is written in them and how long their bars are."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from pixembed import plots
from pixembed.results import Contrast, Summary


@pytest.fixture(autouse=True)
def headless():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Contrast(0.0912, 0.079, 0.1034, 5), "+9.1 (+7.9 to +10.3)"),
        (Contrast(-0.02, -0.05, 0.01, 3), "-2.0 (-5.0 to +1.0)"),
        (Contrast(0.5, None, None, 1), "+50.0"),
    ],
)
def test_a_difference_is_written_in_points(found, text):
    assert plots.points(found) == text


def test_the_map_writes_every_accuracy_and_every_mark():
    grid = pd.DataFrame(
        [[0.25, 0.5], [0.75, 0.987]], ["raw", "trained"], ["none", "train"]
    )
    marks = {("trained", "train"): "PE"}
    figure = plots.factorial_map({"wrap": grid, "clip": grid / 2}, marks)
    wrap, clip, _ = figure.axes
    written = {text.get_text(): text.get_position() for text in wrap.texts}
    assert {"25", "50", "75", "99", "PE"} <= set(written)
    assert written["75"] == (0, 1)
    column, row = written["PE"]
    assert (round(column), round(row)) == (1, 1)
    assert "12" in {text.get_text() for text in clip.texts}
    assert [label.get_text() for label in wrap.get_yticklabels()] == ["raw", "trained"]


def test_bars_reach_from_the_smallest_to_the_largest_seed():
    found = Summary(0.6, None, None, 0, 1, 0.5, 0.8, 2, 100)
    _, axis = plt.subplots()
    plots.bars(axis, {"one": found, "other": found}, ["red", "blue"])
    assert [bar.get_height() for bar in axis.patches] == pytest.approx([60, 60])
    (lines,) = axis.collections
    (_, low), (_, high) = lines.get_segments()[0]
    assert (low, high) == pytest.approx((50, 80))
    assert {text.get_text() for text in axis.texts} == {"60"}
