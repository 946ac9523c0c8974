"""The chapters' code exercises: stub, solution and check of each, from one source.

A function here is a solution. Up to its docstring it is the stub that a chapter shows.
Its check tries a reader's function and says what is off, not what would be right.
"""

import ast
import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pixembed.data import load_sample
from pixembed.noise import additive_gaussian, additive_impulse

Answer = Callable[..., Any]


def count_wrapping(images: NDArray[np.uint8], offset: int) -> int:
    """Returns how many grey levels get darker when the sum wraps.

    Args:
        images: uint8 of any shape, grey levels.
        offset: int, 1 to 255, which is added to each.
    """
    return int((images > 255 - offset).sum())


def check_count_wrapping(answer: Answer) -> str:
    """Returns what is off in a reader's `count_wrapping`, or that it is right."""
    rng = np.random.default_rng(0)
    levels = np.arange(256, dtype=np.uint8)
    noise = rng.integers(0, 256, (3, 28, 28), dtype=np.uint8)
    probes = [
        ("all grey levels and the offset 25", (levels, 25)),
        ("all grey levels and the offset 1", (levels, 1)),
        ("all grey levels and the offset 255", (levels, 255)),
        ("three images of random grey levels", (noise, 100)),
    ]
    return _check(answer, count_wrapping, probes)


def two_steps(grey: ArrayLike) -> NDArray[np.float64]:
    """Returns 0 below level 64, 1/2 from 64 on, and 1 from 192 on.

    Args:
        grey: grey levels, an array of any shape.
    """
    return np.digitize(grey, [64, 192]) / 2


def check_two_steps(answer: Answer) -> str:
    """Returns what is off in a reader's `two_steps`, or that it is right."""
    levels = np.arange(256)
    probes = [
        ("the dark levels 0 to 60", (levels[:61],)),
        ("the middle levels 70 to 180", (levels[70:181],)),
        ("the bright levels 200 to 255", (levels[200:],)),
        ("levels close to a step", (np.array([63, 64, 191, 192]),)),
        ("an image", (levels.astype(np.uint8).reshape(16, 16),)),
    ]
    return _check(answer, two_steps, probes)


def floor_token(grey: ArrayLike, mean: float, deviation: float) -> NDArray[np.int64]:
    """Returns the tokens, 0 to 2000, with floor in place of truncation.

    Args:
        grey: grey levels, an array of any shape.
        mean: number, in grey levels.
        deviation: number greater than 0, in grey levels.
    """
    z = (np.asarray(grey, dtype="float64") - mean) / deviation
    return np.floor(np.clip(1000 * z, -1000, 1000)).astype(int) + 1000


def check_floor_token(answer: Answer) -> str:
    """Returns what is off in a reader's `floor_token`, or that it is right."""
    levels = np.arange(256)
    probes = [
        ("levels above the mean", (levels[51:90], 50, 80)),
        ("levels below the mean", (levels[:50], 50.3, 80)),
        ("levels far above the mean", (levels[200:], 50, 80)),
        ("levels far below the mean", (levels[:100], 200, 80)),
        ("an image", (levels.astype(np.uint8).reshape(16, 16), 33.2, 78.4)),
    ]
    return _check(answer, floor_token, probes)


def fold(table: NDArray[np.floating], kernels: NDArray[np.floating]) -> Any:
    """Returns the nine tables as one array (3, 3, tokens, out).

    Args:
        table: float (tokens, in), the embedding.
        kernels: float (3, 3, in, out), those of the first convolution.
    """
    return np.einsum("ti,rcio->rcto", table, kernels)


def check_fold(answer: Answer) -> str:
    """Returns what is off in a reader's `fold`, or that it is right."""
    rng = np.random.default_rng(0)

    def arrays(tokens, inputs, outputs):
        kernels = rng.normal(size=(3, 3, inputs, outputs))
        return rng.normal(size=(tokens, inputs)), kernels

    probes = [
        ("one token, one number wide", arrays(1, 1, 1)),
        ("5 tokens, 2 wide, and 4 kernels", arrays(5, 2, 4)),
        ("4 tokens, 4 wide, and 4 kernels", arrays(4, 4, 4)),
    ]
    return _check(answer, fold, probes)


