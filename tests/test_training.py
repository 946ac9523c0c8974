import json
import random
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from pixembed import backend, evaluation, files, networks, noise, recipes, training
from pixembed.data import Dataset

pytestmark = pytest.mark.slow

TINY = replace(
    recipes.recipe_for("pixel_embedding", "fast").with_options(width=2),
    epochs=2,
    batch_size=16,
)
RECIPES = {
    "text": TINY,
    "code": replace(recipes.CODE["standardised"], epochs=2, batch_size=16),
    "plain": replace(recipes.recipe_for("plain", "fast"), epochs=2, batch_size=16),
}


def fit(recipe, train, seed=0, compiled=False, **options):
    """Trains without compiling first, which takes longer than such a training."""
    eagerly = property(lambda model: not compiled, lambda model, wish: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", eagerly)
        options = {"seed": seed, "progress": False} | options
        return training.fit(recipe, train, **options)


@pytest.fixture(scope="module")
def few(digits):
    """20 digits, two steps of an epoch."""
    return digits.rows(slice(20), "20 digits")


def steps_of(model):
    return int(model.optimizer.iterations)


def without_seconds(history):
    return [
        {key: value for key, value in entry.items() if key != "seconds"}
        for entry in history
    ]


def assert_same_history(history, other):
    """The same epochs with the same numbers, whatever time they took."""
    assert [entry["epoch"] for entry in history] == [e["epoch"] for e in other]
    for one, two in zip(without_seconds(history), without_seconds(other), strict=True):
        assert one == pytest.approx(two, rel=1e-3, abs=1e-4)


def assert_same_weights(model, other):
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def straight(few):
    """Two epochs at one go, without a checkpoint."""
    return fit(TINY, few)


@pytest.fixture(scope="module")
def stored(few, tmp_path_factory):
    """A checkpoint of one epoch. Tests copy it before they break it."""
    folder = tmp_path_factory.mktemp("runs") / "not" / "there"
    fit(replace(TINY, epochs=1), few, checkpoint=str(folder))
    return folder


@pytest.fixture
def checkpoint(stored, tmp_path):
    return Path(shutil.copytree(stored, tmp_path / "run"))


def epochs_in(checkpoint):
    record = json.loads((checkpoint / "run.json").read_text(encoding="utf-8"))
    return [entry["epoch"] for entry in record["history"]]


# One run


@pytest.mark.parametrize("name", RECIPES)
def test_the_loss_falls(name, few):
    recipe = replace(RECIPES[name], epochs=4, learning_rate=0.002)
    _, history = fit(recipe, few, compiled=True)
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    losses = [entry["loss"] for entry in history]
    assert losses[-1] < losses[0]
    assert all(0 <= entry["accuracy"] <= 1 for entry in history)
    assert all(entry["seconds"] > 0 for entry in history)


def test_the_seed_decides_the_run(straight, few):
    model, history = straight
    again, same = fit(TINY, few)
    assert_same_history(same, history)
    assert_same_weights(again, model)
    _, other = fit(replace(TINY, epochs=1), few, seed=1)
    assert other[0]["loss"] != pytest.approx(history[0]["loss"], rel=1e-3)


def test_a_recipe_may_take_the_first_images_only(straight, few, digits):
    model, history = fit(replace(TINY, images=len(few)), digits)
    assert_same_history(history, straight[1])
    assert_same_weights(model, straight[0])


def pairs(images, labels):
    """Each image with its label, as something that can be compared."""
    return [(i.tobytes(), int(k)) for i, k in zip(images, labels, strict=True)]


NOTHING_LEARNED = {"loss": [1.0], "accuracy": [0.0]}


@pytest.fixture
def asked(monkeypatch):
    """What is asked of Keras's fit, which trains nothing here."""
    asked = []

    def fake_fit(model, x, **options):
        asked.append({"batches": [*x.as_numpy_iterator()], **options})
        return SimpleNamespace(history=NOTHING_LEARNED)

    monkeypatch.setattr(keras.Model, "fit", fake_fit)
    return asked


def test_every_epoch_of_every_seed_has_an_order_of_its_own(digits, asked):
    for seed in (0, 1):
        fit(replace(TINY, batch_size=64), digits, seed=seed)
    orders = []
    for epoch in asked:
        assert [len(images) for images, _ in epoch["batches"]] == [64, 64, 64, 8]
        assert not epoch["shuffle"]
        orders.append([pair for batch in epoch["batches"] for pair in pairs(*batch)])
    assert len(orders) == 4
    for number, order in enumerate(orders):
        assert sorted(order) == sorted(pairs(digits.images, digits.labels))
        assert order not in orders[:number]


@pytest.mark.parametrize(
    ("progress", "terminal", "verbose"),
    [(True, True, 1), (True, False, 0), (False, True, 0)],
)
def test_a_bar_is_shown_in_a_terminal_alone(
    progress, terminal, verbose, few, asked, monkeypatch
):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    fit(replace(TINY, epochs=1), few, progress=progress)
    assert [epoch["verbose"] for epoch in asked] == [verbose]


@pytest.mark.parametrize(
    ("progress", "terminal", "lines"),
    [(True, False, 1), (True, True, 0)],
)
def test_a_long_epoch_says_how_far_it_is(
    progress, terminal, lines, few, monkeypatch, capsys
):
    monkeypatch.setattr(training, "PATIENCE", 0)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    fit(replace(TINY, epochs=1), few, progress=progress)
    printed = capsys.readouterr().out.splitlines()
    said = [line for line in printed if line.startswith("step ")]
    assert said == ["step 1 of 2"][:lines]


def test_test_images_are_counted_after_every_epoch(straight, few, digits):
    test = digits.rows(slice(50), "some digits")
    model, history = fit(TINY, few, test=test)
    assert_same_history(
        [{k: v for k, v in e.items() if "test" not in k} for e in history], straight[1]
    )
    score = evaluation.accuracy(
        model, test.images, test.labels, noise.CLEAN, seed=0, overflow="clip"
    )
    assert history[-1]["test_accuracy"] == pytest.approx(score.accuracy)
    chance = networks.probabilities(model, test.images)
    loss = -np.log(chance[np.arange(50), test.labels]).mean()
    assert history[-1]["test_loss"] == pytest.approx(loss, rel=1e-3)


def test_the_training_images_give_the_statistics(straight, few):
    layer = straight[0].get_layer("pixel_embedding")
    assert sorted(map(float, layer.non_trainable_weights)) == pytest.approx(
        sorted([few.images.mean(), few.images.std()])
    )


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("text", keras.optimizers.Adam, {"learning_rate": 0.001}),
        (
            "code",
            keras.optimizers.Adadelta,
            {
                "learning_rate": recipes.CODE["standardised"].learning_rate,
                "rho": 0.95,
                "epsilon": 1e-8,
            },
        ),
    ],
)
def test_the_optimizer_is_the_recipes(name, kind, expected, few, asked):
    model, _ = fit(replace(RECIPES[name], epochs=1), few)
    assert type(model.optimizer) is kind
    config = model.optimizer.get_config()
    assert {key: config[key] for key in expected} == pytest.approx(expected)


