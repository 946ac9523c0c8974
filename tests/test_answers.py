"""Questions: what they take, what they say, and what a page's source shows of them."""

import re
from itertools import pairwise

import numpy as np
import pytest

from pixembed.widgets import Question, ask_choice, ask_number, ask_order, ask_place
from pixembed.widgets.seals import seal, unseal
from tests.questions import (
    asking_chapters,
    models,
    restored,
    right_answer,
    wrong_answers,
)
from tools.notebooks import read

IMAGE = np.array([[0, 250, 10], [0, 240, 0]], np.uint8)
CHOICES = {"clip": "It stays at 255.", "wrap": "", "none": "Bytes have an end."}


def number(**changes):
    settings = {"tolerance": 0.5, "slips": {270: "That is the sum."}, "hint": "Modulo."}
    return ask_number("To what does it wrap?", 14, **{**settings, **changes})


def test_a_number_is_right_within_its_tolerance():
    assert number(why="270 − 256.").verdict(14.5) == (True, "Right. 270 − 256.")
    assert number().verdict(14.51) == (False, "Not yet. That is too large. Modulo.")
    assert number().verdict(-3).words == "Not yet. That is too small. Modulo."


def test_a_slip_has_its_own_word():
    assert number().verdict(270) == (False, "Not yet. That is the sum.")


def test_rounding_makes_no_number_wrong():
    assert ask_number("?", 0.1 + 0.2).verdict(0.3).right
    assert ask_number("?", 1_152_576).verdict(1_152_576).right
    assert not ask_number("?", 1_152_576).verdict(1_152_577).right


def test_each_wrong_choice_has_its_word():
    question = ask_choice("255 + 1 = 0 is", CHOICES, "wrap")
    assert not question.several
    assert question.verdict("clip") == (False, "Not yet. It stays at 255.")
    assert question.verdict("none") == (False, "Not yet. Bytes have an end.")
    assert question.verdict("wrap") == (True, "Right.")


def test_of_several_choices_all_are_needed():
    question = ask_choice("Which?", CHOICES, ["wrap", "clip"], hint="There are two.")
    assert question.several
    assert question.verdict(["wrap", "clip"]) == (True, "Right. It stays at 255.")
    assert question.verdict(["clip"]).words.endswith("is missing. There are two.")
    assert question.verdict(["clip", "none"]).words == "Not yet. Bytes have an end."


def test_an_order_counts_what_stands_in_its_place():
    steps = ["standardise", "multiply", "truncate", "shift"]
    question = ask_order("The steps:", steps, hint="Think of 100.", why="So it is.")
    assert question.items != steps and sorted(question.items) == sorted(steps)
    assert question.verdict(steps) == (True, "Right. So it is.")
    swapped = [*steps[:2], *reversed(steps[2:])]
    words = "Not yet. 2 of 4 stand in their places. Think of 100."
    assert question.verdict(swapped) == (False, words)


def test_a_place_may_be_one_of_several():
    question = ask_place("Which?", IMAGE, IMAGE > 200, hint="Bright.")
    assert question.verdict((0, 1)).right and question.verdict((1, 1)).right
    words = "Not yet. It is not row 2, column 3. Bright."
    assert question.verdict((1, 2)) == (False, words)
    assert ask_place("Which?", IMAGE, (1, 0)).verdict((1, 0)).right


def test_the_same_question_is_stored_alike_each_time():
    one, other = (ask_order("First?", ["a", "b", "c"]) for _ in range(2))
    assert (one.items, one.sealed) == (other.items, other.sealed)


def test_an_answer_is_not_read_at_a_glance():
    state = {**number().get_state(), "_esm": "", "_css": ""}
    assert "270" not in str(state) and "That is the sum" not in str(state)
    assert unseal(seal({"why": "−3 µ"}, bytes(range(40)))) == {"why": "−3 µ"}


def test_what_stands_still_holds_the_question_and_not_the_answer():
    html = ask_choice("Is 1 < 2?", CHOICES, "wrap").still()["text/html"]
    assert "<p>Is 1 &lt; 2?</p>" in html and "<li>clip</li>" in html
    assert "It stays" not in html
    html = ask_place("Which?", IMAGE, (0, 1)).still()["text/html"]
    assert 'alt="A picture of 2 rows and 3 columns' in html
    assert "data:image/png;base64," in html


def test_a_question_comes_back_from_what_is_stored():
    question = ask_place("Which?", IMAGE, (0, 1))
    again = restored(question.get_state())
    assert isinstance(again, Question)
    assert again.verdict((0, 1)).right
    assert repr(again) == "Question: place"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: ask_number("?", "14"), "answer must be a number. Received: '14'"),
        (lambda: ask_number(14, 14), "question must be a str. Received: 14"),
        (lambda: number(hint=3), "hint must be a str. Received: 3"),
        (lambda: number(slips={"a": "no"}), "slips must be a number. Received: 'a'"),
        (lambda: ask_order("?", "abc"), "items must hold several str. Received: 'abc'"),
        (lambda: ask_order("?", ["a", ""]), "items must be str, none empty"),
        (lambda: ask_place("?", [[0]], (0, 0)), "image must be a NumPy array"),
    ],
)
def test_argument_of_the_wrong_type_is_named(ask, message):
    with pytest.raises(TypeError, match=message):
        ask()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: ask_number("", 14), "question must not be empty"),
        (lambda: number(tolerance=-1), "tolerance must be at least 0. Received: -1"),
        (lambda: number(slips={14.2: "no"}), "slips must hold wrong numbers only"),
        (lambda: ask_choice("?", CHOICES, "snow"), "answer must be one of"),
        (lambda: ask_choice("?", CHOICES, []), "answer must name one text at least"),
        (
            lambda: ask_choice("?", CHOICES, "clip"),
            "choices must have a word for each wrong text. Received none: 'wrap'",
        ),
        (lambda: ask_order("?", ["a", "a"]), "items must be two at least, all diff"),
        (lambda: ask_place("?", IMAGE[0], (0, 0)), r"image must have shape .*\(3,\)"),
        (lambda: ask_place("?", IMAGE, (2, 0)), r"place\[0\] must lie in 0..1"),
        (lambda: ask_place("?", IMAGE, IMAGE > 255), "place must be True in some"),
        (lambda: ask_order("?", ["a", "b"]).verdict(["a"]), "answer must order"),
        (lambda: ask_choice("?", CHOICES, "wrap").verdict("?"), "answer must be one"),
    ],
)
def test_argument_out_of_range_is_named(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()


@pytest.mark.parametrize("path", asking_chapters(), ids=lambda path: path.stem)
def test_chapter_knows_right_answers_from_wrong_ones(path):
    for _, state in models(read(path)):
        question = restored(state)
        right = question.verdict(right_answer(question))
        assert right.right and right.words.startswith("Right.")
        for answer in wrong_answers(question):
            wrong = question.verdict(answer)
            assert not wrong.right and len(wrong.words) > len("Not yet. ")


@pytest.mark.parametrize("path", asking_chapters(), ids=lambda path: path.stem)
def test_chapter_asks_behind_each_think_box_and_three_exercises(path):
    asked = set()
    for cell, following in pairwise(read(path).cells):
        last = cell.source.split("\n\n")[-1]
        asks = "widgets.ask_" in following.source
        if "> **Think.**" in cell.source:
            assert asks and last.startswith("> **Think.**")
        exercise = re.match(r"\d+\. \*\*", last)
        if exercise and (asks or "exercises.check_" in following.source):
            asked.add(exercise[0])
    assert len(asked) >= 3
