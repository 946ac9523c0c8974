"""Trains arms over seeds and counts right answers under every noise, resumably.

`plan` says which networks are to be trained and what each is still to be asked;
`count` takes one of these runs to its results and needs no other; `reproduce` collects
what a `map` of the one over the other gives, and is the only one that writes results.
"""

import datetime
import functools
import hashlib
import json
import math
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from os import PathLike
from pathlib import Path

from pixembed import backend, data, evaluation, files, results, training
from pixembed.backend import keras
from pixembed.checks import check_choice, check_integer, check_seed
from pixembed.experiments import EXPERIMENTS, TABLES, Experiment
from pixembed.fingerprint import origin
from pixembed.noise import Case
from pixembed.recipes import Recipe

OVERFLOWS = ("wrap", "clip")

#: More seeds than this are a slip of the pen.
MOST_SEEDS = 10_000


@dataclass(frozen=True)
class Question:
    """What a network is still to be asked, after some epoch and in some way.

    Attributes:
        arm: its name in the results.
        recipe: `pixembed.recipes.Recipe`, with the epochs after which it is asked.
        missing: tuple of pairs (overflow, `pixembed.noise.Case`).
    """

    arm: str
    recipe: Recipe
    missing: tuple[tuple[str, Case], ...]


@dataclass(frozen=True)
class Run:
    """One network to train and to ask; it depends on no other run.

    Attributes:
        experiment: `pixembed.experiments.Experiment`.
        seed: int, of the network and of the noise.
        questions: tuple of `Question`s, of increasing epochs.
        folder: `pathlib.Path`, where the network stays.
        origin: dict, what decides the numbers; see `pixembed.fingerprint.origin`.
    """

    experiment: Experiment
    seed: int
    questions: tuple[Question, ...]
    folder: Path
    origin: dict[str, str]


def reproduce(
    experiment: str | Experiment,
    seeds: Iterable[int],
    out: str | PathLike[str],
    *,
    table: str = "all",
    arms: Iterable[str] | None = None,
    epochs: Iterable[int] | None = None,
    map: Callable[..., Iterable[Iterable[results.Result]]] = map,
) -> None:
    """Trains every arm from every seed and appends every count to a results file.

    What the file holds already is not computed again, so that a run that was killed
    goes on where it stopped, in the middle of a training too. The trained networks
    stay in a folder beside the file. One process at a time writes a results file.

    Args:
        experiment: a name in `pixembed.experiments.EXPERIMENTS`, or an `Experiment`.
        seeds: iterable of ints, not negative, at least one, at most 10,000.
        out: path of the results file.
        table: a name in `pixembed.experiments.TABLES`.
        arms: some arms of the experiment; None for those of the table.
        epochs: increasing ints: after each of these epochs the answers are counted;
            None for once, after the recipe's own number.
        map: called as `map(count, runs)`; yields the results of each run, in any
            order. Python's own works on one run after the other,
            `pixembed.cores.on_cores` on many at a time, `pixembed.cluster.on_ray` on
            many machines. An attribute `threads` says how many threads each run has,
            where they are not those of this process.

    Raises:
        TypeError: if `seeds` are not ints.
        ValueError: if an argument is unknown or out of range, if another process works
            on the file, if the file holds results of another origin, or if a network
            was trained for more epochs already.
        OSError: if the disk is full; the next run goes on from there.
    """
    if not isinstance(experiment, Experiment):
        check_choice("experiment", experiment, EXPERIMENTS)
        experiment = EXPERIMENTS[experiment]
    asked = _asked(experiment, table, arms, epochs)
    seeds = _checked_seeds(seeds)
    out = files.path(out)
    with files.held(out):
        threads = getattr(map, "threads", backend.threads())
        runs = plan(experiment, asked, seeds, out, threads)
        if not runs:
            print(f"nothing to do: {out} holds every count", flush=True)
        start = time.monotonic()
        for number, found in enumerate(map(count, runs), start=1):
            for result in found:
                _append(out, result)
            print(_left(time.monotonic() - start, number, len(runs)), flush=True)


def plan(
    experiment: Experiment,
    asked: Sequence[tuple[str, Recipe, Sequence[Case]]],
    seeds: Iterable[int],
    out: Path,
    threads: str,
) -> list[Run]:
    """Returns the runs that a results file lacks.

    Arms that differ in testing or in the number of epochs only share one network, and
    make one run.

    Args:
        experiment: `pixembed.experiments.Experiment`.
        asked: list of triples (arm, `pixembed.recipes.Recipe`, cases).
        seeds: list of ints.
        out: `pathlib.Path` of the results file.
        threads: str, how many threads each network will have.

    Returns:
        list of `Run`.
    """
    train, test = _images(experiment.images)
    of_now = origin(threads, train, test)
    done = _done(out, of_now)

    @functools.cache
    def identity(recipe):
        """The same but for the seed; the digest of the images takes a moment."""
        given, _ = _images(experiment.images, recipe.jpeg)
        return training.identity(recipe, given, seed=0)

    questions = defaultdict(list)
    for seed in dict.fromkeys(seeds):
        for arm, recipe, cases in asked:
            key = (experiment.name, arm, seed, recipe.epochs)
            missing = tuple(
                (overflow, case)
                for overflow in OVERFLOWS
                for case in cases
                if (*key, overflow, case.key) not in done
            )
            if missing:
                name = _folder_name({**identity(recipe), "seed": seed})
                folder = out.absolute().with_name(f"{out.stem}-networks") / name
                questions[folder, seed].append(Question(arm, recipe, missing))
    return [
        Run(experiment, seed, tuple(sorted(of_run, key=_epochs)), folder, of_now)
        for (folder, seed), of_run in questions.items()
    ]