def test_one_image_is_enough():
    one = Dataset("one", np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    _, history = fit(replace(RECIPES["plain"], epochs=1), one)
    assert len(history) == 1


# Checkpoints


def assert_goes_on(recipe, train, folder):
    """A run that stopped after an epoch ends like one that did not; returns it."""
    model, history = fit(recipe, train)
    fit(replace(recipe, epochs=1), train, checkpoint=folder)
    resumed, continued = fit(recipe, train, checkpoint=folder)
    assert_same_history(continued, history)
    assert_same_weights(resumed, model)
    return resumed


def test_a_run_goes_on_as_if_it_had_never_stopped(straight, checkpoint, few):
    resumed, continued = fit(TINY, few, checkpoint=checkpoint)
    assert_same_history(continued, straight[1])
    assert_same_weights(resumed, straight[0])
    assert steps_of(resumed) == 4


def test_a_run_by_the_released_code_goes_on_likewise(few, tmp_path):
    assert_goes_on(RECIPES["code"], few, tmp_path)


def test_what_is_stored_is_not_trained_again(checkpoint, few, monkeypatch):
    before = json.loads((checkpoint / "run.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(keras.Model, "fit", None)
    model, history = fit(replace(TINY, epochs=1), few, checkpoint=checkpoint)
    assert history == before["history"]
    assert steps_of(model) == 2


def test_a_checkpoint_may_be_a_string_and_its_folder_missing(stored):
    assert sorted(path.name for path in stored.iterdir()) == ["model.keras", "run.json"]


def test_a_checkpoint_may_begin_with_the_readers_home(stored, few, monkeypatch):
    monkeypatch.setenv("HOME", str(stored.parent))
    monkeypatch.setenv("USERPROFILE", str(stored.parent))
    monkeypatch.setattr(keras.Model, "fit", None)
    _, history = fit(replace(TINY, epochs=1), few, checkpoint=f"~/{stored.name}")
    assert len(history) == 1


def test_a_seed_from_numpy_can_be_stored(checkpoint, few, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", None)
    recipe = replace(TINY, epochs=1)
    _, history = fit(recipe, few, seed=np.int64(0), checkpoint=checkpoint)
    assert len(history) == 1
    assert training.identity(recipe, few, np.int64(0)) == training.identity(
        recipe, few, 0
    )
    assert json.dumps(training.identity(recipe, few, np.int64(0)))


def test_a_run_on_noise_goes_on_as_if_it_had_never_stopped(few, tmp_path):
    cases = (noise.CLEAN, noise.gaussian(50, 20))
    assert_goes_on(replace(TINY, noise=cases), few, tmp_path)


@pytest.mark.parametrize("name", ["text", "code"])
def test_a_run_in_half_precision_goes_on_as_if_it_had_never_stopped(
    name, few, tmp_path, mixed_bfloat16
):
    resumed = assert_goes_on(RECIPES[name], few.rows(slice(8)), tmp_path)
    half = [layer for layer in resumed.layers if layer.compute_dtype == "bfloat16"]
    assert "convolution_1" in {layer.name for layer in half}
    assert {str(weight.dtype) for weight in resumed.weights} == {"float32"}


class Crash(BaseException):
    """Stops a run like a kill, at a chosen place."""


def crash_at(monkeypatch, number, moment):
    """Lets the run stop at the n-th renaming, before or after it."""
    real, calls = files.os.replace, []

    def replace_or_crash(source, target):
        calls.append(target)
        if len(calls) < number or moment == "after":
            real(source, target)
        if len(calls) == number:
            raise Crash

    monkeypatch.setattr(files.os, "replace", replace_or_crash)


@pytest.mark.parametrize(
    ("number", "moment", "recorded"),
    [(1, "before", [1]), (1, "after", [1, 2]), (2, "before", [1, 2])],
    ids=["record not renamed", "record renamed", "weights not renamed"],
)
def test_a_run_stopped_while_saving_is_resumed(
    number, moment, recorded, checkpoint, straight, few, monkeypatch
):
    with monkeypatch.context() as patch:
        crash_at(patch, number, moment)
        with pytest.raises(Crash):
            fit(TINY, few, checkpoint=checkpoint)
    assert epochs_in(checkpoint) == recorded
    model, history = fit(TINY, few, checkpoint=checkpoint)
    assert_same_history(history, straight[1])
    assert_same_weights(model, straight[0])
    assert epochs_in(checkpoint) == [1, 2]


def test_a_run_stopped_in_its_first_save_starts_again(
    straight, few, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        crash_at(patch, 1, "after")
        with pytest.raises(Crash):
            fit(TINY, few, checkpoint=tmp_path)
    assert epochs_in(tmp_path) == [1]
    _, history = fit(TINY, few, checkpoint=tmp_path)
    assert_same_history(history, straight[1])


@pytest.mark.parametrize("fails", ["renaming", "writing the record", "writing weights"])
def test_a_full_disk_leaves_the_old_checkpoint_alone(
    fails, checkpoint, few, monkeypatch
):
    def no_space(*arguments, **options):
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    with monkeypatch.context() as patch:
        if fails == "renaming":
            patch.setattr(files.os, "replace", no_space)
        elif fails == "writing the record":
            patch.setattr(Path, "write_text", no_space)
        else:
            patch.setattr("h5py.Group.create_dataset", no_space)
        with pytest.raises(OSError, match="No space left"):
            fit(TINY, few, checkpoint=checkpoint)
    after = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    assert sorted(after) == sorted(before)
    assert after["model.keras"] == before["model.keras"]
    _, history = fit(TINY, few, checkpoint=checkpoint)
    assert len(history) == 2


def test_what_a_killed_run_left_unfinished_is_removed(checkpoint, few):
    for name in ("run.json", "model.keras"):
        (checkpoint / f"unfinished-999-{name}").touch()
    fit(replace(TINY, epochs=1), few, checkpoint=checkpoint)
    names = sorted(file.name for file in checkpoint.iterdir())
    assert names == ["model.keras", "run.json"]


TRAIN_UNTIL_KILLED = """
import sys
from dataclasses import replace
import keras
import numpy as np
from pixembed import recipes, training
from pixembed.data import Dataset
folder, images, labels = sys.argv[1:]
recipe = replace(recipes.recipe_for("plain", "fast"), epochs=10_000, batch_size=16)
train = Dataset("few", np.load(images), np.load(labels))
keras.Model.run_eagerly = property(lambda model: True, lambda model, wish: None)
training.fit(recipe, train, seed=0, checkpoint=folder, progress=False)
"""


def kill_after_an_epoch(process, checkpoint):
    """Kills a run at a random moment after its first epoch."""
    deadline = time.monotonic() + 600
    while not (checkpoint / "model.keras").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.5))
    process.kill()
    process.wait()
    return epochs_in(checkpoint)


def test_a_killed_run_is_resumed(few, tmp_path):
    checkpoint = tmp_path / "run"
    arrays = [tmp_path / "images.npy", tmp_path / "labels.npy"]
    for file, array in zip(arrays, (few.images, few.labels), strict=True):
        np.save(file, array)
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN_UNTIL_KILLED, checkpoint, *arrays],
        cwd=Path(__file__).parent.parent,
    )
    with process:
        try:
            recorded = kill_after_an_epoch(process, checkpoint)
        finally:
            process.kill()
    epochs = 1 + len(recorded)
    assert recorded == list(range(1, epochs))
    recipe = replace(RECIPES["plain"], epochs=epochs)
    uninterrupted, expected = fit(recipe, few)
    model, history = fit(recipe, few, checkpoint=checkpoint)
    assert steps_of(model) == 2 * epochs
    assert_same_history(history, expected)
    assert_same_weights(model, uninterrupted)
    names = sorted(path.name for path in checkpoint.iterdir())
    assert names == ["model.keras", "run.json"]


# Checkpoints that are refused


def refused(words, recipe, few, checkpoint, **options):
    """Expects a ValueError that names the folder, which stays as it was."""
    before = {path: path.read_bytes() for path in checkpoint.iterdir()}
    with pytest.raises(ValueError, match=words) as caught:
        fit(recipe, few, checkpoint=checkpoint, **options)
    assert repr(str(checkpoint)) in str(caught.value)
    assert {path: path.read_bytes() for path in checkpoint.iterdir()} == before


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '"history"',
        "{}",
        '{"history": 3}',
        "\xff",
    ],
)
def test_a_broken_record_is_refused(record, checkpoint, few):
    (checkpoint / "run.json").write_text(record, encoding="latin-1")
    refused("is broken", TINY, few, checkpoint)


