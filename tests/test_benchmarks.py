"""The benchmarks run; how fast, they say when they are asked."""

import numpy as np
import pytest

from benchmarks import networks, noise
from pixembed.data import load_sample


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


@pytest.mark.parametrize("folded", [False, True])
def test_a_network_learns_and_answers_in_every_round(folded):
    recipe = networks.RECIPES["neighbours"]
    tasks = networks.tasks_of(recipe, load_sample(), 8, folded)
    assert tasks[1]().shape == (8, 10)
    ((learning, answering),) = networks.times({"neighbours": tasks}, rounds=2).values()
    assert len(learning) == len(answering) == 2


def test_a_line_of_networks_compares_with_the_plain_one():
    plain = ((0.1, 0.2), (0.010, 0.010))
    found = networks.line("neighbours", ((0.3, 0.3), (0.011, 0.013)), plain)
    words = "neighbours 300 (300 to 300) 2.00 12 (11 to 13) 1.20"
    assert " ".join(found.split()) == words
