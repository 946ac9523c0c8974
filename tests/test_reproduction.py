"""`python -m pixembed`: resumable, nothing lost, doubled or mixed."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from pixembed import __main__ as command
from pixembed import paper, reproduction, results

CASES = (paper.CLEAN, paper.gaussian(25, 5), paper.impulse(0.5, 100))
SMALL = {
    arm: replace(recipe, epochs=1, width=2)
    for arm, recipe in reproduction.RECIPES["fast"].items()
}


@pytest.fixture
def small(monkeypatch, digits):
    """A reproduction of seconds: 200 digits, one epoch, three cases."""
    monkeypatch.setattr(reproduction, "CASES", CASES)
    monkeypatch.setitem(reproduction.RECIPES, "fast", SMALL)
    monkeypatch.setattr(reproduction, "_images", lambda recipe: (digits, digits))


def expected(seeds, arms=paper.ARMS):
    return {
        ("fast", arm, seed, overflow, case.key)
        for arm in arms
        for seed in seeds
        for overflow in ("wrap", "clip")
        for case in CASES
    }


def keys(file):
    return [result.key for result in results.read(file)]


def test_every_count_once_and_nothing_left_behind(small, tmp_path):
    out = tmp_path / "results.csv"
    reproduction.reproduce("fast", range(2), out, arms=["plain"])
    assert len(keys(out)) == len(set(keys(out)))
    assert set(keys(out)) == expected(range(2), ["plain"])
    assert not list(tmp_path.rglob("*.keras"))


def test_what_is_there_is_not_computed_again(small, tmp_path, monkeypatch):
    out = tmp_path / "results.csv"
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    before = out.read_bytes()
    monkeypatch.setattr(
        reproduction.training, "fit", lambda *a, **k: pytest.fail("trained again")
    )
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    assert out.read_bytes() == before


def test_an_interrupted_run_goes_on_to_the_same_counts(small, tmp_path):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    reproduction.reproduce("fast", [0], whole, arms=["plain"])
    lines = whole.read_text().splitlines(keepends=True)
    cut.write_text("".join(lines[:4]) + lines[4][:20])
    reproduction.reproduce("fast", [0], cut, arms=["plain"])
    counts = {result.key: result.correct for result in results.read(whole)}
    for result in results.read(cut):
        assert abs(result.correct - counts.pop(result.key)) <= 4
    assert not counts


@pytest.mark.parametrize("changed", [{"version": "0.0.1"}, {"data": "another"}])
def test_results_of_another_version_or_data_are_not_mixed(small, tmp_path, changed):
    out = tmp_path / "results.csv"
    reproduction.reproduce("fast", [0], out, arms=["plain"])
    stored = results.read(out)
    out.unlink()
    for result in stored:
        results.append(out, replace(result, **changed))
    before = out.read_bytes()
    with pytest.raises(ValueError, match="give another file"):
        reproduction.reproduce("fast", [1], out, arms=["plain"])
    assert out.read_bytes() == before


def test_unknown_recipe_is_refused(tmp_path):
    with pytest.raises(ValueError, match="recipe must be one of"):
        reproduction.reproduce("slow", [0], tmp_path / "results.csv")


def test_full_recipes_need_the_full_data(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIXEMBED_DATA", str(tmp_path))
    out = tmp_path / "results.csv"
    assert command.main(["reproduce", "--recipe", "text", "--out", str(out)]) == 1
    assert "PIXEMBED_DATA" in capsys.readouterr().err
    assert not out.exists()


def test_list_counts_what_is_there(small, tmp_path, capsys):
    out = str(tmp_path / "results.csv")
    command.main(["reproduce", "--out", out, "--arms", "plain", "--seeds", "2"])
    capsys.readouterr()
    assert command.main(["list", out]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == [
        "fast, plain, wrap: 2 seeds, 6 counts",
        "fast, plain, clip: 2 seeds, 6 counts",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["list", "nothing.csv"], "nothing.csv"), (["reproduce", "--seeds", "0"], "0")],
)
def test_a_mistake_is_one_sentence(arguments, message, capsys):
    assert command.main(arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(tmp_path, digits):
    out = tmp_path / "results.csv"
    run = [sys.executable, "-c", KILLED, str(out)]
    kept = set()
    chance = random.Random(0)
    for _ in range(4):
        child = subprocess.Popen(run, stdout=subprocess.DEVNULL, env=os.environ)
        time.sleep(chance.uniform(4, 14))
        child.send_signal(signal.SIGKILL)
        child.wait()
        if out.exists():
            results.drop_unfinished_line(out)
            found = keys(out) if out.stat().st_size else []
            assert kept <= set(found)
            kept = set(found)
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
    assert len(keys(out)) == len(set(keys(out)))
    assert set(keys(out)) == expected([0], ["plain", "standardised"])


KILLED = """
import sys
from dataclasses import replace
import numpy as np
from pixembed import data, paper, reproduction

whole = data.load_sample()
few = data.Dataset("few", whole.images[::25], whole.labels[::25])
reproduction.CASES = (paper.CLEAN, paper.gaussian(25, 5), paper.impulse(0.5, 100))
reproduction.RECIPES["fast"] = {
    arm: replace(recipe, epochs=3) for arm, recipe in paper.TEXT.items()
}
reproduction._images = lambda recipe: (few, few)
reproduction.reproduce("fast", [0], sys.argv[1], arms=["plain", "standardised"])
"""
