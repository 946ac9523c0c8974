"""`python -m pixembed`: resumable, nothing lost, doubled or mixed."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from pixembed import __main__ as command
from pixembed import (
    ablation,
    data,
    experiments,
    files,
    paper,
    recipes,
    reproduction,
    results,
)

CASES = (paper.CLEAN, paper.gaussian(25, 5), paper.impulse(0.5, 100))
OVERFLOWS = ("wrap", "clip")


def thin(recipe, width=2):
    """The recipe with small vectors, where it has vectors."""
    return recipe.with_options(width=width) if "width" in recipe.options else recipe


SMALL = {
    arm: replace(thin(recipe), epochs=1)
    for arm, recipe in experiments.EXPERIMENTS["fast"].recipes.items()
}


def on(of_arms, images, *cases):
    """The fast experiment with other recipes, on these images."""
    return experiments.Experiment("fast", of_arms, lambda: (images, images), *cases)


class Zeros:
    """A network that takes every image for a 0."""

    def predict(self, x, verbose):
        images = np.concatenate([*x.as_numpy_iterator()])
        return np.eye(10)[np.zeros(len(images), int)]


@pytest.fixture
def digits_only(monkeypatch, digits):
    """The fast experiment on 200 digits, one epoch."""
    experiment = on(SMALL, digits)
    monkeypatch.setitem(experiments.EXPERIMENTS, "fast", experiment)


@pytest.fixture
def small(monkeypatch, digits_only):
    """A reproduction of seconds: 200 digits, one epoch, three cases."""
    monkeypatch.setitem(experiments.TABLES, "all", (paper.ARMS, CASES))


@pytest.fixture
def trainings(monkeypatch, digits_only):
    """What was asked of `training.fit`; nothing is trained."""
    asked = []

    def fit(recipe, train, *, seed, checkpoint):
        asked.append({"recipe": recipe, "train": train, "folder": Path(checkpoint)})
        return Zeros(), []

    monkeypatch.setattr(reproduction.training, "fit", fit)
    return asked


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results.csv"


def expected(seeds, arms=paper.ARMS, cases=CASES, epochs=(1,)):
    return {
        ("fast", arm, seed, end, overflow, case.key)
        for arm in arms
        for seed in seeds
        for end in epochs
        for overflow in OVERFLOWS
        for case in cases
    }


def keys(file):
    return [result.key for result in results.read(file)]


def assert_once(file, wanted):
    """Every wanted count is there, once, and no other."""
    found = keys(file)
    assert set(found) == wanted
    assert len(found) == len(wanted)


def assert_close_counts(file, other):
    counts = {result.key: result.correct for result in results.read(other)}
    for result in results.read(file):
        assert abs(result.correct - counts.pop(result.key)) <= 4
    assert not counts


# What is counted

GAUSSIAN = (paper.CLEAN, *paper.GAUSSIAN_CASES)
IMPULSE = (paper.CLEAN, *paper.IMPULSE_CASES)


@pytest.mark.parametrize(
    ("table", "arms", "cases"),
    [
        ("3", ["plain", "pixel_embedding"], GAUSSIAN),
        ("4", ["plain", "pixel_embedding"], IMPULSE),
        ("5", ["standardised"], GAUSSIAN),
        ("all", paper.ARMS, (paper.CLEAN, *paper.NOISY_CASES)),
    ],
)
def test_a_table_has_its_arms_and_its_cases(table, arms, cases, trainings, out):
    reproduction.reproduce("fast", [0], out, table=table)
    assert_once(out, expected([0], arms, cases))
    assert len(trainings) == len(arms)


def test_an_experiment_may_have_arms_and_cases_of_its_own(
    monkeypatch, trainings, digits, out
):
    of_arms = {"raw-batch": SMALL["plain"], "raw-test": SMALL["plain"]}
    experiment = on(of_arms, digits, CASES[:2])
    monkeypatch.setitem(experiments.EXPERIMENTS, "fast", experiment)
    reproduction.reproduce("fast", [0], out)
    assert_once(out, expected([0], of_arms, CASES[:2]))
    first, second = trainings
    assert first["folder"] == second["folder"]
    with pytest.raises(ValueError, match="^arms must be one of .*Received: 'plain'$"):
        reproduction.reproduce("fast", [0], out, table="3")


@pytest.mark.parametrize(
    ("statistics", "test_statistics", "size"),
    [("batch", None, 64), ("batch", "test", 250), ("train", None, 250)],
)
def test_a_batch_has_as_many_images_in_testing_as_in_training(
    statistics, test_statistics, size, trainings, digits, out, monkeypatch
):
    recipe = SMALL["standardised"].with_options(statistics=statistics)
    of_arms = {"plain": replace(recipe, test_statistics=test_statistics)}
    experiment = on(of_arms, digits, CASES)
    monkeypatch.setitem(experiments.EXPERIMENTS, "fast", experiment)
    asked = []

    def score_cases(*arguments, batch_size, **options):
        asked.append(batch_size)
        return []

    monkeypatch.setattr(reproduction.evaluation, "score_cases", score_cases)
    reproduction.reproduce("fast", [0], out)
    assert asked == [size] * len(OVERFLOWS)


def test_arms_replace_those_of_the_table(trainings, out):
    reproduction.reproduce("fast", [3], out, table="5", arms=["plain"])
    assert_once(out, expected([3], ["plain"], GAUSSIAN))


def test_tables_one_after_another_are_all_of_them(trainings, out):
    for table in ("3", "4", "all", "5"):
        reproduction.reproduce("fast", [0], out, table=table)
    assert_once(out, expected([0], cases=(paper.CLEAN, *paper.NOISY_CASES)))


def test_what_is_named_twice_is_counted_once(small, trainings, out):
    reproduction.reproduce("fast", [0, 1, 0], out, arms=["plain", "plain"])
    assert_once(out, expected([0, 1], ["plain"]))


def test_seeds_may_come_from_numpy(small, out):
    reproduction.reproduce("fast", np.arange(1), out, arms=["plain"])
    assert_once(out, expected([0], ["plain"]))


def test_a_count_is_that_of_the_test_images(small, trainings, digits, out):
    reproduction.reproduce("fast", [0], out)
    zeros = int((digits.labels == 0).sum())
    found = {(result.correct, result.total) for result in results.read(out)}
    assert found == {(zeros, 200)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"experiment": "slow"}, "^experiment must be .* Received: 'slow'$"),
        ({"table": "6"}, r"^table must be one of \['3', .* Received: '6'$"),
        ({"table": 3}, "^table must be one of .* Received: 3$"),
        ({"arms": ["plain", "resnet"]}, "^arms must be one of .* Received: 'resnet'$"),
        ({"epochs": [2, 1]}, r"^epochs must be increasing .* Received: \[2, 1\]$"),
        ({"epochs": [1, 1]}, r"^epochs must be increasing .* Received: \[1, 1\]$"),
        ({"epochs": [0, 1]}, "^epochs must be at least 1. Received: 0$"),
        ({"epochs": [-1]}, "^epochs must be at least 1. Received: -1$"),
        ({"epochs": [1.5]}, "^epochs must be an integer. Received: 1.5$"),
        ({"epochs": []}, r"^epochs must be .* Received: \[\]$"),
        ({"seeds": []}, r"^seeds must hold at least one int. Received: \[\]$"),
        ({"seeds": [0, -1]}, "^seeds must not be negative. Received: -1$"),
        ({"seeds": [0.5]}, "^seeds must be an iterable of ints. Received: 0.5$"),
        ({"seeds": 3}, "^seeds must be an iterable of ints. Received: 3$"),
    ],
)
def test_a_bad_argument_is_named_and_nothing_is_written(changes, message, small, out):
    arguments = {"experiment": "fast", "seeds": [0], "out": out} | changes
    with pytest.raises((TypeError, ValueError), match=message):
        reproduction.reproduce(**arguments)
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize(
    ("name", "images", "of_arms"),
    [
        ("text", "train", recipes.TEXT),
        ("text-55000", "without sample", recipes.TEXT),
        ("code", "train", recipes.CODE),
        ("code-55000", "without sample", recipes.CODE),
        ("code-slow", "train", recipes.CODE_SLOW),
        ("code-png", "train", recipes.CODE_PNG),
        ("code-adam", "train", recipes.CODE_ADAM),
    ],
)
def test_what_an_experiment_trains_on(name, images, of_arms, monkeypatch):
    for place in ("pixembed.data.load", "pixembed.data.sample.load"):
        monkeypatch.setattr(place, lambda name, split: split)
    monkeypatch.setattr(data, "load_mnist_without_sample", lambda: "without sample")
    experiment = experiments.EXPERIMENTS[name]
    assert experiment.images() == (images, "test")
    assert experiment.recipes == of_arms


@pytest.mark.parametrize(
    ("name", "made"), [("ablation", ablation.factorial), ("sweeps", ablation.sweeps)]
)
@pytest.mark.parametrize(
    ("end", "profile", "images"), [("-fast", "fast", 4000), ("", "full", "train")]
)
def test_the_ablation_has_two_scales(name, made, end, profile, images, monkeypatch):
    for place in ("pixembed.data.load", "pixembed.data.sample.load"):
        monkeypatch.setattr(place, lambda name, split: split)
    experiment = experiments.EXPERIMENTS[name + end]
    train, _ = experiment.images()
    assert (train if isinstance(train, str) else len(train)) == images
    assert experiment.recipes == made(profile)
    assert experiment.cases == ablation.CASES


def test_the_fast_experiment_is_that_of_the_book():
    train, test = experiments.EXPERIMENTS["fast"].images()
    assert (len(train), len(test)) == (4000, 1000)
    for arm, recipe in experiments.EXPERIMENTS["fast"].recipes.items():
        assert recipe == recipes.recipe_for(arm, "fast")


# JPEG


@pytest.mark.parametrize("jpeg", [True, False])
def test_a_recipe_with_jpeg_trains_and_tests_on_such_images(
    jpeg, trainings, digits, out, monkeypatch
):
    of_arms = {arm: replace(recipe, jpeg=jpeg) for arm, recipe in SMALL.items()}
    monkeypatch.setitem(
        experiments.EXPERIMENTS,
        "fast",
        on(of_arms, digits),
    )
    tested = []
    real = reproduction.evaluation.score_cases

    def recording(model, images, labels, cases, **options):
        tested.append((images, options["jpeg"]))
        return real(model, images, labels, cases, **options)

    monkeypatch.setattr(reproduction.evaluation, "score_cases", recording)
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    (training,) = trainings
    images = data.through_jpeg(digits.images) if jpeg else digits.images
    np.testing.assert_array_equal(training["train"].images, images)
    np.testing.assert_array_equal(training["train"].labels, digits.labels)
    for images, through_jpeg in tested:
        assert images is digits.images
        assert through_jpeg == jpeg


# What stays


def test_the_networks_stay_beside_the_file(small, out):
    reproduction.reproduce("fast", range(2), out, arms=["plain"])
    assert_once(out, expected(range(2), ["plain"]))
    folders = sorted((out.parent / "results-networks").iterdir())
    assert [folder.name.rpartition("-")[0] for folder in folders] == [
        "number-0",
        "number-1",
    ]
    for folder in folders:
        names = sorted(file.name for file in folder.iterdir())
        assert names == ["model.keras", "run.json"]


def test_what_is_there_is_not_computed_again(small, out, monkeypatch, capsys):
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    before = out.read_bytes()
    capsys.readouterr()
    monkeypatch.setattr(
        reproduction.training, "fit", lambda *a, **k: pytest.fail("trained again")
    )
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    assert out.read_bytes() == before
    assert capsys.readouterr().out == f"nothing to do: {out} holds every count\n"


def test_an_interrupted_run_goes_on_to_the_same_counts(small, tmp_path, capsys):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    reproduction.reproduce("fast", [0], whole, arms=["plain"])
    lines = whole.read_text().splitlines(keepends=True)
    cut.write_text("".join(lines[:4]) + lines[4][:20])
    capsys.readouterr()
    reproduction.reproduce("fast", [0], cut, arms=["plain"])
    assert f"{cut}: removed an unfinished last line" in capsys.readouterr().out
    assert cut.read_text().startswith("".join(lines[:4]))
    assert_close_counts(cut, whole)


def test_lost_counts_need_no_new_training(small, out, monkeypatch):
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    counts = {result.key: result.correct for result in results.read(out)}
    out.unlink()
    monkeypatch.setattr(keras.Model, "fit", None)
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    assert {result.key: result.correct for result in results.read(out)} == counts


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"test_statistics": "test"}, True),
        ({"jpeg": True}, False),
        ({"batch_size": 32}, False),
        ({"learning_rate": 0.5}, False),
    ],
)
def test_only_equal_trainings_share_a_folder(
    changes, same, small, trainings, digits, tmp_path, monkeypatch
):
    reproduction.reproduce("fast", [0], tmp_path / "a.csv", arms=["plain"])
    of_arms = {"plain": replace(SMALL["plain"], **changes)}
    experiment = on(of_arms, digits)
    monkeypatch.setitem(experiments.EXPERIMENTS, "fast", experiment)
    monkeypatch.setattr(
        reproduction.evaluation, "score_cases", lambda *arguments, **options: []
    )
    reproduction.reproduce("fast", [0], tmp_path / "b.csv", arms=["plain"])
    first, second = (asked["folder"].name for asked in trainings)
    assert (first == second) == same


def test_half_precision_has_a_folder_of_its_own(
    small, trainings, tmp_path, mixed_bfloat16
):
    reproduction.reproduce("fast", [0], tmp_path / "half.csv", arms=["plain"])
    keras.config.set_dtype_policy("float32")
    reproduction.reproduce("fast", [0], tmp_path / "single.csv", arms=["plain"])
    half, single = (asked["folder"].name for asked in trainings)
    assert half != single
    for name, precision in (("half", "mixed_bfloat16"), ("single", "float32")):
        stored = results.read(tmp_path / f"{name}.csv")
        assert {result.precision for result in stored} == {precision}


# One process at a time


def test_a_second_run_on_a_file_is_refused(small, trainings, out, monkeypatch):
    real, refused = reproduction.results.append, []

    def append(*arguments):
        with pytest.raises(ValueError) as caught:
            reproduction.reproduce("fast", [1], out)
        refused.append(str(caught.value))
        real(*arguments)

    monkeypatch.setattr(reproduction.results, "append", append)
    reproduction.reproduce("fast", [0], out)
    message = f"{out} is in use by another process: give another file"
    assert set(refused) == {message}
    assert_once(out, expected([0]))


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, OSError])
def test_a_run_that_ends_holds_no_lock(error, small, trainings, out, monkeypatch):
    def fit(*arguments, **options):
        assert out.with_name("results.csv.lock").exists()
        if error:
            raise error
        return Zeros(), []

    monkeypatch.setattr(reproduction.training, "fit", fit)
    with pytest.raises(error) if error else nullcontext():
        reproduction.reproduce("fast", [0], out)
    with files.held(out):
        pass


def test_the_lock_file_of_a_killed_run_does_not_matter(small, trainings, out):
    out.with_name("results.csv.lock").touch()
    reproduction.reproduce("fast", [0], out)
    assert_once(out, expected([0]))


# Counts after several epochs


@pytest.fixture
def fits(monkeypatch):
    """One entry for every epoch that is trained."""
    real, called = keras.Model.fit, []

    def counting(model, *arguments, **options):
        called.append(model.name)
        return real(model, *arguments, **options)

    monkeypatch.setattr(keras.Model, "fit", counting)
    return called


def history_beside(out):
    (record,) = (out.parent / f"{out.stem}-networks").glob("*/run.json")
    stored = json.loads(record.read_text(encoding="utf-8"))
    return [entry["epoch"] for entry in stored["history"]]


def test_more_epochs_go_on_with_the_same_network(small, tmp_path, fits):
    both, last = tmp_path / "both.csv", tmp_path / "last.csv"
    reproduction.reproduce("fast", [0], both, arms=["plain"], epochs=[1, 2])
    assert len(fits) == 2
    assert_once(both, expected([0], ["plain"], epochs=[1, 2]))
    assert history_beside(both) == [1, 2]
    reproduction.reproduce("fast", [0], last, arms=["plain"], epochs=[2])
    counts = {result.key: result.correct for result in results.read(last)}
    for result in results.read(both):
        if result.epochs == 2:
            assert abs(result.correct - counts.pop(result.key)) <= 4
    assert not counts


def test_more_epochs_can_be_asked_for_later(small, out, fits):
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    before = out.read_bytes()
    reproduction.reproduce("fast", [0], out, arms=["plain"], epochs=[1, 3])
    assert len(fits) == 3
    assert out.read_bytes().startswith(before)
    assert_once(out, expected([0], ["plain"], epochs=[1, 3]))


def test_fewer_epochs_than_are_trained_are_refused(small, out):
    reproduction.reproduce("fast", [0], out, arms=["plain"], epochs=[2])
    before = out.read_bytes()
    with pytest.raises(ValueError, match="holds 2 epochs, more than the 1"):
        reproduction.reproduce("fast", [0], out, arms=["plain"], epochs=[1])
    assert out.read_bytes() == before


# What is not mixed


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "0.0.1"},
        {"data": "another"},
        {"precision": "mixed_bfloat16"},
        {"keras": "3.0.0 jax"},
        {"onednn": "elsewhere"},
        {"code": "000000000000"},
    ],
)
@pytest.mark.parametrize("how_many", ["all", "one"])
def test_results_of_another_origin_are_not_mixed(
    changed, how_many, small, trainings, out
):
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    stored = results.read(out)
    out.unlink()
    for number, result in enumerate(stored):
        alike = how_many == "one" and number != 2
        results.append(out, result if alike else replace(result, **changed))
    before = out.read_bytes()
    (name,) = changed
    with pytest.raises(ValueError, match=f"results of {name} .*give another file"):
        reproduction.reproduce("fast", [1], out, arms=["plain"])
    assert out.read_bytes() == before
    assert len(trainings) == 1


@pytest.mark.parametrize(
    "content",
    ["arm,accuracy\nplain,0.9\n", "arm,accuracy\nplain,0.9", "Notes\nof mine"],
)
def test_a_file_of_another_kind_is_refused_and_left_alone(
    content, small, trainings, out, capsys
):
    out.write_text(content)
    assert command.main(["reproduce", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"pixembed: {out} is not a results file")
    assert message.count("\n") == 1
    assert out.read_text() == content
    assert not trainings


def test_an_empty_file_is_begun(small, trainings, out):
    out.touch()
    reproduction.reproduce("fast", [0], out)
    assert_once(out, expected([0]))


def test_full_recipes_need_the_full_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXEMBED_DATA", str(tmp_path))
    out = tmp_path / "results.csv"
    for recipe in ("text", "code", "text-55000"):
        assert command.main(["reproduce", "--recipe", recipe, "--out", str(out)]) == 1
        message = capsys.readouterr().err
        assert message.startswith("pixembed: PIXEMBED_DATA must name a folder")
        assert message.count("\n") == 1
    assert not [file for file in tmp_path.iterdir() if file.suffix != ".lock"]


# A full disk


@contextmanager
def no_file_larger_than(size):
    """The system refuses to write on, in the middle of a line where it must."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_while_counting(small, trainings, out, capsys):
    arguments = ["reproduce", "--arms", "plain", "--out", str(out)]
    assert command.main(arguments) == 0
    *lines, last = out.read_text().splitlines(keepends=True)[:4]
    out.write_text("".join(lines))
    capsys.readouterr()
    size = out.stat().st_size
    with no_file_larger_than(size + len(last) + 30):
        assert command.main(arguments) == 1
    message = capsys.readouterr().err
    assert message.startswith("pixembed: ") and message.count("\n") == 1
    assert "too large" in message and str(out) in message
    written = out.read_text()
    assert written == "".join(lines) + last + written[-30:]
    assert command.main(arguments) == 0
    assert out.read_text().startswith("".join(lines) + last)
    assert_once(out, expected([0], ["plain"]))


