"""What takes minutes: a table of the paper, peak memory, jobs side by side."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from benchmarks.networks import WAYS, answering, built, learning
from benchmarks.timing import seconds
from pixembed import evaluation, paper, training
from pixembed.data import load_sample

SHOWN = ("plain", "unfolded", "folded")


def table():
    """Table 3's noises: the answers of one network to 5,000 images under each."""
    images = load_sample()
    cases = [paper.CLEAN, *paper.GAUSSIAN_CASES]
    options = {"seed": 0, "overflow": "wrap"}
    for name in SHOWN:
        way = WAYS[name]
        model = built(way, images)
        many = evaluation.MANY if way.folded else sys.maxsize
        with mock.patch.object(evaluation, "MANY", many):
            scores = evaluation.score_cases(
                model, images.images, images.labels, cases, **options
            )
            yield name, 0.0, len(cases) * len(images), "s", [seconds(list, scores)]


def memory():
    """The most memory that a process of its own had, each with all it imports."""
    for task in ("answers", "training"):
        for name in SHOWN:
            command = [sys.executable, "-m", "benchmarks.runs", task, name]
            found = subprocess.run(command, capture_output=True, text=True, check=True)
            most = float(found.stdout.split()[-1])
            yield f"{task}, {name}", 0.0, 512, "MB", [most]


def peak(task, name):
    """Prints the most memory that this process has had, in MB."""
    import resource

    images = training.first(load_sample(), 512)
    make = {"answers": answering, "training": learning}[task]
    make(WAYS[name], images)()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def jobs(arms=("plain",), seeds=4, epochs=2):
    """The same networks, trained and asked: one at a time, and two at a time.

    The start of Python and of TensorFlow counts.
    """
    options = ["--arms", *arms, "--seeds", str(seeds), "--epochs", str(epochs)]
    options += ["--table", "3"]
    with tempfile.TemporaryDirectory() as folder:
        for number in (1, 2):
            out = Path(folder) / f"{number}.csv"
            command = [sys.executable, "-m", "pixembed", "reproduce", *options]
            command += ["--jobs", str(number), "--out", out]
            took = seconds(quiet, command, clock=time.perf_counter)
            yield f"{number} at a time", 0.0, seeds * epochs * 4000, "s", [took]


def quiet(command):
    subprocess.run(command, check=True, capture_output=True, env=os.environ)


if __name__ == "__main__":
    peak(*sys.argv[1:])
