"""How times grow: with vocabulary, width, image size, batch and number of cases."""

import numpy as np

from benchmarks.networks import EMBEDDING, WAYS, Way, answering, learning
from benchmarks.timing import rows, times
from pixembed import evaluation, networks, paper, training
from pixembed.data import Dataset, load_sample

ROUNDS = 3
IMAGES = 128

LIMITS = (10, 100, 1_000, 10_000, 100_000)
WIDTHS = (1, 4, 16, 64, 256)
SIDES = (28, 56, 112, 256, 512)
BATCHES = (1, 8, 32, 128)
CASES = (1, 2, 4, 8, 16)

#: As many pixels as so many digits have are answered in a round, whatever their size.
DIGITS = 512


def peaks(rounds=ROUNDS):
    """Multiplications, and bytes written and read, that one thread does in a second."""
    one = np.ones((1024, 1024), "float32")
    many = np.ones(2**24, "float32")
    work = {
        "operations": (lambda: one @ one, 1024**3, "operations/s"),
        "bytes": (lambda: many.copy(), 2 * many.nbytes, "bytes/s"),
    }
    took = times({name: task for name, (task, *_) in work.items()}, rounds)
    for name, (_, amount, unit) in work.items():
        yield name, 0.0, 0, unit, [amount / second for second in took[name]]


def both_ways(**options):
    """Pixel embedding with these options, unfolded and folded."""
    recipe = EMBEDDING.with_options(**options)
    return {"unfolded": Way(recipe), "folded": Way(recipe, folded=True)}


def by_vocabulary(rounds=ROUNDS):
    """A pass of training: every row has a gradient, though few are used."""
    images = training.first(load_sample(), IMAGES)
    for limit in LIMITS:
        ways = both_ways(limit=limit, scale=limit)
        tasks = {name: learning(way, images) for name, way in ways.items()}
        yield from rows(tasks, rounds, IMAGES, at=2 * limit + 1)


def by_width(rounds=ROUNDS):
    """Answers: folded, the width is gone."""
    images = training.first(load_sample(), IMAGES)
    for width in WIDTHS:
        ways = both_ways(width=width)
        tasks = {name: answering(way, images) for name, way in ways.items()}
        yield from rows(tasks, rounds, IMAGES, at=width)


def by_side(rounds=ROUNDS):
    """Answers to digits that are shown side by side until the image is large."""
    digits = training.first(load_sample(), DIGITS).images
    for side in SIDES:
        each = side // 28 + 1
        count = max(DIGITS * 28**2 // side**2, 1)
        images = np.stack([tiled(digits[n:], each, side) for n in range(count)])
        given = Dataset("tiles", images, np.zeros(count, np.uint8))
        ways = {name: WAYS[name] for name in ("plain", "unfolded", "folded")}
        batch = max(count // 4, 1)
        tasks = {name: answering(way, given, batch) for name, way in ways.items()}
        yield from rows(tasks, rounds, count, at=side)


def tiled(digits, each, side):
    """An image of some side, of digits in `each` rows and columns."""
    chosen = np.resize(digits, (each, each, 28, 28))
    return chosen.swapaxes(1, 2).reshape(28 * each, 28 * each)[:side, :side]


def by_batch(rounds=ROUNDS):
    """Answers to as many images, so many at a time."""
    images = training.first(load_sample(), IMAGES)
    for batch in BATCHES:
        tasks = {
            name: answering(WAYS[name], images, batch)
            for name in ("plain", "unfolded", "folded")
        }
        yield from rows(tasks, rounds, IMAGES, at=batch)


def by_cases(rounds=1):
    """Counts under so many noises, the noise itself and the folding included."""
    images = training.first(load_sample(), 1000)
    model = networks.build(EMBEDDING, seed=0)
    networks.adapt(model, images.images)
    for number in CASES:
        task = {"folded after 5,000": lambda n=number: counted(model, images, n)}
        yield from rows(task, rounds, len(images), at=number)


def counted(model, images, number, overflow="wrap"):
    cases = [*(paper.CLEAN, *paper.NOISY_CASES)][:number]
    options = {"seed": 0, "overflow": overflow}
    return [
        *evaluation.score_cases(model, images.images, images.labels, cases, **options)
    ]
