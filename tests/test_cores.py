"""Runs side by side on the cores of one machine."""

import pytest

from pixembed.cores import on_cores, say_idle


def test_all_runs_come_back_in_any_order():
    found = on_cores(2)(lambda run: iter([run, run**2]), [3, 4, 5])
    assert sorted(found) == [[3, 9], [4, 16], [5, 25]]


@pytest.mark.parametrize(
    ("jobs", "runs", "words"),
    [
        (8, 3, "more jobs than runs: 5 of 8 have nothing to do\n"),
        (3, 3, ""),
        (1, 3, ""),
    ],
)
def test_jobs_without_a_run_are_told(jobs, runs, words, capsys):
    say_idle(jobs, [0] * runs)
    assert capsys.readouterr().out == words
