"""How many images a network gets right, under every noise."""

import zlib
from dataclasses import dataclass

import numpy as np

from pixembed import data, noise


@dataclass(frozen=True)
class Score:
    """A count of right answers.

    Attributes:
        correct: int, images answered rightly.
        total: int, images asked.
    """

    correct: int
    total: int

    @property
    def accuracy(self):
        """The share of right answers, 0 to 1."""
        return self.correct / self.total

    def interval(self, confidence=0.95):
        """Returns (low, high), Wilson's interval for the accuracy over images.

        It says how sure these images make us of this network, and nothing about
        another network trained from another seed.
        """
        from scipy.stats import binomtest

        test = binomtest(self.correct, self.total)
        found = test.proportion_ci(confidence, method="wilson")
        return found.low, found.high

    def __str__(self):
        low, high = self.interval()
        return (
            f"{self.accuracy:.1%} of {self.total:,} "
            f"(95% interval {low:.1%} to {high:.1%})"
        )


def add_noise(images, case, *, seed, overflow):
    """Adds the noise of a case to images.

    What is drawn depends on the seed and the case alone: not on the overflow, and
    not on the cases before.

    Args:
        images: uint8 array (n, height, width), grey levels; it is not changed.
        case: `pixembed.paper.Case`.
        seed: int, not negative.
        overflow: `"clip"` or `"wrap"`.

    Returns:
        uint8 array of the same shape; without noise it is `images` itself.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range.
    """
    seed = noise.check_seed("seed", seed)
    noise.check_images(images)
    noise.check_overflow(overflow)
    if case.kind == "none":
        return images
    rng = np.random.default_rng([seed, zlib.crc32(case.key.encode())])
    options = {} if case.kind == "salt_and_pepper" else {"overflow": overflow}
    return noise.get(case.kind)(images, **case.parameters, **options, rng=rng)


def accuracy(model, images, labels, case, **options):
    """Counts the right answers under one noise.

    Args, options and Raises are those of `score_cases`, with one case.

    Returns:
        `Score`.
    """
    _, score = next(score_cases(model, images, labels, [case], **options))
    return score


def score_cases(
    model,
    images,
    labels,
    cases,
    *,
    seed,
    overflow,
    test_statistics=None,
    jpeg=False,
    batch_size=250,
):
    """Counts the right answers under each noise, one case at a time.

    The answer is the class of the largest logit. Logits with a NaN are no answer, and
    count as wrong.

    Args:
        model: Keras model, uint8 (n, 28, 28) to logits (n, 10).
        images: uint8 array (n, 28, 28), grey levels.
        labels: integer array (n,), classes 0..9.
        cases: iterable of `pixembed.paper.Case`.
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

    _check(images, labels)
    if test_statistics not in (None, "test"):
        raise ValueError(
            f"test_statistics must be None or 'test'. Received: {test_statistics!r}"
        )
    from_test = test_statistics == "test"
    if from_test:
        model = networks.with_statistics(model, "train")
    stored = data.through_jpeg if jpeg else np.asarray
    images = stored(images)
    for case in cases:
        noisy = stored(add_noise(images, case, seed=seed, overflow=overflow))
        if from_test:
            networks.adapt(model, noisy)
        feed = networks.batches(noisy, batch_size=batch_size)
        right = _right(model.predict(**feed, verbose=0), labels)
        yield case, Score(int(right.sum()), len(labels))


def _right(logits, labels):
    answered = ~np.isnan(logits).any(axis=1)
    return answered & (logits.argmax(axis=1) == labels)


def _check(images, labels):
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        raise TypeError(
            "images must be a NumPy array of uint8 grey levels. "
            f"Received: {getattr(images, 'dtype', type(images).__name__)}"
        )
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        raise TypeError(
            "labels must be a NumPy array of integers. "
            f"Received: {getattr(labels, 'dtype', type(labels).__name__)}"
        )
    if images.ndim != 3 or labels.shape != images.shape[:1] or not len(labels):
        raise ValueError(
            "images must be (n, height, width) and labels (n,), n at least 1. "
            f"Received: {images.shape} and {labels.shape}"
        )
