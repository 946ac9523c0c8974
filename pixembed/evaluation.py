"""How many images a network gets right, under every noise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed import data
from pixembed.checks import check_choice
from pixembed.noise import Case, add_noise

#: After so many answers a model is folded; for fewer, that costs more than it saves.
MANY = 5000

#: A folded network's logits differ by less than this share of the largest.
CLOSE = 1e-4


@dataclass(frozen=True)
class Score:
    """A count of right answers.

    Attributes:
        correct: int, images answered rightly.
        total: int, images asked.

    Example:
        >>> print(Score(930, 1000))
        93.0% of 1,000 (95% interval 91.2% to 94.4%)
    """

    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return self.correct / self.total

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Returns (low, high), Wilson's interval for the accuracy over images.

        It says how sure these images make us of this network, and nothing about
        another network trained from another seed.
        """
        from pixembed.statistics import wilson

        return wilson(self.correct, self.total, confidence)

    def __str__(self) -> str:
        low, high = self.interval()
        return (
            f"{self.accuracy:.1%} of {self.total:,} "
            f"(95% interval {low:.1%} to {high:.1%})"
        )


def accuracy(
    model: Any,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    case: Case,
    **options: Any,
) -> Score:
    """Counts the right answers under one noise.

    Args, options and Raises are those of `score_cases`, with one case.

    Returns:
        `Score`.
    """
    _, score = next(score_cases(model, images, labels, [case], **options))
    return score


def score_cases(
    model: Any,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    cases: Iterable[Case],
    *,
    seed: int,
    overflow: str,
    test_statistics: str | None = None,
    jpeg: bool = False,
    batch_size: int = 250,
) -> Iterator[tuple[Case, Score]]:
    """Counts the right answers under each noise, one case at a time.

    The answer is the class of the largest logit. Logits with a NaN are no answer, and
    count as wrong. Many images are asked of the model folded, see
    `pixembed.folding.fold`; those whose answer could hang on rounding are asked again
    of the model as it is, so that the counts are its own.

    Args:
        model: Keras model, uint8 (n, height, width[, channels]) to logits (n, classes).
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integer array (n,), classes from 0.
        cases: iterable of `pixembed.noise.Case`.
        seed: int, not negative, for the noise.
        overflow: `"clip"` or `"wrap"`.
        test_statistics: `"test"` standardises with mean and deviation of all the noisy
            images of a case, as the paper's released code does; None leaves the model
            as it is.
        jpeg: bool, whether the images pass through JPEG before and after the noise, as
            those of the released code did.
        batch_size: int, images at a time; it changes the answer only of a model with
            batch statistics.

    Yields:
        (case, `Score`) in the order of `cases`, each as soon as it is counted.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or shape.
    """
    from pixembed import networks

    data.check_labelled(images, labels)
    if not len(labels):
        raise ValueError("images must hold at least one image. Received: 0")
    check_choice("test_statistics", test_statistics, (None, "test"))
    from_test = test_statistics == "test"
    if from_test:
        model = networks.with_statistics(model, "train")
    stored = data.through_jpeg if jpeg else np.asarray
    images, folded = stored(images), None
    for number, case in enumerate(cases, start=1):
        noisy = stored(add_noise(images, case, seed=seed, overflow=overflow))
        if from_test:
            networks.adapt(model, noisy)
        many = number * len(images) >= MANY
        if many and (from_test or folded is None):
            folded = _folded(model, folded)
        right = _right(_logits(model, folded, noisy, batch_size), labels)
        yield case, Score(int(right.sum()), len(labels))


def _folded(model, before=None):
    """The model folded, or itself where its tokens or sums would be rounded otherwise.

    What was folded before takes the new weights: Keras has compiled it.
    """
    from pixembed.folding import fold
    from pixembed.layers import FoldedConvolution, Standardize

    try:
        found = fold(model)
    except (TypeError, ValueError):
        return model
    own = [one for one in found.layers if isinstance(one, FoldedConvolution)]
    by_batch = any(isinstance(one, Standardize) for one in found.layers)
    if by_batch or own[0].compute_dtype != "float32":
        return model
    if before is None:
        return found
    before.set_weights(found.get_weights())
    return before


def _logits(model, folded, images, batch_size):
    """The logits of a folded model; the model's own where the two largest are close."""
    from pixembed import networks

    def ask(one, images):
        feed = networks.batches(images, batch_size=batch_size)
        return one.predict(**feed, verbose=0)

    if folded is None or folded is model:
        return ask(model, images)
    logits = ask(folded, images)
    close = _close(logits)
    if close.any():
        logits[close] = ask(model, images[close])
    return logits


def _close(logits):
    """Where rounding could make another logit the largest."""
    if logits.shape[1] == 1:
        return np.zeros(len(logits), bool)
    second, first = np.partition(logits, -2, axis=1)[:, -2:].T
    return first - second <= CLOSE * np.abs(logits).max(axis=1)


def _right(logits, labels):
    answered = ~np.isnan(logits).any(axis=1)
    return answered & (logits.argmax(axis=1) == labels)
