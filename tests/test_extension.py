"""A front end, a network, a dataset and a noise from outside the package.

Each is one record in one place; everything else follows.
"""

import hashlib
import importlib
import sys
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from pixembed import (
    checks,
    data,
    evaluation,
    front_ends,
    networks,
    noise,
    reproduction,
    results,
    training,
)
from pixembed.cores import on_cores
from pixembed.experiments import Experiment
from pixembed.recipes import Recipe

# A front end: bits, the highest first


def bits(images, seeds, depth):
    channels = images if len(images.shape) == 4 else keras.ops.expand_dims(images, -1)
    shifted = [channels // 2 ** (7 - number) for number in range(depth)]
    found = keras.ops.concatenate(shifted, axis=-1) % 2
    return keras.ops.cast(found, "float32")


BITS = front_ends.FrontEnd(
    "bits",
    bits,
    defaults={"depth": 8},
    checks={"depth": partial(checks.check_integer, "depth", low=1, high=8)},
)

# A network: one small layer


def linear(features, seeds, classes):
    start = keras.initializers.GlorotUniform(seed=next(seeds))
    folded = keras.layers.Flatten(name="folding")(features)
    return keras.layers.Dense(
        classes, kernel_initializer=start, dtype="float32", name="full_connection"
    )(folded)


# A dataset: four colours, as 32×32×3


def four_colours():
    rng = np.random.default_rng(0)
    arrays = {}
    for split, n in (("train", 48), ("test", 24)):
        labels = np.arange(n, dtype=np.uint8) % 4
        means = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [200, 200, 60]])
        images = means[labels][:, None, None] + rng.integers(-50, 50, (n, 32, 32, 3))
        arrays |= {f"x_{split}": images.astype(np.uint8), f"y_{split}": labels}
    return arrays


COLOURS = data.Source(
    "colours",
    "Four colours",
    (32, 32, 3),
    {
        key: hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
        for key, array in four_colours().items()
    },
    classes=4,
    read=four_colours,
)


def both_splits():
    return data.load("colours", "train"), data.load("colours", "test")


# A corruption: grey levels that do not overflow, and a setting that is a word


def shade(images, side, strength, *, rng):
    """Darkens one half of each image, by a share drawn for it."""
    half = images.shape[2] // 2
    columns = slice(half) if side == "left" else slice(half, None)
    shares = np.random.default_rng(rng).uniform(0, strength, len(images))
    noisy = images.copy()
    kept = 1 - shares.reshape(-1, *[1] * (images.ndim - 1))
    noisy[:, :, columns] = (images[:, :, columns] * kept).astype(np.uint8)
    return noisy


SHADE = noise.Noise(
    "shade",
    shade,
    {
        "side": noise.Parameter(
            "side", "side", choices=("left", "right"), start="left"
        ),
        "strength": noise.Parameter("s", "strength"),
    },
    "shading",
)


def shaded(side, strength=0.8):
    return noise.Case("shade", (("side", side), ("strength", strength)))


def make_known():
    """Registers all four; a process that this module is new to does it as well."""
    for registry, name, register in (
        (front_ends.FRONT_ENDS, "bits", partial(front_ends.register, BITS)),
        (networks.NETWORKS, "linear", partial(networks.register, "linear", linear)),
        (data.SOURCES, "colours", partial(data.register, COLOURS)),
        (noise.NOISES, "shade", partial(noise.register, SHADE)),
    ):
        if name not in registry:
            register()


def make_unknown():
    del front_ends.FRONT_ENDS["bits"]
    del networks.NETWORKS["linear"]
    del data.SOURCES["colours"]
    del noise.NOISES["shade"]


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.delenv("PIXEMBED_DATA", raising=False)
    make_known()
    yield
    make_unknown()


@pytest.fixture
def colours():
    return both_splits()


