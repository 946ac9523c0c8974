import json
import random
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from pixembed import evaluation, networks, paper, training
from pixembed.data import Dataset

pytestmark = pytest.mark.slow

TINY = replace(recipes.recipe_for("pixel_embedding", "fast"), width=2, epochs=2)
RECIPES = {
    "text": TINY,
    "code": replace(recipes.CODE["standardised"], epochs=2),
    "plain": replace(recipes.recipe_for("plain", "fast"), epochs=2),
}


def fit(recipe, train, seed=0, **options):
    return training.fit(recipe, train, **{"seed": seed, "progress": False} | options)


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
def straight(digits):
    """Two epochs at one go, without a checkpoint."""
    return fit(TINY, digits)


@pytest.fixture(scope="module")
def stored(digits, tmp_path_factory):
    """A checkpoint of one epoch. Tests copy it before they break it."""
    folder = tmp_path_factory.mktemp("runs") / "one epoch"
    fit(replace(TINY, epochs=1), digits, checkpoint=folder)
    return folder


@pytest.fixture
def checkpoint(stored, tmp_path):
    return Path(shutil.copytree(stored, tmp_path / "run"))


def epochs_in(checkpoint):
    record = json.loads((checkpoint / "run.json").read_text(encoding="utf-8"))
    return [entry["epoch"] for entry in record["history"]]


# One run


@pytest.mark.parametrize("name", RECIPES)
def test_the_loss_falls(name, digits):
    _, history = fit(replace(RECIPES[name], epochs=4, learning_rate=0.002), digits)
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    losses = [entry["loss"] for entry in history]
    assert losses[-1] < losses[0]
    assert all(0 <= entry["accuracy"] <= 1 for entry in history)
    assert all(entry["seconds"] > 0 for entry in history)


def test_the_seed_decides_the_run(straight, digits):
    model, history = straight
    again, same = fit(TINY, digits)
    assert_same_history(same, history)
    assert_same_weights(again, model)
    _, other = fit(TINY, digits, seed=1)
    assert other[0]["loss"] != pytest.approx(history[0]["loss"], rel=1e-3)


def test_a_recipe_may_take_the_first_images_only(digits):
    part = replace(digits, images=digits.images[:90], labels=digits.labels[:90])
    model, history = fit(replace(TINY, images=90), digits)
    other, same = fit(TINY, part)
    assert_same_history(history, same)
    assert_same_weights(model, other)


def pairs(images, labels):
    """Each image with its label, as something that can be compared."""
    return [(i.tobytes(), int(k)) for i, k in zip(images, labels, strict=True)]


def test_every_epoch_of_every_seed_has_an_order_of_its_own(digits, monkeypatch):
    orders = []

    def fake_fit(model, x, *, shuffle, verbose):
        batches = [*x.as_numpy_iterator()]
        assert [len(images) for images, _ in batches] == [64, 64, 64, 8]
        assert not shuffle
        orders.append([pair for batch in batches for pair in pairs(*batch)])
        return SimpleNamespace(history={"loss": [1.0], "accuracy": [0.0]})

    monkeypatch.setattr(keras.Model, "fit", fake_fit)
    for seed in (0, 1):
        fit(TINY, digits, seed=seed)
    assert len(orders) == 4
    for number, order in enumerate(orders):
        assert sorted(order) == sorted(pairs(digits.images, digits.labels))
        assert order not in orders[:number]


@pytest.mark.parametrize(
    ("progress", "terminal", "verbose"),
    [(True, True, 1), (True, False, 0), (False, True, 0)],
)
def test_a_bar_is_shown_in_a_terminal_alone(
    progress, terminal, verbose, digits, monkeypatch
):
    asked = []

    def fake_fit(model, x, **options):
        asked.append(options["verbose"])
        return SimpleNamespace(history={"loss": [1.0], "accuracy": [0.0]})

    monkeypatch.setattr(keras.Model, "fit", fake_fit)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    fit(replace(TINY, epochs=1), digits, progress=progress)
    assert asked == [verbose]