def count(run: Run) -> Iterator[results.Result]:
    """Trains the network of a run and asks it, in the order of its questions.

    Args:
        run: `Run`.

    Yields:
        `pixembed.results.Result`, each as soon as it is counted.

    Raises:
        ValueError: if this process finds other images than the one that planned.
    """
    keras.config.set_dtype_policy(run.origin["precision"])
    train, test = _images(run.experiment.images)
    if (found := data.digest(train, test)[:12]) != run.origin["data"]:
        raise ValueError(
            f"{run.experiment.name} needs the images {run.origin['data']}, those on "
            f"{platform.node()} are {found}: let its PIXEMBED_DATA name the same files"
        )
    for question in run.questions:
        recipe = question.recipe
        where = {"recipe": run.experiment.name, "arm": question.arm, "seed": run.seed}
        print(
            f"network: {run.experiment.name}, {question.arm}, seed {run.seed}, "
            f"epochs {recipe.epochs}, {len(question.missing)} counts to go",
            flush=True,
        )
        train, _ = _images(run.experiment.images, recipe.jpeg)
        model, _ = training.fit(recipe, train, seed=run.seed, checkpoint=run.folder)
        where |= {
            "epochs": recipe.epochs,
            "device": backend.processor(),
            "date": datetime.date.today().isoformat(),
        }
        for overflow, case, score in _scores(model, run.seed, question, test):
            counts = {"correct": score.correct, "total": score.total}
            noise = {"overflow": overflow, "case": case.key}
            yield results.Result(**where, **run.origin, **noise, **counts)
            print(f"{overflow}, {case.key}: {score}", flush=True)


def images_at_a_time(recipe: Recipe) -> int:
    """Returns how many images are asked at a time.

    Where the statistics are those of the batch, it has as many images as in training.

    Args:
        recipe: `pixembed.recipes.Recipe`.
    """
    of_batch = recipe.options.get("statistics") == "batch"
    return recipe.batch_size if of_batch and recipe.test_statistics is None else 250


@functools.lru_cache(maxsize=2)
def _images(images, jpeg=False):
    train, test = images()
    if jpeg:
        train = replace(train, images=data.through_jpeg(train.images))
    return train, test


def _asked(experiment, table, arms, epochs):
    """Returns triples of arm, recipe and cases."""
    check_choice("table", table, TABLES)
    table_arms, table_cases = TABLES[table]
    arms = [*(arms or table_arms or experiment.recipes)]
    for arm in arms:
        check_choice("arms", arm, experiment.recipes)
    if epochs is not None:
        epochs = _checked_epochs(epochs)
    cases = table_cases or experiment.cases
    return [
        (arm, replace(experiment.recipes[arm], epochs=end), cases)
        for arm in dict.fromkeys(arms)
        for end in epochs or [experiment.recipes[arm].epochs]
    ]


def _scores(model, seed, question, test):
    """Yields (overflow, case, score); what cannot overflow is asked once."""
    known = {}
    for overflow in OVERFLOWS:
        cases = [case for at, case in question.missing if at == overflow]
        for case in cases:
            if case in known:
                yield overflow, case, known[case]
        scores = evaluation.score_cases(
            model,
            test.images,
            test.labels,
            [case for case in cases if case not in known],
            seed=seed,
            overflow=overflow,
            test_statistics=question.recipe.test_statistics,
            jpeg=question.recipe.jpeg,
            batch_size=images_at_a_time(question.recipe),
        )
        for case, score in scores:
            if not case.overflows:
                known[case] = score
            yield overflow, case, score


def _epochs(question):
    return question.recipe.epochs


def _folder_name(identity):
    """Runs that differ in testing only share one network."""
    text = json.dumps(identity, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{identity['recipe']['front_end']}-{identity['seed']}-{digest[:8]}"


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


def _checked_seeds(seeds):
    takes = "an iterable of ints"
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds must be {takes}. Received: {seeds!r}")
    found = [check_seed("seeds", seed, takes) for seed in islice(seeds, MOST_SEEDS + 1)]
    if not found:
        raise ValueError(f"seeds must hold at least one int. Received: {seeds!r}")
    if len(found) > MOST_SEEDS:
        raise ValueError(f"seeds must hold at most {MOST_SEEDS:,} ints. Received: more")
    return found


def _checked_epochs(epochs):
    found = [check_integer("epochs", end, 1) for end in epochs]
    if not found or any(one >= other for one, other in pairwise(found)):
        raise ValueError(f"epochs must be increasing ints. Received: {epochs!r}")
    return found


def _done(out, of_now):
    if results.drop_unfinished_line(out):
        print(f"{out}: removed an unfinished last line", flush=True)
    if not out.exists() or out.stat().st_size == 0:
        return set()
    stored = results.read(out)
    for name, value in of_now.items():
        others = {getattr(result, name) for result in stored} - {value}
        if others:
            raise ValueError(
                f"{out} holds results of {name} {sorted(others)}, this run has "
                f"{value}: give another file"
            )
    return {result.key for result in stored}
