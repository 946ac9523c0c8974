"""The trained networks that come with the package: stored, loaded, verified."""

import json
import os
import pickle
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest

from pixembed import evaluation, experiments, files, networks, paper, recipes, weights
from pixembed.data import Dataset, split_sample

SMALL = recipes.TEXT | {
    "pixel_embedding": recipes.TEXT["pixel_embedding"].with_options(width=3)
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder instead of the package's, and small recipes."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path / "weights")
    experiment = replace(experiments.EXPERIMENTS["text"], recipes=SMALL)
    monkeypatch.setitem(experiments.EXPERIMENTS, "text", experiment)
    monkeypatch.setitem(experiments.EXPERIMENTS, "text-55000", experiment)
    return weights.FOLDER


def made(arm, digits, seed=0):
    model = networks.build(SMALL[arm], seed=seed)
    networks.adapt(model, digits.images)
    return model


def store(model, arm="plain", seed=0):
    return weights.store(model, "text-55000", arm, seed, 4, "mixed_bfloat16")


def test_what_is_stored_is_available(folder, digits):
    stored = [
        store(made("plain", digits), "plain"),
        store(made("plain", digits, seed=1), "plain", 1),
        store(made("pixel_embedding", digits), "pixel_embedding"),
    ]
    available = weights.available()
    assert list(available) == [
        "text-pixel_embedding-0",
        "text-plain-0",
        "text-plain-1",
    ]
    assert {trained.name: trained for trained in stored} == available
    trained = available["text-plain-1"]
    assert (trained.experiment, trained.arm, trained.seed) == ("text-55000", "plain", 1)
    assert (trained.epochs, trained.precision) == (4, "mixed_bfloat16")
    assert trained.recipe == SMALL["plain"]


def test_seed_and_epochs_may_be_numpys(folder, digits):
    model = made("plain", digits)
    given = ("text-55000", "plain", np.int64(3), np.int32(4), "float32")
    stored = weights.store(model, *given)
    assert weights.available() == {"text-plain-3": stored}


def test_storing_again_replaces(folder, digits):
    store(made("plain", digits))
    again = store(made("plain", digits, seed=7))
    assert weights.available() == {"text-plain-0": again}
    weights.load("text-plain-0")


@pytest.mark.parametrize("experiment", ["text", "code-slow", "fast", "55000"])
def test_a_network_trained_with_the_sample_is_refused(folder, experiment, digits):
    stored = store(made("plain", digits))
    with pytest.raises(
        ValueError, match=f"^experiment must .* Received: '{experiment}'$"
    ):
        weights.store(made("plain", digits, 7), experiment, "plain", 0, 4, "float32")
    assert weights.available() == {"text-plain-0": stored}
    weights.load("text-plain-0")


@pytest.mark.parametrize("broken", ["text-plain-0.npz", "index.json"])
def test_a_disk_that_is_full_leaves_the_old_files(folder, broken, digits, monkeypatch):
    stored = store(made("plain", digits))
    real = os.replace

    def replace_or_fail(source, target):
        if target.name == broken:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace_or_fail)
    before = (folder / broken).read_bytes()
    with pytest.raises(OSError, match="No space left"):
        store(made("plain", digits, seed=7))
    assert (folder / broken).read_bytes() == before
    assert weights.available() == {"text-plain-0": stored}
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["index.json", "text-plain-0.npz"]


@pytest.mark.parametrize("arm", paper.ARMS)
def test_a_loaded_network_gives_the_answers_of_the_stored_one(folder, arm, digits):
    model = made(arm, digits)
    store(model, arm)
    loaded = weights.load(f"text-{arm}-0")
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert one.dtype == np.float32
        # Half precision has 11 bits; a mean or a deviation keeps all of its own.
        rtol = 2**-11 if one.ndim else 0
        np.testing.assert_allclose(one, other, rtol=rtol, atol=2**-24)
    exact = model.predict(digits.images, verbose=0)
    found = loaded.predict(digits.images, verbose=0)
    np.testing.assert_allclose(found, exact, atol=0.005 * np.abs(exact).max())
    assert (found.argmax(axis=1) == exact.argmax(axis=1)).mean() > 0.97