def test_test_images_are_counted_after_every_epoch(straight, digits):
    test = Dataset("some digits", digits.images[:50], digits.labels[:50])
    model, history = fit(TINY, digits, test=test)
    assert_same_history(
        [{k: v for k, v in e.items() if "test" not in k} for e in history], straight[1]
    )
    score = evaluation.accuracy(
        model, test.images, test.labels, paper.CLEAN, seed=0, overflow="clip"
    )
    assert history[-1]["test_accuracy"] == pytest.approx(score.accuracy)
    chance = networks.probabilities(model, test.images)
    loss = -np.log(chance[np.arange(50), test.labels]).mean()
    assert history[-1]["test_loss"] == pytest.approx(loss, rel=1e-3)


def test_the_training_images_give_the_statistics(straight, digits):
    standardize = straight[0].get_layer("pixel_embedding").standardize
    assert float(standardize.mean) == pytest.approx(digits.images.mean())
    assert float(standardize.deviation) == pytest.approx(digits.images.std())


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
def test_the_optimizer_is_the_recipes(name, kind, expected, digits):
    model, _ = fit(replace(RECIPES[name], epochs=0), digits)
    assert type(model.optimizer) is kind
    config = model.optimizer.get_config()
    assert {key: config[key] for key in expected} == pytest.approx(expected)


