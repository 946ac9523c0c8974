"""How many pictures the networks of the package still get right under attack.

`count` takes one network through all attacks that can be made on it, from small epsilon
to large. A picture that was answered wrongly at one epsilon is so at every larger one,
so that each attack goes on with those that are still right.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from pixembed import backend, data, files, results, weights
from pixembed.attacks.search import (
    along_slopes,
    from_level_to_level,
    leads_of,
    random_search,
)
from pixembed.backend import keras
from pixembed.checks import check_choice, check_integer
from pixembed.data import Dataset
from pixembed.fingerprint import origin
from pixembed.weights import Trained

#: In grey levels.
EPSILONS = (1, 2, 4, 8, 16, 32, 64, 128)

#: How far to both sides a slope is taken, by arm; where a grey level stands for itself,
#: every reach gives the same.
REACHES = {
    "pixel_embedding": (1, 16),
    "thermometer": (24,),
    "binary": (127,),
    "neighbours": (4,),
}
#: Arms with hardly a slope at a clean picture: walks begin elsewhere too.
FLAT = ("neighbours",)

#: Arms whose front end is a table.
TABLES = ("pixel_embedding", "thermometer", "binary")

STEPS = 40

#: Arms that hold out for long. They are asked from this epsilon on, and walks on them
#: have half as many steps: each step is taken with nearly all pictures.
HARD, HARD_FROM = ("thermometer", "binary", "neighbours"), 8

#: The network whose pictures are given to all others.
SOURCE = "text-plain-0"

#: What an attack that goes on from the strongest is called in results.
CHECKS = ("more-steps", "restarts", "random-search")

STRONGEST = "strongest"

Attack = Callable[[NDArray[np.uint8], NDArray[np.integer], int], NDArray[np.uint8]]


def epsilons_for(arm: str) -> tuple[int, ...]:
    """Returns at which of `EPSILONS` an arm is attacked.

    Args:
        arm: str, such as `"plain"`.
    """
    first = HARD_FROM if arm in HARD else 1
    return tuple(epsilon for epsilon in EPSILONS if epsilon >= first)


def case(attack: str, epsilon: int) -> str:
    """Returns what an attack is called in results.

    Args:
        attack: str, such as `"fgsm"`.
        epsilon: int, grey levels.

    Example:
        >>> case("fgsm", 8)
        'fgsm epsilon=8'
    """
    return f"{attack} epsilon={epsilon}"


def attacks_on(model: keras.Model, arm: str, source: keras.Model) -> dict[str, Attack]:
    """Returns the attacks that can be made on a network, by name.

    Args:
        model: `keras.Model`, the network.
        arm: str, its arm.
        source: `keras.Model`, whose pictures are tried on it too.

    Returns:
        dict from name to a function of uint8 images (n, ...), labels (n,) and epsilon
        that returns uint8 images.
    """
    found, steps = {}, _steps(arm)
    for reach in REACHES.get(arm, (1,)):
        walk = along_slopes(model, reach)
        if "fgsm" not in found:
            found["fgsm"] = partial(walk, steps=1)
        found[f"pgd reach={reach}"] = partial(walk, steps=steps)
    if arm in FLAT:
        found["random starts"] = partial(walk, steps=steps, restarts=3)
    if arm in TABLES:
        found["pick-levels"] = partial(from_level_to_level(model), steps=steps)
    found["random-search alone"] = partial(random_search, model, queries=QUERIES)
    if model is not source:
        walk = along_slopes(source, 1)
        found["transfer"] = partial(walk, steps=steps, until=-np.inf)
    return found


def survivors(
    model: keras.Model,
    attack: Attack,
    dataset: Dataset,
    right: NDArray[np.bool_],
    epsilons: Iterable[int] = EPSILONS,
) -> NDArray[np.bool_]:
    """Returns which pictures are still answered rightly, epsilon by epsilon.

    Args:
        model: `keras.Model`, the network.
        attack: one of `attacks_on`.
        dataset: `Dataset`, the clean pictures.
        right: bool (n,), which of them it answers rightly.
        epsilons: ints, in grey levels, rising.

    Returns:
        bool (epsilons, n).
    """
    found = []
    for epsilon in epsilons:
        right = still_right(model, attack, dataset, right, epsilon)
        found.append(right)
    return np.array(found)


def still_right(
    model: keras.Model,
    attack: Attack,
    dataset: Dataset,
    right: NDArray[np.bool_],
    epsilon: int,
) -> NDArray[np.bool_]:
    """Returns which pictures are answered rightly after an attack on those that were.

    What the attack returns is given to the network itself, after it was checked that no
    pixel is farther than epsilon from its own.

    Args:
        model: `keras.Model`, the network.
        attack: one of `attacks_on`.
        dataset: `Dataset`, the clean pictures.
        right: bool (n,), which of them may still be answered rightly.
        epsilon: int, grey levels.
    """
    rows = np.flatnonzero(right)
    after = right.copy()
    if len(rows):
        images, labels = dataset.images[rows], dataset.labels[rows]
        attacked = attack(images, labels, epsilon)
        apart = np.abs(attacked.astype(int) - images).max()
        check_integer("the change of a pixel", apart, 0, epsilon)
        after[rows] = leads_of(model, attacked, labels) > 0
    return after


def count(trained: Trained, dataset: Dataset) -> Iterator[tuple[str, int]]:
    """Counts the pictures that one network answers rightly under each attack.

    Last come checks of strength: at the epsilon where the strongest attack leaves most
    nearly half of the pictures, more of the same is tried on those that are left.

    Args:
        trained: `pixembed.weights.Trained`.
        dataset: `Dataset` that it was not trained on.

    Yields:
        (name of `case`, count), each as soon as it is known.
    """
    model = weights.load(trained.name)
    source = model if trained.name == SOURCE else weights.load(SOURCE)
    clean = leads_of(model, dataset.images, dataset.labels) > 0
    yield "none", int(clean.sum())
    epsilons = epsilons_for(trained.arm)
    strongest = np.tile(clean, (len(epsilons), 1))
    for name, attack in attacks_on(model, trained.arm, source).items():
        right = survivors(model, attack, dataset, clean, epsilons)
        strongest &= right
        for epsilon, row in zip(epsilons, right, strict=True):
            yield case(name, epsilon), int(row.sum())
    checked = int(np.abs(strongest.mean(axis=1) - 0.5).argmin())
    for name, attack in _checks(model, trained.arm).items():
        args = model, attack, dataset, strongest[checked], epsilons[checked]
        right = still_right(*args)
        yield case(name, epsilons[checked]), int(right.sum())
        strongest[checked:] &= right
    for epsilon, row in zip(epsilons, strongest, strict=True):
        yield case(STRONGEST, epsilon), int(row.sum())


#: Of the random search, for each picture.
QUERIES = 100


def _steps(arm):
    return STEPS // 2 if arm in HARD else STEPS


def _checks(model, arm):
    reach = REACHES.get(arm, (1,))[0]
    walk, steps = along_slopes(model, reach), _steps(arm)
    tried = (
        partial(walk, steps=4 * steps),
        partial(walk, steps=steps, restarts=3),
        partial(random_search, model, queries=QUERIES),
    )
    return dict(zip(CHECKS, tried, strict=True))


def attack_all(
    out: str | PathLike[str], *, images: int = 100, names: Iterable[str] | None = None
) -> None:
    """Attacks networks of the package and appends every count to a results file.

    A network whose counts the file holds is not attacked again.

    Args:
        out: path of the results file.
        images: int, 1 to 1,000, how many of the sample's test images.
        names: keys of `pixembed.weights.available()`; None for `NAMES`.

    Raises:
        ValueError: if there is no such network, or if another process works on the
            file.
    """
    images = check_integer("images", images, 1, 1000)
    known = weights.available()
    names = list(NAMES) if names is None else names
    for name in names:
        check_choice("names", name, known)
    out = files.path(out)
    test = data.load_for_profile("fast")[1].rows(slice(images))
    with files.held(out):
        held = results.read(out) if out.is_file() else []
        done = {(one.recipe, one.arm, one.seed, one.case) for one in held}
        for name in names:
            one = known[name]
            last = case(STRONGEST, EPSILONS[-1])
            if (one.experiment, one.arm, one.seed, last) in done:
                continue
            for result in _results(one, test):
                key = (result.recipe, result.arm, result.seed, result.case)
                if key not in done:
                    results.append(out, result)
            print(f"{name} is attacked", flush=True)


#: The networks that the book compares, the source of transferred pictures first.
NAMES = (
    SOURCE,
    "text-pixel_embedding-0",
    "neighbours-neighbours-0",
    "attacked-own-image-0",
    "attacked-thermometer-0",
    "attacked-binary-0",
)


def _results(trained: Trained, dataset: Dataset) -> Iterator[results.Result]:
    made = origin(backend.threads(), dataset) | {"device": backend.processor()}
    for name, right in count(trained, dataset):
        yield results.Result(
            recipe=trained.experiment,
            arm=trained.arm,
            seed=trained.seed,
            overflow="clip",
            case=name,
            correct=right,
            total=len(dataset),
            epochs=trained.epochs,
            date=datetime.date.today().isoformat(),
            **made,
        )
