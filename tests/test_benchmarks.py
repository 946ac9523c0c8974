"""The benchmarks run; how fast, they say when they are asked."""

import numpy as np
import pytest

from benchmarks import noise


@pytest.mark.parametrize("name", noise.PAIRS)
def test_both_make_noise_of_the_same_images(name):
    images = np.full((3, 28, 28), 100, np.uint8)
    for function in noise.PAIRS[name]:
        assert function(images).shape == images.shape


def test_a_line_has_medians_spreads_and_their_ratio():
    found = noise.line("impulse", (0.001, 0.002, 0.004), (0.006, 0.005, 0.008))
    assert " ".join(found.split()) == "impulse 2 (1 to 4) 6 (5 to 8) 3.0"


def test_every_round_times_ours_and_theirs():
    images = np.zeros((2, 28, 28), np.uint8)
    ours, theirs = noise.times(noise.PAIRS["salt and pepper"], images, rounds=3)
    assert len(ours) == len(theirs) == 3
    assert noise.machine()
