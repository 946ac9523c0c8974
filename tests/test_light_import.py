import subprocess
import sys

import pytest

HEAVY = {"jax", "keras", "tensorflow", "torch"}


def heavy_modules_behind(module: str) -> set[str]:
    """The heavy packages that a fresh Python has loaded after importing `module`."""
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "pixembed.effects",
        "pixembed.evaluation",
        "pixembed.experiments",
        "pixembed.noise",
        "pixembed.paper",
        "pixembed.recipes",
        "pixembed.remedies",
        "pixembed.results",
        "pixembed.statistics",
        "pixembed.weights",
        "pixembed.widgets",
    ],
)
def test_ground_floor_needs_no_keras(module):
    assert heavy_modules_behind(module) == set()


def test_a_heavy_import_is_seen():
    assert "keras" in heavy_modules_behind("pixembed.layers")
