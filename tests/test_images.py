"""Pictures of grey levels: every grey level is where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pixembed import plots


@pytest.fixture(autouse=True)
def headless():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def reaches(axis, grey, share):
    """Whether a histogram's area ends at this share of pixels, in per cent."""
    (area,) = axis.collections
    below, above = [(grey, 0.99 * share), (grey, 1.01 * share + 0.01)]
    inside = area.get_paths()[0].contains_points([below, above])
    return not inside[1] and (share == 0 or inside[0])


def test_histograms_show_the_share_of_every_grey_level():
    images = {
        "two levels": np.array([[[3, 3], [3, 250]]], np.uint8),
        "one level": np.full((2, 3), 7, np.uint8),
    }
    figure = plots.show_histograms(images)
    two, one = figure.axes
    assert (two.get_title(), one.get_title()) == (*images,)
    assert reaches(two, 3, 75) and reaches(two, 250, 25) and reaches(two, 7, 0)
    assert reaches(one, 7, 100) and reaches(one, 3, 0)
