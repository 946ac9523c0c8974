"""The loop that all benchmarks share: whatever is compared takes turns."""

import time


def seconds(function, *given, clock=time.process_time):
    """Of the processor: what other programs take of it meanwhile does not count."""
    start = clock()
    function(*given)
    return clock() - start


def times(tasks, rounds):
    """Seconds of each round by name.

    The first run of each task warms up and is not counted.
    """
    measured = {name: [] for name in tasks}
    for _ in range(rounds + 1):
        for name, task in tasks.items():
            measured[name].append(seconds(task))
    return {name: each[1:] for name, each in measured.items()}


def rows(tasks, rounds, images, at=0.0):
    """What a group yields of tasks that take turns."""
    for name, took in times(tasks, rounds).items():
        yield name, at, images, "s", took
