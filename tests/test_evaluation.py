import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pixembed import data, networks, noise, recipes
from pixembed.evaluation import Score, accuracy, score_cases

SALT = noise.Case("salt_and_pepper", (("amount", 0.3),))
CASES = [noise.CLEAN, noise.gaussian(25, 5), noise.impulse(0.5, 100), SALT]
GREY = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
LABELS = np.arange(60, dtype=np.uint8) % 10


class FirstPixel:
    """Answers with the first pixel's level, modulo 10; keeps what it is asked."""

    def __init__(self):
        self.asked = []

    def predict(self, x, verbose):
        batches = [*x.as_numpy_iterator()]
        images = np.concatenate(batches)
        assert (images.dtype, verbose) == (np.uint8, 0)
        self.asked.append(images)
        self.batch_sizes = [len(batch) for batch in batches]
        return np.eye(10)[images[:, 0, 0] % 10]


def scores(cases, model=None, images=GREY, labels=LABELS, **options):
    options = {"seed": 0, "overflow": "wrap"} | options
    return list(score_cases(model or FirstPixel(), images, labels, cases, **options))


# Counting


def test_right_answers_are_counted_by_hand():
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 0, 0] = [13, 25, 37, 255]
    # Without noise the answers are 3, 5, 7, 5; with 50 more 3, 5, 7, and (255 + 50)
    # modulo 256 = 49, so 9, or clipped 5.
    labels = np.array([3, 0, 7, 9])
    cases = [noise.CLEAN, noise.impulse(1, 50)]
    for overflow, last in (("wrap", 3), ("clip", 2)):
        found = scores(cases, images=images, labels=labels, overflow=overflow)
        assert found == [(cases[0], Score(2, 4)), (cases[1], Score(last, 4))]


def test_counts_are_those_of_the_noisy_images():
    for case, score in scores(CASES, seed=8, overflow="clip"):
        noisy = noise.add_noise(GREY, case, seed=8, overflow="clip")
        right = sum(
            int(image[0, 0]) % 10 == label
            for image, label in zip(noisy, LABELS.tolist(), strict=True)
        )
        assert (score.correct, score.total) == (right, 60)
        assert type(score.correct) is int


def test_an_answer_with_nan_is_wrong():
    class PartlyNan(FirstPixel):
        def predict(self, x, verbose):
            logits = super().predict(x, verbose)
            logits[0] = np.nan
            logits[1, 9] = np.nan
            return logits

    images = np.zeros((3, 28, 28), np.uint8)
    labels = np.zeros(3, int)
    ((_, score),) = scores([noise.CLEAN], PartlyNan(), images, labels)
    assert score == Score(1, 3)


def test_the_order_of_the_cases_does_not_matter():
    assert scores(CASES[::-1]) == scores(CASES)[::-1]
    assert scores(CASES[2:3]) == scores(CASES)[2:3]


def test_accuracy_is_the_score_of_one_case():
    for case, score in scores(CASES, seed=2):
        found = accuracy(FirstPixel(), GREY, LABELS, case, seed=2, overflow="wrap")
        assert found == score


def test_the_batch_size_is_passed_on():
    model = FirstPixel()
    scores(CASES[:1], model, batch_size=7)
    assert model.batch_sizes == [7] * 8 + [4]


def test_a_case_is_counted_when_it_is_asked_for():
    model, taken = FirstPixel(), []

    def cases():
        for case in CASES:
            taken.append(case)
            yield case

    found = score_cases(model, GREY, LABELS, cases(), seed=0, overflow="clip")
    for number, (case, _) in enumerate(found, start=1):
        assert case == CASES[number - 1]
        assert len(model.asked) == len(taken) == number


# JPEG


def test_images_pass_through_jpeg_before_and_after_the_noise(digits):
    images, labels = digits.images[:20], digits.labels[:20]
    model = FirstPixel()
    scores(CASES, model, images, labels, seed=4, jpeg=True)
    clean = data.through_jpeg(images)
    for case, seen in zip(CASES, model.asked, strict=True):
        noisy = noise.add_noise(clean, case, seed=4, overflow="wrap")
        assert (noisy != noise.add_noise(images, case, seed=4, overflow="wrap")).any()
        assert (noisy != data.through_jpeg(noisy)).any()
        np.testing.assert_array_equal(seen, data.through_jpeg(noisy))


def test_without_jpeg_images_stay_as_they_are(digits):
    images, labels = digits.images[:20], digits.labels[:20]
    model = FirstPixel()
    scores(CASES, model, images, labels, seed=4)
    for case, seen in zip(CASES, model.asked, strict=True):
        noisy = noise.add_noise(images, case, seed=4, overflow="wrap")
        np.testing.assert_array_equal(seen, noisy)


def test_statistics_are_those_of_the_images_after_jpeg(model, monkeypatch):
    adapted = []
    real = networks.adapt

    def recording(model, images):
        adapted.append(images)
        real(model, images)

    monkeypatch.setattr(networks, "adapt", recording)
    scores([SHIFT], model, HALVES, LABELS[:40], test_statistics="test", jpeg=True)
    noisy = noise.add_noise(data.through_jpeg(HALVES), SHIFT, seed=0, overflow="wrap")
    (images,) = adapted
    np.testing.assert_array_equal(images, data.through_jpeg(noisy))