def test_a_disk_that_is_full_before_the_first_line(small, trainings, out, capsys):
    arguments = ["reproduce", "--arms", "plain", "--out", str(out)]
    with no_file_larger_than(20):
        assert command.main(arguments) == 1
    assert str(out) in capsys.readouterr().err
    assert out.stat().st_size == 20
    assert command.main(arguments) == 0
    assert_once(out, expected([0], ["plain"]))


def test_a_disk_that_is_full_while_a_network_is_stored(small, out, capsys):
    arguments = ["reproduce", "--arms", "plain", "--out", str(out)]
    with no_file_larger_than(50_000):
        assert command.main(arguments) == 1
    message = capsys.readouterr().err
    assert message.startswith("pixembed: ") and message.count("\n") == 1
    assert "too large" in message.lower()
    assert not out.exists()
    assert not list(out.parent.rglob("unfinished-*"))
    assert command.main(arguments) == 0
    assert_once(out, expected([0], ["plain"]))


# The command line


def test_every_option_is_passed_on(trainings, out, mixed_bfloat16):
    keras.config.set_dtype_policy("float32")
    given = "--table 3 --recipe fast --seeds 2 --arms plain --epochs 1 3"
    given = [*given.split(), "--precision", "mixed_bfloat16", "--out", str(out)]
    assert command.main(["reproduce", *given]) == 0
    assert_once(out, expected([0, 1], ["plain"], GAUSSIAN, epochs=[1, 3]))
    assert {result.precision for result in results.read(out)} == {"mixed_bfloat16"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "nothing.csv"], "nothing.csv"),
        (["reproduce", "--seeds", "0"], "--seeds must be at least 1. Received: 0"),
        (["reproduce", "--table", "2"], "table must be one of"),
        (["reproduce", "--recipe", "slow"], "--recipe must be one of"),
        (["reproduce", "--seeds", str(10**20)], "seeds must hold at most 10,000"),
        (["reproduce", "--jobs", "0"], "jobs must be at least 1. Received: 0"),
        (["reproduce", "--epochs", "3", "2"], "epochs must be increasing"),
        (["reproduce", "--arms", "raw-train"], "arms must be one of ['plain', "),
    ],
)
def test_a_mistake_is_one_sentence(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("pixembed: ") and printed.count("\n") == 1
    assert message in printed
    assert not list(tmp_path.iterdir())


def test_progress_says_which_network_which_count_and_how_long(
    small, trainings, out, capsys, monkeypatch
):
    clock = iter([0.0, 90.0, 180.0])
    monkeypatch.setattr(reproduction.time, "monotonic", lambda: next(clock))
    reproduction.reproduce("fast", range(2), out, arms=["plain"])
    score = "10.0% of 200 (95% interval 6.6% to 14.9%)"
    counts = [
        f"{overflow}, {case.key}: {score}" for overflow in OVERFLOWS for case in CASES
    ]
    assert capsys.readouterr().out.splitlines() == [
        "network: fast, plain, seed 0, epochs 1, 6 counts to go",
        *counts,
        "1 of 2 networks done, about 2 min left",
        "network: fast, plain, seed 1, epochs 1, 6 counts to go",
        *counts,
        "2 of 2 networks done",
    ]


def test_ctrl_c_in_a_finaliser_is_not_lost(small, out, capsys, monkeypatch):
    class Interrupted:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def train(*arguments, **options):
        Interrupted()
        for _ in range(200):
            time.sleep(0.1)

    monkeypatch.setattr(reproduction.training, "fit", train)
    hook = sys.unraisablehook
    assert command.main(["reproduce", "--out", str(out)]) == 130
    assert capsys.readouterr().err == (
        "pixembed: stopped; the same command goes on from here\n"
    )
    assert sys.unraisablehook is hook


def test_another_error_in_a_finaliser_is_shown_as_ever(small, out, capsys, monkeypatch):
    class Broken:
        def __del__(self):
            raise OSError("broken finaliser")

    def train(*arguments, **options):
        Broken()
        raise ValueError("and then this")

    shown = []
    monkeypatch.setattr(sys, "unraisablehook", shown.append)
    monkeypatch.setattr(reproduction.training, "fit", train)
    assert command.main(["reproduce", "--out", str(out)]) == 1
    assert [str(one.exc_value) for one in shown] == ["broken finaliser"]
    assert "and then this" in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(small, out, capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproduction.training, "fit", interrupted)
    assert command.main(["reproduce", "--out", str(out)]) == 130
    assert capsys.readouterr().err == (
        "pixembed: stopped; the same command goes on from here\n"
    )


# list


def test_list_shows_a_line_for_each_group(small, trainings, out, capsys):
    reproduction.reproduce("fast", range(2), out, arms=["plain"], epochs=[1, 3])
    capsys.readouterr()
    assert command.main(["list", str(out)]) == 0
    head, *rows, foot = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["recipe", "arm", "overflow", "epochs"]
    assert head.split()[4:] == ["seeds", "counts", "right"]
    assert [row.split() for row in rows] == [
        ["fast", "plain", overflow, epochs, "2", "6", "10.0%"]
        for epochs in ("1", "3")
        for overflow in OVERFLOWS
    ]
    assert len({len(line) for line in (head, *rows)}) == 1
    assert "mean over the noisy cases" in foot


def test_list_leaves_the_case_without_noise_out_of_the_mean(out, capsys):
    first = results.read("fast")[0]
    for case, correct in ((paper.CLEAN, 90), (CASES[1], 10), (CASES[2], 30)):
        results.append(out, replace(first, case=case.key, correct=correct, total=100))
        command.main(["list", str(out)])
    last_cells = [
        line.split()[-1]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("fast")
    ]
    assert last_cells == ["-", "10.0%", "20.0%"]


def test_list_finds_the_counts_of_the_book(capsys):
    assert command.main(["list", "fast"]) == 0
    assert "pixel_embedding" in capsys.readouterr().out


@pytest.mark.parametrize("lines", [0, 1])
def test_list_of_a_file_without_counts_says_so(lines, small, trainings, out, capsys):
    reproduction.reproduce("fast", [0], out)
    out.write_text("".join(out.read_text().splitlines(keepends=True)[:lines]))
    capsys.readouterr()
    assert command.main(["list", str(out)]) == 0
    assert capsys.readouterr().out == f"{out} holds no results yet\n"


def test_list_of_a_file_of_another_kind_says_so(out, capsys):
    out.write_text("arm,accuracy\n")
    assert command.main(["list", str(out)]) == 1
    assert f"{out} is not a results file" in capsys.readouterr().err


# Runs that are stopped from outside

CHILD = """
import signal, sys
from dataclasses import replace
from pixembed import data, experiments, recipes
from pixembed.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)
whole = data.load_sample()
few = data.Dataset("few", whole.images[::39], whole.labels[::39])
experiments.EXPERIMENTS["fast"] = experiments.Experiment(
    "fast",
    {"plain": recipes.TEXT["plain"],
     "pixel_embedding": recipes.TEXT["pixel_embedding"].with_options(width=2)},
    lambda: (few, few),
)
sys.exit(main(sys.argv[1:]))
"""
CHILDS_ARMS = ("plain", "pixel_embedding")
CHILDS_EPOCHS = (5, 10)
CHILDS_COUNTS = expected(
    [0], CHILDS_ARMS, (paper.CLEAN, *paper.NOISY_CASES), CHILDS_EPOCHS
)
CHILDS_STEPS = len(CHILDS_COUNTS) + len(CHILDS_ARMS) * CHILDS_EPOCHS[-1]


@pytest.fixture
def start():
    """Starts the command line on few images in a process that the test's end ends."""
    arguments = ["--arms", *CHILDS_ARMS, "--epochs", *map(str, CHILDS_EPOCHS)]
    command = [sys.executable, "-c", CHILD, "reproduce", *arguments, "--out"]

    def start(out, *options):
        child = subprocess.Popen(
            [*command, out, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            cwd=Path(__file__).parent.parent,
        )
        children.callback(child.kill)
        return child

    with ExitStack() as children:
        yield start


def steps_in(lines):
    """What was finished: (arm, epoch) of a training, (network, case) of a count."""
    found = []
    for line in lines:
        if line.startswith("network"):
            network = line.partition(": ")[2].rpartition(", ")[0]
        elif line.startswith("epoch"):
            found.append((network.split(", ")[1], line.partition("/")[0]))
        elif line.startswith(OVERFLOWS):
            found.append((network, line.partition(":")[0]))
    return found


def stop_after(child, steps, delay, signal_number):
    """Stops a child some time after it has finished so many steps.

    Returns the steps that it finished, and what it wrote to stderr.
    """
    with child:
        lines = []
        for line in child.stdout:
            lines.append(line)
            begun = any(line.startswith("network") for line in lines)
            if begun and len(steps_in(lines)) >= steps:
                break
        time.sleep(delay)
        child.send_signal(signal_number)
        lines += child.stdout
        return steps_in(lines), child.stderr.read()


def whole_lines(file):
    return file.read_bytes().rpartition(b"\n")[0] if file.exists() else b""


STARTING, RUNNING = 2, 4


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(start, tmp_path):
    out, undisturbed = tmp_path / "killed.csv", tmp_path / "undisturbed.csv"
    chance = random.Random(0)
    other = start(undisturbed)
    for _ in range(STARTING):
        child = start(out)
        time.sleep(chance.uniform(0, 3))
        child.kill()
        child.communicate()
        assert child.returncode == -signal.SIGKILL
    _, errors = other.communicate()
    assert other.returncode == 0, errors
    finished = []
    for kills_left in range(RUNNING, 0, -1):
        before = whole_lines(out)
        left = CHILDS_STEPS - len(finished)
        steps = chance.randint(0, max(left - 40, 0) // kills_left)
        child = start(out)
        delay = chance.uniform(0, 0.1 if steps else 0.5)
        found, errors = stop_after(child, steps, delay, signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL, errors
        assert whole_lines(out).startswith(before)
        finished += found
    last = start(out)
    printed, errors = last.communicate()
    assert last.returncode == 0, errors
    finished += steps_in(printed.splitlines())
    assert len(finished) == len(set(finished))
    assert_once(out, CHILDS_COUNTS)
    assert_close_counts(out, undisturbed)
    for record in (tmp_path / "killed-networks").glob("*/run.json"):
        stored = json.loads(record.read_text(encoding="utf-8"))
        assert [entry["epoch"] for entry in stored["history"]] == [*range(1, 11)]
        names = sorted(file.name for file in record.parent.iterdir())
        assert names == ["model.keras", "run.json"]


@pytest.mark.slow
def test_the_number_of_jobs_changes_no_count(start, tmp_path):
    counts = {}
    for jobs in ("1", "2"):
        few = ["--table", "3", "--epochs", "1", "--jobs", jobs]
        child = start(tmp_path / f"{jobs}.csv", *few)
        _, errors = child.communicate()
        assert child.returncode == 0, errors
        stored = results.read(tmp_path / f"{jobs}.csv")
        counts[jobs] = {result.key: result.correct for result in stored}
        assert {result.threads for result in stored} == {"1"}
    assert set(counts["1"]) == expected([0], CHILDS_ARMS, GAUSSIAN)
    assert counts["1"] == counts["2"]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [0, 12])
def test_ctrl_c_stops_with_130_and_a_sentence(steps, start, tmp_path):
    out = tmp_path / "results.csv"
    child = start(out)
    found, errors = stop_after(child, steps, 0.05, signal.SIGINT)
    assert child.returncode == 130, errors
    assert errors.splitlines()[-1] == (
        "pixembed: stopped; the same command goes on from here"
    )
    assert "Traceback" not in errors
    counts = [step for step in found if not step[1].startswith("epoch")]
    assert len(keys(out) if out.exists() else []) >= len(counts)