def test_one_image_is_enough():
    one = Dataset("one", np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    _, history = fit(replace(RECIPES["plain"], epochs=1), one)
    assert len(history) == 1


# Checkpoints


@pytest.mark.parametrize("name", ["text", "code"])
def test_a_run_goes_on_as_if_it_had_never_stopped(name, digits, tmp_path):
    recipe = RECIPES[name]
    model, history = fit(recipe, digits)
    fit(replace(recipe, epochs=1), digits, checkpoint=tmp_path)
    resumed, continued = fit(recipe, digits, checkpoint=tmp_path)
    assert_same_history(continued, history)
    assert_same_weights(resumed, model)
    assert int(resumed.optimizer.iterations) == 8


def test_what_is_stored_is_not_trained_again(checkpoint, digits, monkeypatch):
    before = json.loads((checkpoint / "run.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(keras.Model, "fit", None)
    model, history = fit(replace(TINY, epochs=1), digits, checkpoint=checkpoint)
    assert history == before["history"]
    assert int(model.optimizer.iterations) == 4


def test_a_checkpoint_may_be_a_string_and_its_folder_missing(digits, tmp_path):
    folder = tmp_path / "not" / "there"
    fit(replace(TINY, epochs=1), digits, checkpoint=str(folder))
    assert sorted(path.name for path in folder.iterdir()) == ["model.keras", "run.json"]


def test_a_seed_from_numpy_can_be_stored(checkpoint, digits, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", None)
    recipe = replace(TINY, epochs=1)
    _, history = fit(recipe, digits, seed=np.int64(0), checkpoint=checkpoint)
    assert len(history) == 1


@pytest.mark.parametrize("name", ["text", "code"])
def test_a_run_in_half_precision_goes_on_as_if_it_had_never_stopped(
    name, digits, tmp_path, mixed_bfloat16
):
    recipe = RECIPES[name]
    few = Dataset("few", digits.images[:64], digits.labels[:64])
    _, history = fit(recipe, few)
    fit(replace(recipe, epochs=1), few, checkpoint=tmp_path)
    resumed, continued = fit(recipe, few, checkpoint=tmp_path)
    assert_same_history(continued, history)
    half = [layer for layer in resumed.layers if layer.compute_dtype == "bfloat16"]
    assert "convolution_1" in {layer.name for layer in half}
    assert {str(weight.dtype) for weight in resumed.weights} == {"float32"}


class Crash(BaseException):
    """Stops a run like a kill, at a chosen place."""


def crash_at(monkeypatch, number, moment):
    """Lets the run stop at the n-th renaming, before or after it."""
    real, calls = training.os.replace, []

    def replace_or_crash(source, target):
        calls.append(target)
        if len(calls) < number or moment == "after":
            real(source, target)
        if len(calls) == number:
            raise Crash

    monkeypatch.setattr(training.os, "replace", replace_or_crash)


@pytest.mark.parametrize(
    ("number", "moment", "recorded"),
    [(1, "before", [1]), (1, "after", [1, 2]), (2, "before", [1, 2])],
    ids=["record not renamed", "record renamed", "weights not renamed"],
)
def test_a_run_stopped_while_saving_is_resumed(
    number, moment, recorded, checkpoint, straight, digits, monkeypatch
):
    with monkeypatch.context() as patch:
        crash_at(patch, number, moment)
        with pytest.raises(Crash):
            fit(TINY, digits, checkpoint=checkpoint)
    assert epochs_in(checkpoint) == recorded
    model, history = fit(TINY, digits, checkpoint=checkpoint)
    assert_same_history(history, straight[1])
    assert_same_weights(model, straight[0])
    assert epochs_in(checkpoint) == [1, 2]


def test_a_run_stopped_in_its_first_save_starts_again(
    straight, digits, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        crash_at(patch, 1, "after")
        with pytest.raises(Crash):
            fit(TINY, digits, checkpoint=tmp_path)
    assert epochs_in(tmp_path) == [1]
    _, history = fit(TINY, digits, checkpoint=tmp_path)
    assert_same_history(history, straight[1])


@pytest.mark.parametrize("fails", ["renaming", "writing the record", "writing weights"])
def test_a_full_disk_leaves_the_old_checkpoint_alone(
    fails, checkpoint, digits, monkeypatch
):
    def no_space(*arguments, **options):
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    with monkeypatch.context() as patch:
        if fails == "renaming":
            patch.setattr(training.os, "replace", no_space)
        elif fails == "writing the record":
            patch.setattr(Path, "write_text", no_space)
        else:
            patch.setattr("h5py.Group.create_dataset", no_space)
        with pytest.raises(OSError, match="No space left"):
            fit(TINY, digits, checkpoint=checkpoint)
    after = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    assert sorted(after) == sorted(before)
    assert after["model.keras"] == before["model.keras"]
    _, history = fit(TINY, digits, checkpoint=checkpoint)
    assert len(history) == 2


def test_what_a_killed_run_left_unfinished_is_removed(checkpoint, digits):
    for name in ("run.json", "model.keras"):
        (checkpoint / f"unfinished-999-{name}").touch()
    fit(replace(TINY, epochs=1), digits, checkpoint=checkpoint)
    names = sorted(file.name for file in checkpoint.iterdir())
    assert names == ["model.keras", "run.json"]


TRAIN_UNTIL_KILLED = """
import sys
from dataclasses import replace
import numpy as np
from pixembed import training
from pixembed.data import Dataset
folder, images, labels = sys.argv[1:]
recipe = replace(recipes.recipe_for("plain", "fast"), epochs=10_000)
train = Dataset("few", np.load(images), np.load(labels))
training.fit(recipe, train, seed=0, checkpoint=folder, progress=False)
"""


def kill_after_an_epoch(process, checkpoint):
    """Kills a run at a random moment after its first epoch."""
    deadline = time.monotonic() + 120
    while not (checkpoint / "model.keras").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(random.uniform(0, 1))
    process.kill()
    process.wait()
    return epochs_in(checkpoint)


def test_killed_runs_are_resumed(digits, tmp_path):
    few = Dataset("few", digits.images[:64], digits.labels[:64])
    arrays = [tmp_path / "images.npy", tmp_path / "labels.npy"]
    for file, array in zip(arrays, (few.images, few.labels), strict=True):
        np.save(file, array)
    runs = {}
    with ExitStack() as stack:
        for number in range(2):
            checkpoint = tmp_path / f"run {number}"
            runs[checkpoint] = subprocess.Popen(
                [sys.executable, "-c", TRAIN_UNTIL_KILLED, checkpoint, *arrays],
                cwd=Path(__file__).parent.parent,
            )
            stack.callback(runs[checkpoint].kill)
        recorded = {
            checkpoint: kill_after_an_epoch(process, checkpoint)
            for checkpoint, process in runs.items()
        }
    epochs = 1 + max(len(numbers) for numbers in recorded.values())
    recipe = replace(RECIPES["plain"], epochs=epochs)
    uninterrupted, expected = fit(recipe, few)
    for checkpoint, numbers in recorded.items():
        assert numbers == list(range(1, len(numbers) + 1))
        model, history = fit(recipe, few, checkpoint=checkpoint)
        assert int(model.optimizer.iterations) == epochs
        assert_same_history(history, expected)
        assert_same_weights(model, uninterrupted)
        names = sorted(path.name for path in checkpoint.iterdir())
        assert names == ["model.keras", "run.json"]


# Checkpoints that are refused


def refused(words, recipe, digits, checkpoint, **options):
    """Expects a ValueError that names the folder, which stays as it was."""
    before = {path: path.read_bytes() for path in checkpoint.iterdir()}
    with pytest.raises(ValueError, match=words) as caught:
        fit(recipe, digits, checkpoint=checkpoint, **options)
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
def test_a_broken_record_is_refused(record, checkpoint, digits):
    (checkpoint / "run.json").write_text(record, encoding="latin-1")
    refused("is broken", TINY, digits, checkpoint)


def test_a_record_behind_its_weights_is_refused(checkpoint, digits):
    record = checkpoint / "run.json"
    stored = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(stored | {"history": []}), encoding="utf-8")
    refused("weights of 1 epochs, a record of 0", TINY, digits, checkpoint)


def test_a_missing_record_is_refused(checkpoint, digits):
    (checkpoint / "run.json").unlink()
    refused("is broken", TINY, digits, checkpoint)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99, 0.9999])
def test_truncated_weights_are_refused(share, checkpoint, digits):
    weights = checkpoint / "model.keras"
    content = weights.read_bytes()
    weights.write_bytes(content[: int(share * len(content))])
    refused("is broken", TINY, digits, checkpoint)


def test_damaged_weights_are_refused(checkpoint, digits):
    weights = checkpoint / "model.keras"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 0xFF
    weights.write_bytes(content)
    refused("is broken", TINY, digits, checkpoint)


def changed(digits, images=None, labels=None):
    return Dataset(
        digits.name,
        digits.images if images is None else images,
        digits.labels if labels is None else labels,
    )


@pytest.mark.parametrize(
    ("make", "differs"),
    [
        (lambda d: (TINY, d, {"seed": 1}), "seed"),
        (lambda d: (replace(TINY, width=3), d, {}), "recipe"),
        (lambda d: (replace(TINY, learning_rate=0.5), d, {}), "recipe"),
        (lambda d: (replace(TINY, batch_size=32), d, {}), "recipe"),
        (lambda d: (replace(TINY, batch_size=200), d, {}), "recipe"),
        (lambda d: (RECIPES["plain"], d, {"seed": 1}), "recipe, seed"),
        (lambda d: (TINY, changed(d, images=255 - d.images), {}), "train_sha256"),
        (lambda d: (TINY, changed(d, labels=d.labels[::-1]), {}), "train_sha256"),
        (
            lambda d: (TINY, changed(d, d.images[:150], d.labels[:150]), {}),
            "train_sha256",
        ),
    ],
)
def test_another_run_is_refused_with_what_differs(make, differs, checkpoint, digits):
    recipe, train, options = make(digits)
    words = f"belongs to another run: {differs} differ"
    refused(words, recipe, train, checkpoint, **options)


def test_a_run_of_another_precision_is_refused(checkpoint, digits, mixed_bfloat16):
    refused("belongs to another run: precision differ", TINY, digits, checkpoint)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"epochs": 7}, True),
        ({"test_statistics": "test"}, True),
        ({"jpeg": True}, False),
        ({"width": 3}, False),
        ({"statistics": "batch"}, False),
    ],
)
def test_epochs_and_testing_do_not_make_another_run(changes, same, digits):
    identity = training.identity(TINY, digits, 0)
    other = training.identity(replace(TINY, **changes), digits, 0)
    assert (identity == other) == same
    assert json.loads(json.dumps(identity)) == identity