# Statistics of the noisy test images

SHIFT = noise.impulse(1, 50)


def halves():
    """Blots of level 100 that fill half of each image, on 0.

    Mean and deviation are 50 without any rounding, and 50 more overflow nowhere.
    """
    rng = np.random.default_rng(1)
    smooth = gaussian_filter(rng.normal(size=(40, 28, 28)), (0, 3, 3))
    rank = smooth.reshape(40, -1).argsort(axis=1).argsort(axis=1)
    return np.where(rank < 392, 0, 100).astype(np.uint8).reshape(40, 28, 28)


HALVES = halves()


@pytest.fixture(scope="module", params=["standardised", "pixel_embedding"])
def model(request):
    recipe = recipes.TEXT[request.param]
    if "width" in recipe.options:
        recipe = recipe.with_options(width=4)
    model = networks.build(recipe, seed=0)
    networks.adapt(model, HALVES)
    return model


def answers(model, images):
    return model.predict(images, verbose=0).argmax(axis=1)


def test_statistics_of_the_test_images_cancel_a_shift(model):
    labels = answers(model, HALVES)
    assert len(set(labels)) > 1
    right = {
        statistics: scores(
            [noise.CLEAN, SHIFT], model, HALVES, labels, test_statistics=statistics
        )
        for statistics in ("test", None)
    }
    assert [score.correct for _, score in right["test"]] == [40, 40]
    clean, shifted = right[None]
    assert clean[1].correct == 40
    assert shifted[1].correct < 40


def test_statistics_are_taken_from_each_cases_images_anew(model):
    labels = answers(model, HALVES)
    cases = [noise.CLEAN, SHIFT, noise.gaussian(50, 9)]
    for order in (cases, cases[::-1]):
        found = dict(scores(order, model, HALVES, labels, test_statistics="test"))
        assert found[SHIFT].correct == found[noise.CLEAN].correct == 40


def test_statistics_of_the_test_images_leave_the_model_alone(model):
    before = model.get_weights()
    labels = answers(model, HALVES)
    scores([SHIFT], model, HALVES, labels, test_statistics="test")
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


# The score


@pytest.mark.parametrize(
    ("correct", "total"), [(0, 10), (8, 10), (10, 10), (970, 1000)]
)
@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.99, 2.575829)])
def test_the_interval_is_wilsons(correct, total, confidence, z):
    share = correct / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    half = z * spread / (1 + z**2 / total)
    interval = Score(correct, total).interval(confidence)
    assert interval == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_a_known_interval():
    # Printed in many textbooks: 8 of 10.
    low, high = Score(8, 10).interval()
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_a_score_says_what_it_is():
    score = Score(970, 1000)
    assert score.accuracy == 0.97
    assert str(score) == "97.0% of 1,000 (95% interval 95.7% to 97.9%)"


# Bad input


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"images": GREY.tolist()}, TypeError, "images must .* Received: list"),
        ({"images": GREY / 255}, TypeError, "^images must .*dtype: float64$"),
        ({"images": None}, TypeError, "images must .* Received: NoneType"),
        ({"images": GREY > 9}, TypeError, "^images must .*dtype: bool$"),
        ({"images": GREY[0]}, ValueError, r"Received: \(28, 28\) and \(60,\)"),
        ({"images": GREY.reshape(60, -1)}, ValueError, r"Received: \(60, 784\) and"),
        (
            {"images": GREY[:0], "labels": LABELS[:0]},
            ValueError,
            "^images must hold at least one image. Received: 0$",
        ),
        ({"labels": LABELS.tolist()}, TypeError, "labels must .* Received: list"),
        ({"labels": LABELS / 1}, TypeError, "labels must .* Received: float64"),
        ({"labels": LABELS > 5}, TypeError, "labels must .* Received: bool"),
        ({"labels": LABELS[:59]}, ValueError, r"Received: .* and \(59,\)"),
        ({"labels": np.eye(10, dtype=int)[LABELS]}, ValueError, r"and \(60, 10\)"),
        ({"seed": -1}, ValueError, "^seed must not be negative. Received: -1$"),
        ({"seed": None}, TypeError, "^seed must be an int. Received: None$"),
        ({"seed": 0.5}, TypeError, "^seed must be an int. Received: 0.5$"),
        ({"overflow": "Wrap"}, ValueError, "^overflow must .* Received: 'Wrap'$"),
        ({"overflow": None}, ValueError, "^overflow must .* Received: None$"),
        (
            {"test_statistics": "train"},
            ValueError,
            "^test_statistics must be one of .*'test'.*Received: 'train'$",
        ),
    ],
)
@pytest.mark.parametrize("function", [score_cases, accuracy])
def test_a_bad_argument_is_named(function, changes, error, message):
    arguments = {"images": GREY, "labels": LABELS, "seed": 0, "overflow": "clip"}
    arguments |= changes
    images, labels = arguments.pop("images"), arguments.pop("labels")
    case = noise.gaussian(1, 1)
    with pytest.raises(error, match=message):
        if function is accuracy:
            accuracy(FirstPixel(), images, labels, case, **arguments)
        else:
            next(score_cases(FirstPixel(), images, labels, [case], **arguments))