def two_words(
    table: NDArray[np.floating], used: NDArray[np.int64], step: int
) -> NDArray[np.floating]:
    """Returns a copy of the table that knows two words, dark and bright.

    Args:
        table: float (tokens, width).
        used: int (n,), its rows in use, from black to the last token.
        step: int; used rows before this place are dark, the rest bright.
    """
    exchanged = table.copy()
    exchanged[used[:step]] = table[used[0]]
    exchanged[used[step:]] = table[used[-1]]
    return exchanged


def check_two_words(answer: Answer) -> str:
    """Returns what is off in a reader's `two_words`, or that it is right."""
    table = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    some = np.array([4, 5, 9, 13, 17])
    probes = [
        ("20 rows, of which all are used", (table, np.arange(20), 7)),
        ("20 rows, of which 5 are used", (table, some, 2)),
        ("a step at the first bright row", (table, some, 4)),
    ]
    return _check(answer, two_words, probes)


def has_wrapped(noisy: NDArray[np.uint8]) -> bool:
    """Returns whether the sums of noisy images wrapped, or were clipped.

    Args:
        noisy: uint8 (n, height, width), digits with noise of one kind.
    """
    return bool((noisy == 255).mean() < 0.01)


def check_has_wrapped(answer: Answer) -> str:
    """Returns what is off in a reader's `has_wrapped`, or that it is right."""
    digits = load_sample().images[::25]

    def noisy(overflow):
        options = {"rng": 0, "overflow": overflow}
        weak = additive_gaussian(digits, 5, 1, **options)
        strong = additive_gaussian(digits, 75, 15, **options)
        impulses = additive_impulse(digits, 0.5, 100, **options)
        return {"weak": weak, "strong": strong, "impulse": impulses}

    clip, wrap = noisy("clip"), noisy("wrap")
    probes = [
        ("clipped Gaussian noise of mean 75", (clip["strong"],)),
        ("wrapped Gaussian noise of mean 75", (wrap["strong"],)),
        ("clipped Gaussian noise of mean 5", (clip["weak"],)),
        ("wrapped Gaussian noise of mean 5", (wrap["weak"],)),
        ("clipped impulses of 100 on half of the pixels", (clip["impulse"],)),
        ("wrapped impulses of 100 on half of the pixels", (wrap["impulse"],)),
    ]
    return _check(answer, has_wrapped, probes)


def stub(function: Answer) -> str:
    """Returns the source of an exercise, whose body is still to be written.

    Args:
        function: a solution of this module.

    Returns:
        str, without type hints.
    """
    definition = _parsed(function)
    definition.body[1:] = ast.parse("...").body
    return ast.unparse(definition)


def solution(function: Answer) -> str:
    """Returns the source of a solution, without type hints and docstring.

    Args:
        function: a solution of this module.

    Example:
        >>> print(solution(two_steps))
        def two_steps(grey):
            return np.digitize(grey, [64, 192]) / 2
    """
    definition = _parsed(function)
    head = ast.unparse(definition).partition("\n")[0]
    lines = inspect.getsource(function).splitlines()
    return "\n".join([head, *lines[definition.body[1].lineno - 1 :]])


def _parsed(function):
    (definition,) = ast.parse(inspect.getsource(function)).body
    definition.returns = None
    for argument in definition.args.args:
        argument.annotation = None
    return definition


def _check(answer, solution, probes):
    """Says what is off in the first probe that fails: words, and the arguments."""
    for words, arguments in probes:
        if wrong := _difference(answer, solution, arguments):
            return f"Not yet. For {words}, it {wrong}."
    return f"Right in all {len(probes)} checks."


def _difference(answer, solution, arguments):
    given = copy.deepcopy(arguments)
    try:
        found = answer(*given)
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"
    if found is None:
        return "returns nothing"
    if not all(map(np.array_equal, given, arguments)):
        return "changes what it was given"
    found, expected = np.asarray(found), np.asarray(solution(*arguments))
    if found.dtype.kind not in "biuf":
        return f"returns {found.dtype}, not numbers"
    if found.shape != expected.shape:
        return f"returns the shape {found.shape}, which is not what was asked for"
    wrong = ~np.isclose(found, expected)
    if not wrong.any():
        return ""
    if expected.dtype == bool:
        return "gives the wrong answer"
    if wrong.size == 1:
        return "returns a number that is too " + (
            "large" if found > expected else "small"
        )
    return f"gets {wrong.sum()} of {wrong.size} numbers wrong"
