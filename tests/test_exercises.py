"""Code exercises: stub, solution and check agree, and the chapters show them."""

import re

import numpy as np
import pytest

from pixembed import exercises
from tools.notebooks import chapter_files, code_cells, read

CHECKS = {
    name.removeprefix("check_"): check
    for name, check in vars(exercises).items()
    if name.startswith("check_")
}


def run(source):
    names = {"np": np}
    exec(compile(source, "exercise", "exec"), names)
    return names


@pytest.mark.parametrize("name", CHECKS)
def test_stub_is_not_yet_right_and_solution_is(name):
    function, check = getattr(exercises, name), CHECKS[name]
    stub = run(exercises.stub(function))[name]
    assert stub.__doc__.startswith("Returns ")
    assert check(stub).endswith("it returns nothing.")
    source = exercises.solution(function)
    assert '"""' not in source
    assert check(run(source)[name]).startswith("Right in all ")


def wrongly(name, source):
    return name, run(f"def {name}(*arguments):\n    {source}\n")[name]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            wrongly("count_wrapping", "return (arguments[0] > 255 - 24).sum()"),
            "For all grey levels and the offset 25, it returns a number that is too",
        ),
        (
            wrongly("count_wrapping", "return arguments[0] > 255 - arguments[1]"),
            "returns the shape (256,), which is not what was asked for.",
        ),
        (
            wrongly("two_steps", "return np.digitize(arguments[0], [64, 192])"),
            "For the middle levels 70 to 180, it gets 111 of 111 numbers wrong.",
        ),
        (
            wrongly("two_steps", "return np.digitize(arguments[0], [63, 191]) / 2"),
            "For levels close to a step, it gets 2 of 4 numbers wrong.",
        ),
        (
            wrongly("two_steps", "return [str(x) for x in arguments[0]]"),
            "returns <U2, not numbers.",
        ),
        (
            wrongly("floor_token", "x, m, s = arguments; return 1000 * (x - m) / s"),
            "For levels above the mean, it gets 39 of 39 numbers wrong.",
        ),
        (
            wrongly(
                "floor_token",
                "x, m, s = arguments; return "
                "np.clip(np.trunc(1000 * (x - m) / s), -1000, 1000) + 1000",
            ),
            "For levels below the mean, it gets",
        ),
        (
            wrongly("fold", "return arguments[1] @ arguments[0]"),
            "For 5 tokens, 2 wide, and 4 kernels, it raises ValueError",
        ),
        (
            wrongly("two_words", "t, u, s = arguments; t[u[:s]] = t[u[0]]; return t"),
            "it changes what it was given.",
        ),
        (
            wrongly("has_wrapped", "return True"),
            "For clipped Gaussian noise of mean 75, it gives the wrong answer.",
        ),
        (
            wrongly("has_wrapped", "return (arguments[0] == 0).mean() > 0.01"),
            "it gives the wrong answer.",
        ),
    ],
)
def test_what_is_off_is_said(wrong, words):
    name, function = wrong
    said = CHECKS[name](function)
    assert said.startswith("Not yet. For ") and words in said


def cells_that_check():
    """The name of each exercise with the cell and the text cells of its chapter."""
    for path in chapter_files():
        notebook = read(path)
        texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
        for cell in code_cells(notebook):
            for name in re.findall(r"\bcheck_(\w+)\(\1\)", cell.source):
                yield name, cell.source, "\n".join(texts)


def unindented(text):
    return "\n".join(line.strip() for line in text.splitlines())


def test_every_exercise_is_in_a_chapter():
    assert sorted(name for name, _, _ in cells_that_check()) == sorted(CHECKS)


@pytest.mark.parametrize(
    ("name", "cell", "text"), cells_that_check(), ids=lambda value: value[:20]
)
def test_chapter_shows_the_stub_and_folds_the_solution(name, cell, text):
    function = getattr(exercises, name)
    assert exercises.stub(function) in cell
    assert unindented(exercises.solution(function)) in unindented(text)
