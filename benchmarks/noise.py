"""Noise for 10,000 digits: how long ours takes, and how long scikit-image's.

Run it with `python -m benchmarks.noise` on a machine that does nothing else.
"""

import os
import platform
import time
from importlib.metadata import version
from statistics import median

import numpy as np
from skimage.util import random_noise

from pixembed import noise
from pixembed.data import load_sample

ROUNDS = 7

#: Ours, and scikit-image's nearest kin. It returns floats; turning them into grey
#: levels again would take it longer still.
PAIRS = {
    "additive Gaussian": (
        lambda images: noise.additive_gaussian(images, 25, 5, overflow="clip", rng=0),
        lambda images: random_noise(images, "gaussian", rng=0, mean=0.1, var=0.0004),
    ),
    "additive impulse": (
        lambda images: noise.additive_impulse(images, 0.5, 50, overflow="clip", rng=0),
        lambda images: random_noise(images, "salt", rng=0, amount=0.5),
    ),
    "salt and pepper": (
        lambda images: noise.salt_and_pepper(images, 0.5, rng=0),
        lambda images: random_noise(images, "s&p", rng=0, amount=0.5),
    ),
}


def main():
    """Prints the machine, and a line for every noise."""
    images = np.concatenate([load_sample().images] * 2)
    print(machine())
    print(f"{len(images):,} images of 28x28, {ROUNDS} rounds")
    print("milliseconds: median (least to most)")
    print(f"{'':<18}{'ours':>22}{'scikit-image':>22}{'ratio':>8}")
    for name, pair in PAIRS.items():
        print(line(name, *times(pair, images)), flush=True)


def machine():
    """What ran it, in one line."""
    packages = ", ".join(f"{p} {version(p)}" for p in ("numpy", "scikit-image"))
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {packages}"
    )


def times(pair, images, rounds=ROUNDS):
    """Seconds of each round, ours and theirs, one right after the other.

    The first run of each warms up and is not counted.
    """
    measured = [[seconds(f, images) for f in pair] for _ in range(rounds + 1)]
    return [*zip(*measured[1:], strict=True)]


def seconds(function, *given):
    start = time.perf_counter()
    function(*given)
    return time.perf_counter() - start


def line(name, ours, theirs):
    """The medians with their spread, and how many times as long theirs takes."""
    ratio = median(theirs) / median(ours)
    return f"{name:<18}{spread(ours):>22}{spread(theirs):>22}{ratio:>8.1f}"


def spread(times):
    middle, least, most = (1000 * t for t in (median(times), min(times), max(times)))
    return f"{middle:.0f} ({least:.0f} to {most:.0f})"


if __name__ == "__main__":
    main()
