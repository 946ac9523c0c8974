"""The command of the README gives the counts that are shipped."""

import os
import subprocess
import sys
from collections import defaultdict

import pytest

from pixembed import results
from tools.notebooks import ROOT

ARM, SEED = "standardised", 0


@pytest.mark.slow
def test_one_arm_trained_again_has_its_counts(tmp_path):
    """To the last one where processor and Keras are those of the shipped counts;
    elsewhere each lies where those of the other seeds lie."""
    out = tmp_path / "again.csv"
    command = f"-m pixembed reproduce --recipe fast --table 5 --arms {ARM} --out"
    subprocess.run(
        [sys.executable, *command.split(), out],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shipped = [result for result in results.read("fast") if result.arm == ARM]
    first = {result.key: result for result in shipped if result.seed == SEED}
    counts = defaultdict(list)
    for result in shipped:
        counts[result.overflow, result.case].append(result.correct)
    for again in results.read(out):
        same = first[again.key]
        assert (again.data, again.code) == (same.data, same.code)
        if (again.device, again.keras) == (same.device, same.keras):
            assert again.correct == same.correct, again
        else:
            of_seeds = counts[again.overflow, again.case]
            spread = max(of_seeds) - min(of_seeds) + 30
            assert min(of_seeds) - spread <= again.correct <= max(of_seeds) + spread


def test_every_shipped_count_says_what_made_it():
    for file in sorted(results.REFERENCE.glob("*.csv")):
        for result in results.read(file):
            known = {result.onednn, result.threads, result.code}
            assert "unknown" not in known or known == {"unknown"}, (file.name, result)