def test_a_record_behind_its_weights_is_refused(checkpoint, few):
    record = checkpoint / "run.json"
    stored = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(stored | {"history": []}), encoding="utf-8")
    refused("weights of 1 epochs, a record of 0", TINY, few, checkpoint)


def test_a_missing_record_is_refused(checkpoint, few):
    (checkpoint / "run.json").unlink()
    refused("is broken", TINY, few, checkpoint)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99, 0.9999])
def test_truncated_weights_are_refused(share, checkpoint, few):
    weights = checkpoint / "model.keras"
    content = weights.read_bytes()
    weights.write_bytes(content[: int(share * len(content))])
    refused("is broken", TINY, few, checkpoint)


def test_damaged_weights_are_refused(checkpoint, few):
    weights = checkpoint / "model.keras"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 0xFF
    weights.write_bytes(content)
    refused("is broken", TINY, few, checkpoint)


def changed(few, images=None, labels=None):
    return Dataset(
        few.name,
        few.images if images is None else images,
        few.labels if labels is None else labels,
    )


@pytest.mark.parametrize(
    ("make", "differs"),
    [
        (lambda d: (TINY, d, {"seed": 1}), "seed"),
        (lambda d: (TINY.with_options(width=3), d, {}), "recipe"),
        (lambda d: (replace(TINY, learning_rate=0.5), d, {}), "recipe"),
        (lambda d: (replace(TINY, batch_size=32), d, {}), "recipe"),
        (lambda d: (replace(TINY, batch_size=20), d, {}), "recipe"),
        (lambda d: (RECIPES["plain"], d, {"seed": 1}), "recipe, seed"),
        (lambda d: (TINY, changed(d, images=255 - d.images), {}), "train_sha256"),
        (lambda d: (TINY, changed(d, labels=d.labels[::-1]), {}), "train_sha256"),
        (
            lambda d: (TINY, changed(d, d.images[:15], d.labels[:15]), {}),
            "train_sha256",
        ),
    ],
)
def test_another_run_is_refused_with_what_differs(make, differs, checkpoint, few):
    recipe, train, options = make(few)
    words = f"belongs to another run: {differs} differ"
    refused(words, recipe, train, checkpoint, **options)


