"""Costs that ship with the book, and the floor below which none can fall."""

import numpy as np
import pytest

from benchmarks.__main__ import GROUPS
from pixembed import costs, networks
from pixembed.recipes import TEXT


def of(group):
    return [cost for cost in costs.read() if cost.group == group]


def test_every_group_of_the_benchmark_ships():
    """But for that which takes the time on the clock, of a machine that was busy."""
    shipped = [*dict.fromkeys(cost.group for cost in costs.read())]
    assert shipped == [group for group in GROUPS if group != "jobs"]


def test_what_ships_is_in_order_and_says_what_made_it():
    for cost in costs.read():
        assert 0 < cost.least <= cost.median <= cost.most
        assert cost.machine and "keras" in cost.versions and cost.rounds >= 1


@pytest.mark.parametrize("arm", ["plain", "pixel_embedding"])
def test_operations_are_those_of_the_layers(arm):
    model = networks.build(TEXT[arm], seed=0)
    kernels = {layer.name: layer for layer in model.layers if hasattr(layer, "kernel")}

    def operations(name):
        layer = kernels[name]
        places = np.prod(layer.output.shape[1:-1], dtype=int)
        return int(places * np.prod(layer.kernel.shape))

    width = 64 if arm == "pixel_embedding" else 1
    assert costs.first_layer(784, width, folded=False)[0] == operations("convolution_1")
    behind = operations("convolution_2") + operations("full_connection")
    assert costs.other_layers(784)[0] == behind


def test_folding_takes_the_width_out_of_the_operations():
    for width in (1, 64):
        unfolded, folded = (
            costs.first_layer(100, width, folded=folded) for folded in (False, True)
        )
        assert unfolded[0] == width * folded[0]
        assert unfolded[1] - folded[1] == 8 * 100 * width


def test_the_floor_is_the_slower_of_the_two():
    assert costs.floor((10, 10), (5, 1)) == 10
    assert costs.floor((10, 10), (1, 100)) == 10
