"""The benchmarks run; how fast, they say when they are asked."""

from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import growth, layers, networks, noise, timing
from pixembed import costs, training
from pixembed.data import load_sample


@pytest.mark.parametrize("name", noise.PAIRS)
def test_both_make_noise_of_the_same_images(name):
    images = np.full((3, 28, 28), 100, np.uint8)
    for function in noise.PAIRS[name]:
        assert function(images).shape == images.shape


def test_all_take_turns_and_the_first_turn_does_not_count():
    turns = []
    tasks = {name: lambda own=name: turns.append(own) for name in "ab"}
    found = [*timing.rows(tasks, 2, images=7, at=3.0)]
    assert turns == [*"ababab"]
    assert [(name, at, n, unit) for name, at, n, unit, _ in found] == [
        ("a", 3.0, 7, "s"),
        ("b", 3.0, 7, "s"),
    ]
    assert all(len(took) == 2 for *_, took in found)


def test_what_others_do_meanwhile_does_not_count():
    import time

    assert timing.seconds(time.sleep, 0.2) < 0.1
    assert timing.seconds(time.sleep, 0.1, clock=time.perf_counter) >= 0.1


@pytest.mark.parametrize("name", ["neighbours, folded", "unfolded"])
def test_a_network_learns_and_answers(name):
    images = training.first(load_sample(), 8)
    assert networks.answering(networks.WAYS[name], images)().shape == (8, 10)
    history = networks.learning(networks.WAYS[name], images)()
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.skipif(not find_spec("torch"), reason="PyTorch is not installed")
def test_the_networks_in_pytorch_have_the_weights_of_ours():
    from benchmarks import in_torch

    images = training.first(load_sample(), 8)
    for name, model in in_torch.both(images).items():
        ours = networks.built(networks.WAYS[name.partition(",")[0]], images)
        assert sum(p.numel() for p in model.parameters()) == sum(
            int(np.prod(weight.shape)) for weight in ours.trainable_weights
        )


def test_a_network_is_cut_off_behind_each_layer():
    found = [name for name, *_ in layers.by_layer("plain", rounds=1, count=4)]
    assert found[0] == "scale" or len(found) >= 6
    assert found[-1] == "full_connection"


def test_tiles_are_digits_side_by_side():
    digits = load_sample().images[:4]
    tiles = growth.tiled(digits, 2, 50)
    assert tiles.shape == (50, 50)
    np.testing.assert_array_equal(tiles[:28, 28:], digits[1][:, :22])
    np.testing.assert_array_equal(tiles[28:, :28], digits[2][:22])


@pytest.fixture
def two():
    """A group of two names, measured in three rounds."""
    return [
        bench.made("answers", name, 0.0, 10, "s", [n, 2 * n, 4 * n])
        for name, n in (("plain", 0.001), ("folded", 0.003))
    ]


def test_a_line_has_median_spread_and_ratio(two):
    lines = bench.table(two).splitlines()
    assert lines[1] == "answers"
    assert " ".join(lines[2].split()) == "plain 2 (1 to 4) ms 1.00"
    assert " ".join(lines[3].split()) == "folded 6 (3 to 12) ms 3.00"


def test_each_size_is_compared_with_its_own_first():
    found = [
        bench.made("width", name, at, 1, "s", [took])
        for at, name, took in ((1, "a", 1), (1, "b", 2), (9, "a", 5), (9, "b", 5))
    ]
    ratios = [line.split()[-1] for line in bench.table(found).splitlines()[2:]]
    assert ratios == ["1.00", "2.00", "1.00", "1.00"]


def test_what_a_file_holds_is_not_measured_again(two, tmp_path, monkeypatch, capsys):
    def answers():
        asked.append(1)
        yield "plain", 0.0, 10, "s", [0.5]

    asked, file = [], tmp_path / "speed.csv"
    monkeypatch.setattr(bench, "GROUPS", {"answers": answers, "training": answers})
    costs.write(file, two)
    bench.main(str(file))
    bench.main(str(file))
    assert len(asked) == 1
    found = costs.read(file)
    assert [cost.group for cost in found] == ["answers", "answers", "training"]
    assert found[:2] == two
    assert capsys.readouterr().out.count("training") == 2
    with pytest.raises(ValueError, match="^group must be one of .*Received: 'speed'"):
        bench.main(str(file), "speed")
