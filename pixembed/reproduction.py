"""Trains arms over seeds and counts right answers under every noise, resumably."""

import datetime
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import keras

from pixembed import (
    __version__,
    ablation,
    data,
    evaluation,
    noise,
    paper,
    results,
    training,
)

try:
    import fcntl
except ImportError:
    fcntl = None

OVERFLOWS = ("wrap", "clip")


@dataclass(frozen=True)
class Experiment:
    """What is trained, and on what.

    Attributes:
        recipes: dict from arm to `pixembed.paper.Recipe`.
        images: function that returns (train, test), two `pixembed.data.Dataset`s.
        cases: tuple of `pixembed.paper.Case`s that the answers are counted under.
    """

    recipes: dict
    images: Callable
    cases: tuple = (paper.CLEAN, *paper.NOISY_CASES)


def _full():
    return data.load_for_profile("full")


def _fast():
    return data.load_for_profile("fast")


def _without_sample():
    return data.load_mnist_without_sample(), data.load_mnist("test")


#: Experiments by the name of their recipe. Those that end in 55000 train without the
#: sample's 5,000 images, so that their networks may be tested on it.
EXPERIMENTS = {
    "fast": Experiment(
        {arm: training.recipe_for(arm, "fast") for arm in paper.ARMS},
        _fast,
    ),
    "text": Experiment(paper.TEXT, _full),
    "text-55000": Experiment(paper.TEXT, _without_sample),
    "code": Experiment(paper.CODE, _full),
    "code-55000": Experiment(paper.CODE, _without_sample),
    "code-slow": Experiment(paper.CODE_SLOW, _full),
    "code-png": Experiment(paper.CODE_PNG, _full),
    "code-adam": Experiment(paper.CODE_ADAM, _full),
    "ablation-fast": Experiment(ablation.factorial("fast"), _fast, ablation.CASES),
    "ablation": Experiment(ablation.factorial("full"), _full, ablation.CASES),
    "sweeps-fast": Experiment(ablation.sweeps("fast"), _fast, ablation.CASES),
    "sweeps": Experiment(ablation.sweeps("full"), _full, ablation.CASES),
}

_GAUSSIAN = (paper.CLEAN, *paper.GAUSSIAN_CASES)
_IMPULSE = (paper.CLEAN, *paper.IMPULSE_CASES)

#: What each of the paper's tables holds: its arms and its cases; None for those of the
#: experiment.
TABLES = {
    "3": (("plain", "pixel_embedding"), _GAUSSIAN),
    "4": (("plain", "pixel_embedding"), _IMPULSE),
    "5": (("standardised",), _GAUSSIAN),
    "all": (None, None),
}


def reproduce(recipe, seeds, out, *, table="all", arms=None, epochs=None):
    """Trains every arm from every seed and appends every count to a results file.

    What the file holds already is not computed again, so that a run that was killed
    goes on where it stopped, in the middle of a training too. The trained networks
    stay in a folder beside the file.

    One process at a time works on a results file: it holds a lock on an empty file
    beside it, whose name is that of the results file and `.lock`. The system frees the
    lock of a process that ends; only one that was killed leaves the empty file behind.
    Where the system has no such locks, as on Windows, nothing is locked.

    Args:
        recipe: a name in `EXPERIMENTS`.
        seeds: iterable of ints, not negative, at least one.
        out: path of the results file.
        table: a name in `TABLES`.
        arms: some arms of the experiment; None for those of the table.
        epochs: increasing ints: after each of these epochs the answers are counted;
            None for once, after the recipe's own number.

    Raises:
        TypeError: if `seeds` are not ints.
        ValueError: if an argument is unknown or out of range, if another process works
            on the file, if the file holds results of another version of the package,
            of other data or of another precision, or if a network was trained for
            more epochs already.
        OSError: if the disk is full; the next run goes on from there.
    """
    _check("recipe", recipe, EXPERIMENTS)
    _check("table", table, TABLES)
    experiment = EXPERIMENTS[recipe]
    table_arms, table_cases = TABLES[table]
    arms = arms or table_arms or [*experiment.recipes]
    cases = table_cases or experiment.cases
    for arm in arms:
        _check("arms", arm, experiment.recipes)
    if epochs is not None:
        _check_epochs(epochs)
    runs = _runs(recipe, _checked_seeds(seeds), arms, epochs)
    out = Path(out)
    with _lock(out):
        _count(experiment, runs, cases, out)


def _count(experiment, runs, cases, out):
    train, test = experiment.images()
    origin = {
        "data": data.digest(train, test)[:12],
        "version": __version__,
        "precision": keras.config.dtype_policy().name,
        "onednn": "unknown",
        "code": "unknown",
    }
    done = _done(out, origin)
    plan = [(run, missing) for run in runs if (missing := _missing(run, cases, done))]
    if not plan:
        print(f"nothing to do: {out} holds every count", flush=True)
    start = time.monotonic()
    for number, (run, missing) in enumerate(plan, start=1):
        print(
            f"network {number} of {len(plan)}: {run}, {len(missing)} counts to go",
            flush=True,
        )
        _one_network(run, missing, train, test, out, origin)
        print(_left(time.monotonic() - start, number, len(plan)), flush=True)