def test_a_run_of_another_precision_is_refused(checkpoint, few, mixed_bfloat16):
    refused("belongs to another run: precision differ", TINY, few, checkpoint)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"epochs": 7}, True),
        ({"test_statistics": "test"}, True),
        ({"jpeg": True}, False),
        ({"arm": "another"}, True),
        ({"options": {"width": 3}}, False),
        ({"options": {"width": 2, "statistics": "batch"}}, False),
        ({"noise": (noise.gaussian(25, 5),)}, False),
    ],
)
def test_epochs_and_testing_do_not_make_another_run(changes, same, few):
    identity = training.identity(TINY, few, 0)
    other = training.identity(replace(TINY, **changes), few, 0)
    assert (identity == other) == same
    assert json.loads(json.dumps(identity)) == identity


def test_fewer_epochs_than_are_stored_are_refused(checkpoint, few):
    fit(TINY, few, checkpoint=checkpoint)
    words = "holds 2 epochs, more than the 1 of the recipe"
    refused(words, replace(TINY, epochs=1), few, checkpoint)


def test_epochs_without_counts_of_test_images_are_refused(checkpoint, few):
    words = r"holds epochs without counts of test images: \[1\]"
    refused(words, TINY, few, checkpoint, test=few)


def test_with_test_images_a_run_is_resumed_with_all_its_counts(few, tmp_path):
    one = replace(TINY, epochs=1)
    for recipe in (one, TINY, TINY):
        _, history = fit(recipe, few, test=few, checkpoint=tmp_path)
        assert all("test_accuracy" in entry for entry in history)
    assert len(history) == 2