def test_tokens_are_those_of_the_stored_network(folder, digits):
    model = made("pixel_embedding", digits)
    store(model, "pixel_embedding")
    loaded = weights.load("text-pixel_embedding-0")
    tokens = [
        np.array(each.get_layer("pixel_embedding").tokens(digits.images))
        for each in (model, loaded)
    ]
    np.testing.assert_array_equal(*tokens)


def test_loading_leaves_a_network_that_can_be_trained(folder, digits):
    store(made("plain", digits))
    model = weights.load("text-plain-0")
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy")
    model.fit(digits.images, digits.labels, verbose=0)


@pytest.mark.parametrize("name", ["text-plain-9", "", "../text-plain-0", None])
def test_an_unknown_name_is_refused(folder, name, digits):
    store(made("plain", digits))
    with pytest.raises(
        ValueError,
        match=rf"^name must be one of \['text-plain-0'\]. Received: {name!r}",
    ):
        weights.load(name)


def break_file(file, how):
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "truncated":
        file.write_bytes(content[:-100])
    elif how == "empty":
        file.write_bytes(b"")
    else:
        middle = len(content) // 2
        changed = bytes([content[middle] ^ 1])
        file.write_bytes(content[:middle] + changed + content[middle + 1 :])


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "altered"])
def test_a_broken_file_is_refused_and_named(folder, how, digits):
    store(made("plain", digits))
    file = folder / "text-plain-0.npz"
    break_file(file, how)
    with pytest.raises(ValueError, match="is missing or broken: .*SHA-256") as caught:
        weights.load("text-plain-0")
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", ["", "[", "3", "[3]", "[{}]", '[{"name": "a"}]'])
def test_a_broken_index_is_refused_and_named(folder, content):
    folder.mkdir()
    index = folder / "index.json"
    index.write_text(content)
    with pytest.raises(ValueError, match=" is broken ") as caught:
        weights.available()
    assert str(index) in str(caught.value)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return open, (str(self.file), "w")


def test_nothing_in_a_file_is_executed(folder, tmp_path, digits):
    trained = store(made("plain", digits))
    file, sprung = folder / "text-plain-0.npz", tmp_path / "sprung"
    np.savez(file, np.array([Trap(sprung)], dtype=object))
    entry = asdict(trained) | {"sha256": files.sha256(file)}
    (folder / "index.json").write_text(json.dumps([entry]))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        weights.load("text-plain-0")
    assert not sprung.exists()
    pickle.loads(pickle.dumps(Trap(sprung))).close()
    assert sprung.exists()


# What comes with the package

INDEX = weights.FOLDER / "index.json"
SHIPPED = weights.available() if INDEX.exists() else {}
every_shipped = pytest.mark.parametrize("name", SHIPPED)


def test_the_index_and_the_files_are_the_same():
    files = {file.stem for file in weights.FOLDER.glob("*.npz")}
    assert files == set(SHIPPED)


@every_shipped
def test_a_shipped_network_is_small_and_never_saw_the_sample(name):
    trained = SHIPPED[name]
    assert trained.name == name
    assert (weights.FOLDER / f"{name}.npz").stat().st_size <= 1.5e6
    assert trained.experiment.endswith("-55000")
    assert trained.recipe.arm == trained.arm


@every_shipped
def test_a_shipped_network_reads_digits_that_it_has_not_seen(name, sample):
    recipe = SHIPPED[name].recipe
    _, test = split_sample(sample)
    some = Dataset("some", test.images[:500], test.labels[:500])
    score = evaluation.accuracy(
        weights.load(name),
        some.images,
        some.labels,
        paper.CLEAN,
        seed=0,
        overflow="clip",
        test_statistics=recipe.test_statistics,
        jpeg=recipe.jpeg,
    )
    assert score.accuracy > 0.9