@contextmanager
def _lock(out):
    if fcntl is None:
        yield
        return
    file = out.with_name(f"{out.name}.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        if not _locked(opened, file):
            raise ValueError(f"{out} is in use by another process: give another file")
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def _locked(opened, file):
    """A process that ends removes its lock file: another may have opened that one."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(opened.fileno()), file.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


@dataclass(frozen=True)
class Run:
    """One network to train and to test."""

    name: str
    arm: str
    recipe: paper.Recipe
    seed: int

    @property
    def key(self):
        """The first part of `pixembed.results.Result.key`."""
        return self.name, self.arm, self.seed, self.recipe.epochs

    def __str__(self):
        name, arm, seed, epochs = self.key
        return f"{name}, {arm}, seed {seed}, epochs {epochs}"


def _runs(recipe, seeds, arms, epochs):
    recipes = EXPERIMENTS[recipe].recipes
    for seed in dict.fromkeys(seeds):
        for arm in dict.fromkeys(arms):
            for end in epochs or [recipes[arm].epochs]:
                yield Run(recipe, arm, replace(recipes[arm], epochs=end), seed)


def _missing(run, cases, done):
    return [
        (overflow, case)
        for overflow in OVERFLOWS
        for case in cases
        if (*run.key, overflow, case.key) not in done
    ]


def _one_network(run, missing, train, test, out, origin):
    if run.recipe.jpeg:
        train = replace(train, images=data.through_jpeg(train.images))
    identity = training.identity(run.recipe, train, run.seed)
    folder = out.with_name(f"{out.stem}-networks") / _folder_name(identity)
    model, _ = training.fit(run.recipe, train, seed=run.seed, checkpoint=folder)
    common = {
        "recipe": run.name,
        "arm": run.arm,
        "seed": run.seed,
        "epochs": run.recipe.epochs,
        "keras": f"{keras.__version__} {keras.backend.backend()}",
        "device": training.processor(),
        "date": datetime.date.today().isoformat(),
        **origin,
    }
    for overflow in OVERFLOWS:
        scores = evaluation.score_cases(
            model,
            test.images,
            test.labels,
            [case for at, case in missing if at == overflow],
            seed=run.seed,
            overflow=overflow,
            test_statistics=run.recipe.test_statistics,
            jpeg=run.recipe.jpeg,
            batch_size=images_at_a_time(run.recipe),
        )
        for case, score in scores:
            counts = {"correct": score.correct, "total": score.total}
            where = {"overflow": overflow, "case": case.key}
            _append(out, results.Result(**common, **where, **counts))
            print(f"{overflow}, {case.key}: {score}", flush=True)


def images_at_a_time(recipe):
    """Returns how many images are asked at a time.

    Where the statistics are those of the batch, it has as many images as in training.

    Args:
        recipe: `pixembed.paper.Recipe`.
    """
    of_batch = recipe.statistics == "batch" and recipe.test_statistics is None
    return recipe.batch_size if of_batch else 250


def _folder_name(identity):
    """Runs that differ in testing only share one network."""
    text = json.dumps(identity, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{identity['recipe']['arm']}-{identity['seed']}-{digest[:8]}"


def _append(out, result):
    """An error in writing names no file by itself."""
    try:
        results.append(out, result)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from error


def _left(seconds, done, whole):
    minutes = math.ceil(seconds / done * (whole - done) / 60)
    left = f", about {minutes} min left" if minutes else ""
    return f"{done} of {whole} networks done{left}"


def _check(name, value, known):
    if value not in known:
        raise ValueError(f"{name} must be one of {[*known]}. Received: {value!r}")


def _checked_seeds(seeds):
    takes = "an iterable of ints"
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds must be {takes}. Received: {seeds!r}")
    found = [noise.check_seed("seeds", seed, takes) for seed in seeds]
    if not found:
        raise ValueError(f"seeds must hold at least one int. Received: {seeds!r}")
    return found


def _check_epochs(epochs):
    if (
        not epochs
        or not all(type(end) is int and end > 0 for end in epochs)
        or any(one >= other for one, other in pairwise(epochs))
    ):
        raise ValueError(
            f"epochs must be increasing ints greater than 0. Received: {epochs!r}"
        )


def _done(out, origin):
    if results.drop_unfinished_line(out):
        print(f"{out}: removed an unfinished last line", flush=True)
    if not out.exists() or out.stat().st_size == 0:
        return set()
    stored = results.read(out)
    for name, value in origin.items():
        others = {getattr(result, name) for result in stored} - {value}
        if others:
            raise ValueError(
                f"{out} holds results of {name} {sorted(others)}, this run has "
                f"{value}: give another file"
            )
    return {result.key for result in stored}