def mine(**settings):
    settings = {"network": "linear", "learning_rate": 0.01, "epochs": 2} | settings
    return Recipe("mine", "bits", {"depth": 3}, batch_size=16, **settings)


def fit(recipe, train, **options):
    """Trains without compiling first, which takes longer than such a training."""
    eagerly = property(lambda model: True, lambda model, wish: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", eagerly)
        return training.fit(recipe, train, **{"seed": 0, "progress": False} | options)


def counts(model, test, cases, overflow="clip"):
    found = evaluation.score_cases(
        model, test.images, test.labels, cases, seed=0, overflow=overflow
    )
    return [score.correct for _, score in found]


# Each by itself


def test_a_front_end_has_options_that_are_checked_where_the_recipe_is_made():
    assert Recipe("mine", "bits").options == {"depth": 8}
    with pytest.raises(ValueError, match="^depth must lie in 1..8. Received: 9$"):
        Recipe("mine", "bits", {"depth": 9})
    with pytest.raises(ValueError, match="^an option of bits .*Received: 'width'$"):
        Recipe("mine", "bits", {"width": 2})


def test_a_front_end_works_with_the_books_networks_and_images(digits):
    model, _ = fit(replace(mine(epochs=1), network="table1"), digits.rows(slice(16)))
    first = model.get_layer("convolution_1")
    assert first.input.shape[1:] == (28, 28, 3)
    front = keras.Model(model.input, first.input)
    levels = np.full((1, 28, 28), 0b10110000, np.uint8)
    found = front.predict(levels, verbose=0)
    assert (found == [1, 0, 1]).all()


@pytest.mark.parametrize("front_end", ["number", "pixel_embedding"])
def test_a_network_works_with_the_books_front_ends(front_end, colours):
    train, _ = colours
    recipe = Recipe("mine", front_end, {"statistics": "train"}, "linear", epochs=1)
    model, _ = fit(recipe, train)
    assert model.output.shape == (None, 4)
    assert [layer.name for layer in model.layers][-2:] == ["folding", "full_connection"]


def test_a_dataset_brings_its_shape_and_its_classes(colours):
    train, test = colours
    assert str(train) == "Four colours, train split: 48 images, 32x32x3 grey levels"
    assert (train.classes, test.images.shape) == (4, (24, 32, 32, 3))
    model, history = fit(mine(epochs=4), train)
    assert (model.input.shape, model.output.shape) == ((None, 32, 32, 3), (None, 4))
    assert history[-1]["loss"] < history[0]["loss"]
    assert counts(model, test, [noise.CLEAN]) == [24]


def test_a_dataset_that_is_not_what_it_was_is_refused(monkeypatch):
    other = replace(COLOURS, sha256=COLOURS.sha256 | {"y_test": "0" * 64})
    monkeypatch.setitem(data.SOURCES, "colours", other)
    with pytest.raises(ValueError, match="reads colours: .*'y_test' is not that of"):
        data.load("colours", "test")


def test_a_noise_has_a_label_a_key_and_controls():
    case = shaded("left")
    assert case.label == "side = left, s = 0.8"
    assert case.key == "shade side=left strength=0.8"
    assert noise.from_key(case.key) == case
    assert not case.overflows
    assert noise.get("shade").parameters["side"].control == {
        "label": "side",
        "choices": ["left", "right"],
        "start": "left",
    }
    with pytest.raises(ValueError, match="^side must be one of .*Received: 'top'$"):
        shaded("top")
    with pytest.raises(ValueError, match="^strength must lie in 0..1. Received: 2$"):
        shaded("left", 2)


def test_a_noise_is_asked_about_like_the_others(colours):
    train, test = colours
    model, _ = fit(mine(), train)
    cases = [noise.CLEAN, shaded("left"), shaded("right"), noise.gaussian(50, 10)]
    clipped, wrapped = (counts(model, test, cases, o) for o in noise.OVERFLOWS)
    assert clipped[:3] == wrapped[:3]
    dark = noise.add_noise(test.images, cases[1], seed=0, overflow="clip")
    assert (dark[:, :, :16] < test.images[:, :, :16]).any()
    np.testing.assert_array_equal(dark[:, :, 16:], test.images[:, :, 16:])


# Noise in training

NOISY = (noise.CLEAN, noise.gaussian(25, 5))


def test_noise_in_training_is_drawn_anew_in_each_epoch_from_the_seed(colours):
    train, _ = colours
    recipe = mine(noise=(*NOISY, shaded("left")))

    def images(seed, epoch):
        """In the order of the training set."""
        noisy = training.epoch_images(recipe, train, seed, epoch)
        clean = training.epoch_images(mine(), train, seed, epoch)
        np.testing.assert_array_equal(noisy.labels, clean.labels)
        order = training.epoch_images(mine(), numbered, seed, epoch).labels
        return noisy.images[np.argsort(order)]

    numbered = replace(train, labels=np.arange(len(train)), classes=len(train))
    found = {(seed, epoch): images(seed, epoch) for seed in (0, 1) for epoch in (0, 1)}
    for key, one in found.items():
        np.testing.assert_array_equal(images(*key), one)
        same = (one == train.images).all(axis=(1, 2, 3))
        assert 5 < same.sum() < 30
        assert all((one != other).any() for k, other in found.items() if k != key)


def test_a_resumed_run_is_given_the_noise_of_a_run_that_never_stopped(
    colours, tmp_path, monkeypatch
):
    train, _ = colours
    given = []
    real = training.epoch_images

    def recorded(*arguments):
        given.append(real(*arguments).images)
        return real(*arguments)

    monkeypatch.setattr(training, "epoch_images", recorded)
    recipe = mine(noise=NOISY)
    _, history = fit(recipe, train)
    fit(replace(recipe, epochs=1), train, checkpoint=tmp_path)
    _, resumed = fit(recipe, train, checkpoint=tmp_path)
    assert len(given) == 4
    np.testing.assert_array_equal(given[:2], given[2:])
    losses = [[entry["loss"] for entry in each] for each in (history, resumed)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    with pytest.raises(ValueError, match="belongs to another run: recipe differ"):
        fit(mine(), train, checkpoint=tmp_path)


# An experiment of one's own, on two cores

IN_ITS_OWN_MODULE = '''
import importlib.util
import sys


def load():
    """The module that registers everything, wherever this one is imported."""
    name = "an_extension_of_pixembed"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, {file!r})
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    sys.modules[name].make_known()
    return sys.modules[name]


load()


def images():
    return load().both_splits()
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module that other processes can import, and that registers everything."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "my_extension.py").write_text(IN_ITS_OWN_MODULE.format(file=__file__))
    monkeypatch.syspath_prepend(folder)
    get_reusable_executor().shutdown()
    yield importlib.import_module("my_extension")
    get_reusable_executor().shutdown()
    for name in ("my_extension", "an_extension_of_pixembed"):
        del sys.modules[name]


def test_a_parallel_run_counts_what_one_process_does(module, tmp_path):
    experiment = Experiment(
        "mine",
        {
            "bits": mine(epochs=1),
            "noisy": replace(mine(epochs=1, noise=(shaded("left"),)), arm="noisy"),
        },
        module.images,
        (noise.CLEAN, shaded("right"), noise.gaussian(25, 5)),
    )
    found = {}
    for name, run in (("one", map), ("two", on_cores(np.int64(2)))):
        out = tmp_path / f"{name}.csv"
        reproduction.reproduce(experiment, [0, 1], out, map=run)
        found[name] = {result.key: result.correct for result in results.read(out)}
    assert len(found["one"]) == 2 * 2 * 2 * 3
    assert found["one"].keys() == found["two"].keys()
    # This process may have more threads than one, which decides last digits.
    for key, correct in found["one"].items():
        assert abs(correct - found["two"][key]) <= 2
