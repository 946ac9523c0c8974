"""The strength explorer's Python side: what it stores, shows and refuses."""

import io

import numpy as np
import pytest

from pixembed.widgets import StrengthExplorer, explore_strength
from tests.test_widgets import refuses_choice

RNG = np.random.default_rng(0)
CLEAN = RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8)
LABELS = [3, 7, 8]
NAMES = {"blur": ["none", "weak", "strong"], "fog": ["none", "thin", "thick"]}
PICTURES = {
    choice: {name: CLEAN // (1 + 2 * place + step) for step, name in enumerate(names)}
    for place, (choice, names) in enumerate(NAMES.items())
}


def by_sum(images):
    """Answers the sum of all levels modulo 10, with probability 0.7."""
    answers = images.reshape(len(images), -1).sum(axis=1, dtype=int) % 10
    return 0.7 * np.eye(10)[answers] + 0.03


def always_three(images):
    return np.tile(0.5 * np.eye(10)[3] + 0.05, (len(images), 1))


NETWORKS = {"by sum": by_sum, "always three": always_three}


def halves(images):
    return images.astype(int) // 2


def explore(**changes):
    arguments = {"pictures": PICTURES, "labels": LABELS, "networks": NETWORKS}
    return explore_strength(**(arguments | changes))


def in_words(explorer):
    return explorer.picture().get_suptitle().split("\n")


def test_pictures_and_answers_are_those_that_were_given():
    explorer = explore()
    for choice, names in enumerate(NAMES.values()):
        for strength, name in enumerate(names):
            for digit in range(3):
                explorer.choice, explorer.strength = choice, strength
                explorer.digit = digit
                image = PICTURES[[*NAMES][choice]][name][digit]
                np.testing.assert_array_equal(explorer.image, image)
                for network, answers in explorer.answers.items():
                    expected = NETWORKS[network](image[None])[0]
                    np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_each_network_is_asked_once_about_every_picture():
    calls = []

    def counted(images):
        calls.append(images.shape)
        return by_sum(images)

    explore(networks={"counted": counted})
    assert calls == [(2 * 3 * 3, 28, 28)]


def test_the_wrong_answers_are_said():
    explorer = explore(networks={"always three": always_three})
    explorer.choice, explorer.strength = 1, 2
    assert in_words(explorer) == [
        "A handwritten 3; fog, thick",
        "Every network is right.",
    ]
    explorer.digit = 2
    assert in_words(explorer)[1] == "always three answers 3."
    both = explore(networks={"one": always_three, "two": always_three})
    both.digit = 1
    assert in_words(both)[1] == "one answers 3; two answers 3."


def test_the_picture_shows_what_is_shown():
    explorer = explore(tokens=halves)
    explorer.digit, explorer.choice, explorer.strength = 1, 1, 1
    picture, tokens, answers = explorer.picture().axes
    np.testing.assert_array_equal(picture.images[0].get_array(), explorer.image)
    np.testing.assert_array_equal(tokens.images[0].get_array(), explorer.image // 2)
    lengths = [bar.get_width() for bar in answers.patches]
    expected = [own.max() for own in explorer.answers.values()]
    np.testing.assert_allclose(lengths, expected)
    assert [text.get_text() for text in answers.get_yticklabels()] == [*NETWORKS]
    assert len(explore().picture().axes) == 2


def test_classes_may_have_names_and_pictures_colours():
    images = RNG.integers(0, 256, (2, 5, 9, 3), dtype=np.uint8)
    explorer = explore_strength(
        {"blur": {"weak": images}},
        [1, 0],
        {"always cat": lambda pictures: np.tile([1.0, 0.0], (len(pictures), 1))},
        classes=["cat", "dog"],
    )
    np.testing.assert_array_equal(explorer.image, images[0])
    assert in_words(explorer) == [
        "A picture of class dog; blur, weak",
        "always cat answers cat.",
    ]
    assert repr(explorer) == "Strength explorer: 2 pictures, 1 choices, 1 strengths"


def test_titles_are_kept_and_filled_in():
    assert explore().titles == {"choice": "Choice", "strength": "Strength"}
    titles = explore(titles={"choice": "Attack on"}).titles
    assert titles == {"choice": "Attack on", "strength": "Strength"}


def test_it_is_small_and_says_what_it_is():
    explorer = explore(tokens=halves)
    assert isinstance(explorer, StrengthExplorer)
    assert repr(explorer) == "Strength explorer: 3 digits, 2 choices, 3 strengths"
    file = io.BytesIO()
    explorer.picture().savefig(file, format="png")
    assert len(file.getvalue()) < 50_000


def test_what_the_browser_sends_is_taken():
    explorer = explore()
    sent = {"digit": 2, "choice": 1, "strength": 2}
    explorer.set_state(sent)
    assert {name: getattr(explorer, name) for name in sent} == sent


@pytest.mark.parametrize(
    ("name", "value"), [("digit", 3), ("choice", -1), ("choice", 2), ("strength", 3)]
)
def test_what_is_not_there_is_refused(name, value):
    refuses_choice(explore(), name, value)


UNEVEN = {"blur": PICTURES["blur"], "fog": {"none": CLEAN}}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"pictures": CLEAN}, TypeError, "pictures must be a dict. Received: "),
        ({"pictures": {}}, ValueError, "pictures must have names as keys"),
        ({"pictures": {"a": {}}}, ValueError, r"pictures\['a'\] must have names"),
        ({"pictures": {"a": {"b": CLEAN / 2}}}, TypeError, "images must hold uint8"),
        ({"pictures": UNEVEN}, ValueError, r"as many strengths .* Received: \[1, 3\]"),
        (
            {"pictures": {"a": {"b": CLEAN, "c": CLEAN[:2]}}},
            ValueError,
            r"one shape. Received: \[\(2, 28, 28\), \(3, 28, 28\)\]",
        ),
        ({"labels": [3]}, ValueError, r"labels must have shape \(3,\)"),
        ({"networks": {}}, ValueError, "networks must have names as keys"),
        ({"networks": {"a": 3}}, TypeError, "predict must be a function"),
        ({"networks": {"a": halves}}, ValueError, "predict must return an array"),
        ({"tokens": by_sum}, ValueError, "tokens must return integers of shape"),
        ({"tokens": lambda x: -halves(x)}, ValueError, r"in 0\.\.65535. Received: -"),
        ({"titles": {"menu": "x"}}, ValueError, "titles must be one of "),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        explore(**changes)