def test_fewer_epochs_than_are_stored_are_refused(checkpoint, digits):
    refused(
        "holds 1 epochs, more than the 0", replace(TINY, epochs=0), digits, checkpoint
    )


def test_epochs_without_counts_of_test_images_are_refused(checkpoint, digits):
    words = r"holds epochs without counts of test images: \[1\]"
    refused(words, TINY, digits, checkpoint, test=digits)


def test_with_test_images_a_run_is_resumed_with_all_its_counts(digits, tmp_path):
    one = replace(TINY, epochs=1)
    for recipe in (one, TINY, TINY):
        _, history = fit(recipe, digits, test=digits, checkpoint=tmp_path)
        assert all("test_accuracy" in entry for entry in history)
    assert len(history) == 2


# What is printed


def test_a_line_is_printed_after_every_epoch(digits, capsys):
    training.fit(TINY, digits, seed=0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        assert re.fullmatch(
            rf"epoch {number}/2  loss \d+\.\d{{3}}  accuracy [01]\.\d{{3}}"
            r"  \d+\.\d s  \(\d+:\d\d left\)",
            line,
        )
    assert lines[-1].endswith("(0:00 left)")


def test_a_quiet_run_prints_nothing(straight, digits, capfd):
    fit(replace(TINY, epochs=1), digits)
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


# Recipes and the device


@pytest.mark.parametrize("arm", paper.ARMS)
def test_the_full_recipe_is_the_papers(arm, monkeypatch):
    assert recipes.recipe_for(arm, "full") == recipes.TEXT[arm]
    monkeypatch.setenv("PIXEMBED_PROFILE", "full")
    assert recipes.recipe_for(arm) == recipes.TEXT[arm]


@pytest.mark.parametrize("arm", paper.ARMS)
def test_the_fast_recipe_has_fewer_epochs_and_larger_steps(arm, monkeypatch):
    fast = recipes.recipe_for(arm, "fast")
    assert (fast.epochs, fast.learning_rate) == (6, pytest.approx(0.001))
    text = recipes.TEXT[arm]
    same = {"epochs": text.epochs, "learning_rate": text.learning_rate}
    assert replace(fast, **same) == text
    monkeypatch.delenv("PIXEMBED_PROFILE", raising=False)
    assert recipes.recipe_for(arm) == fast


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet",), "^arm must be one of .* Received: 'resnet'$"),
        ((None,), "^arm must be one of .* Received: None$"),
        (("plain", "slow"), "^profile must be one of .* Received: 'slow'$"),
    ],
)
def test_an_unknown_arm_or_profile_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        recipes.recipe_for(*arguments)


def test_the_device_is_named_with_keras_and_its_backend():
    assert re.fullmatch(
        rf"device: CPU \(\d+ cores\), Keras {keras.__version__} on tensorflow",
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
            {"recipe": replace(TINY, optimizer="adamw")},
            ValueError,
            "^recipe.optimizer must be one of .* Received: 'adamw'$",
        ),
        (
            {"recipe": replace(TINY, coding="thermometer")},
            ValueError,
            "^recipe.coding must be one of .* Received: 'thermometer'$",
        ),
        (
            {"recipe": replace(TINY, images=201)},
            ValueError,
            r"^recipe.images must lie in 1..200. Received: 201$",
        ),
        (
            {"recipe": replace(TINY, images=0)},
            ValueError,
            r"^recipe.images must lie in 1..200. Received: 0$",
        ),
        (
            {"train": Dataset("none", np.zeros((0, 28, 28), np.uint8), np.zeros(0))},
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
