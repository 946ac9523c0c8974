"""Notebooks for students hold every question and no solution."""

import re
import sys

import nbformat
import pytest

from pixembed import exercises, widgets
from tests.questions import models, restored, right_answer
from tests.test_exercises import CHECKS
from tools import student
from tools.notebooks import chapter_files, code_cells, read


@pytest.fixture(params=chapter_files(), ids=lambda path: path.stem)
def both(request):
    """A chapter as it is, and without solutions."""
    chapter = read(request.param)
    return chapter, student.without_solutions(read(request.param))


def texts(notebook):
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return "\n".join(cells)


def test_no_solution_is_left_and_all_else_is(both):
    chapter, notebook = map(texts, both)
    assert "<summary>Solution" not in notebook and "<summary>Answer" not in notebook
    for part in ("<summary>Hint", "**Think.**", "\n## "):
        assert notebook.count(part) == chapter.count(part)
    numbers = re.compile(r"^\d+\. \*\*", re.MULTILINE)
    assert numbers.findall(notebook) == numbers.findall(chapter)
    assert notebook.count("<details>") == notebook.count("</details>")


def test_every_question_is_asked_and_its_answer_not_computed(both):
    chapter, notebook = both
    asked = [
        eval(cell.source.partition("\n\n")[2], {"widgets": widgets})
        for cell in code_cells(notebook)
        if "widgets.Question(" in cell.source
    ]
    stored = [restored(state) for _, state in models(chapter)]
    assert [one.question for one in asked] == [one.question for one in stored]
    for one in asked:
        assert one.verdict(right_answer(one)).right
    for cell in code_cells(notebook):
        assert "widgets.ask_" not in cell.source


def test_no_code_exercise_is_solved(both):
    _, notebook = both
    source = "\n".join(cell.source for cell in notebook.cells)
    for name in CHECKS:
        body = exercises.solution(getattr(exercises, name)).splitlines()[1:]
        assert "\n".join(body) not in source


def test_notebook_is_valid(both):
    nbformat.validate(both[1])


def test_command_writes_every_chapter(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["student", str(tmp_path / "student")])
    student.main()
    written = sorted(path.name for path in (tmp_path / "student").iterdir())
    assert written == [path.name for path in chapter_files()]
    assert str(tmp_path) in capsys.readouterr().out