# What is printed


def test_a_line_is_printed_after_every_epoch(few, capsys):
    fit(TINY, few, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        assert re.fullmatch(
            rf"epoch {number}/2  loss \d+\.\d{{3}}  accuracy [01]\.\d{{3}}"
            r"  \d+\.\d s  \(\d+:\d\d left\)",
            line,
        )
    assert lines[-1].endswith("(0:00 left)")


def test_a_quiet_run_prints_nothing(straight, few, capfd):
    fit(replace(TINY, epochs=1), few)
    captured = capfd.readouterr()
    assert captured.out == ""


def test_the_time_left_is_that_of_the_epochs_so_far():
    history = [
        {"epoch": 1, "loss": 2.3, "accuracy": 0.1, "seconds": 100.0},
        {"epoch": 2, "loss": 0.12345, "accuracy": 0.98765, "seconds": 50.0},
    ]
    assert training._line(history, 4) == (
        "epoch 2/4  loss 0.123  accuracy 0.988  50.0 s  (2:30 left)"
    )


# The device


def test_the_device_is_named_with_keras_and_its_backend():
    assert re.fullmatch(
        rf"device: CPU .+ \(\d+ cores\), Keras {keras.__version__} on tensorflow",
        backend.device(),
    )


def test_a_gpu_is_named(monkeypatch):
    import tensorflow as tf

    gpus = {"GPU:0": {"device_name": "NVIDIA H100"}, "GPU:1": {}}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus))
    monkeypatch.setattr(tf.config.experimental, "get_device_details", gpus.get)
    assert backend.device().startswith("device: NVIDIA H100, GPU, Keras ")


def test_an_accelerator_of_jax_is_named(monkeypatch):
    devices = [
        SimpleNamespace(platform=platform, device_kind=kind)
        for platform, kind in [("tpu", "TPU v4"), ("cpu", "cpu"), ("gpu", "H100")]
    ]
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=lambda: devices))
    assert backend.processor() == "TPU v4, H100"


# Bad input


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"seed": -1}, ValueError, "^seed must not be negative. Received: -1$"),
        ({"seed": None}, TypeError, "^seed must be an int. Received: None$"),
        ({"seed": "0"}, TypeError, "^seed must be an int. Received: '0'$"),
        (
            {"recipe": replace(TINY, network="vgg16")},
            ValueError,
            "^recipe.network must be one of .* Received: 'vgg16'$",
        ),
        (
            {"recipe": replace(TINY, images=201)},
            ValueError,
            r"^recipe.images must lie in 1..200. Received: 201$",
        ),
        (
            {
                "train": Dataset(
                    "none", np.zeros((0, 28, 28), np.uint8), np.zeros(0, int)
                )
            },
            ValueError,
            "^train must hold at least one image. Received: 0$",
        ),
    ],
)
def test_a_bad_argument_is_named(changes, error, message, digits, tmp_path):
    arguments = {"recipe": TINY, "train": digits, "seed": 0} | changes
    with pytest.raises(error, match=message):
        training.fit(**arguments, checkpoint=tmp_path / "run")
    assert not (tmp_path / "run").exists()
