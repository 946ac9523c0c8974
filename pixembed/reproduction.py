"""Trains arms over seeds and counts right answers under every noise, resumably."""

import datetime
import shutil
from pathlib import Path

import keras

from pixembed import __version__, data, evaluation, paper, results, training

CASES = (paper.CLEAN, *paper.NOISY_CASES)
OVERFLOWS = ("wrap", "clip")

#: Recipes by name: each is a dict of one recipe an arm.
RECIPES = {
    "fast": {arm: training.recipe_for(arm, "fast") for arm in paper.ARMS},
    "text": paper.TEXT,
    "code": paper.CODE,
}


def reproduce(recipe, seeds, out, *, arms=paper.ARMS):
    """Trains every arm from every seed and appends every count to a results file.

    What the file holds already is not computed again, so that a run that was killed
    goes on where it stopped, in the middle of a training too.

    Args:
        recipe: a name in `RECIPES`. `"fast"` uses the sample, the others full MNIST.
        seeds: iterable of ints.
        out: path of the results file.
        arms: some of `pixembed.paper.ARMS`.

    Raises:
        ValueError: if the file holds results of another version of the package or
            of other data.
    """
    out = Path(out)
    train, test = _images(recipe)
    origin = {"data": data.digest(train, test)[:12], "version": __version__}
    done = _done(out, origin)
    for seed in seeds:
        for arm in arms:
            missing = [
                (overflow, case)
                for overflow in OVERFLOWS
                for case in CASES
                if (recipe, arm, seed, overflow, case.key) not in done
            ]
            if missing:
                _one_network(recipe, arm, seed, missing, train, test, out, origin)


def _one_network(name, arm, seed, missing, train, test, out, origin):
    print(f"{name}, {arm}, seed {seed}: {len(missing)} counts to go", flush=True)
    recipe = RECIPES[name][arm]
    folder = out.with_name(f"{out.stem}-checkpoints") / f"{name}-{arm}-{seed}"
    model, _ = training.fit(recipe, train, seed=seed, checkpoint=folder)
    common = {
        "recipe": name,
        "arm": arm,
        "seed": seed,
        "epochs": recipe.epochs,
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
            seed=seed,
            overflow=overflow,
            test_statistics=recipe.test_statistics,
        )
        for case, score in scores:
            counts = {"correct": score.correct, "total": score.total}
            where = {"overflow": overflow, "case": case.key}
            results.append(out, results.Result(**common, **where, **counts))
    shutil.rmtree(folder)


def _images(recipe):
    if recipe not in RECIPES:
        raise ValueError(f"recipe must be one of {[*RECIPES]}. Received: {recipe!r}")
    return data.load_for_profile("fast" if recipe == "fast" else "full")


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
