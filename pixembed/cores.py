"""Runs on the cores of one machine: one thread each, many at a time.

Sums that several threads share are added in another order than those of one, which
decides last digits. So every network of a reproduction has one thread, whatever the
number of processes.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pixembed.checks import check_integer

#: What tells TensorFlow and its libraries, before they start, how many threads to use.
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


@contextmanager
def one_thread() -> Iterator[None]:
    """Gives one thread each to processes, and to a TensorFlow, that start in here."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def on_cores(jobs: int) -> Callable[..., Iterator[Any]]:
    """Returns a map that works on several runs at a time, each on one core.

    Args:
        jobs: int, how many processes, and one is this process; of more than there are
            runs it is said that they have nothing to do.

    Returns:
        function of a function and of runs, as `pixembed.reproduction.reproduce` takes
        it. It yields what the function yields of each run, as a list, in the order in
        which they end. A process that is killed ends it with a ValueError.

    Raises:
        TypeError, ValueError: if `jobs` is no int greater than 0.

    Example:
        >>> [*on_cores(1)(range, [2, 3])]
        [range(0, 2), range(0, 3)]
    """
    jobs = check_integer("jobs", jobs, 1)
    if jobs == 1:
        return map

    def map_on_cores(function, runs):
        from joblib import Parallel, delayed, parallel_config
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        runs, whole = [*runs], delayed(_whole)
        say_idle(jobs, runs)
        with one_thread(), parallel_config("loky", inner_max_num_threads=1):
            parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
            try:
                yield from parallel(whole(function, run) for run in runs)
            except TerminatedWorkerError as error:
                raise ValueError(
                    "a process was ended from outside, by too little memory for "
                    "example; the same command goes on from here"
                ) from error

    map_on_cores.threads = "1"
    return map_on_cores


def say_idle(jobs: int, runs: Sequence[Any]) -> None:
    """Prints how many of the jobs have nothing to do, if there are such.

    Args:
        jobs: int, how many runs there could be at a time.
        runs: those that there are.
    """
    if len(runs) < jobs:
        idle = jobs - len(runs)
        print(f"more jobs than runs: {idle} of {jobs} have nothing to do", flush=True)


def _whole(function, run):
    return [*function(run)]
