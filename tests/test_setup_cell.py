"""The set-up cell, run alone as a reader's notebook in Colab would run it."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import setup_cell
from tools.notebooks import ROOT


def run(*command, cwd, **options):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        **options,
    )


@pytest.fixture
def bare_python(tmp_path):
    """A Python with this one's packages but without pixembed.

    The packages are links, so that pip in it sees them as installed and cannot
    touch the real ones.
    """
    links = tmp_path / "links"
    links.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "pixembed" not in package.name:
            (links / package.name).symlink_to(package)
    venv = tmp_path / "venv"
    done = run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [site] = venv.glob("lib/python*/site-packages")
    (site / "links.pth").write_text(f"{links}\n")
    return venv / "bin" / "python"


@pytest.fixture
def git_address(tmp_path):
    """A local git repository with the package as it is in the working tree."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pixembed", folder / "pixembed", ignore=ignored)
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    commit = [*author, "commit", "-qm", "All"]
    for command in (["init", "-qb", "print"], ["add", "."], commit):
        done = run("git", *command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder.as_uri()


def run_cell(python, address, then, folder, monkeypatch):
    """Run the cell and `then` in an empty folder; pip may not use the net."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder.mkdir()
    cell = setup_cell.source(address, "print")
    return run(python, "-c", f"{cell}\n{then}", cwd=folder)


def test_installs_from_the_address_and_leaves_numpy(
    bare_python, git_address, tmp_path, monkeypatch
):
    then = """
from importlib.metadata import distribution
import json, numpy, pixembed
from pixembed import plots, results, weights
from pixembed.widgets import explorer
assert results.read("text") and weights.available() and explorer.page_script()
origin = json.loads(distribution("pixembed").read_text("direct_url.json"))
branch = origin["vcs_info"]["requested_revision"]
print(json.dumps([pixembed.__file__, origin["url"], branch, numpy.__version__]))
"""
    done = run_cell(bare_python, git_address, then, tmp_path / "empty", monkeypatch)
    assert done.returncode == 0, done.stderr
    file, origin, branch, numpy_version = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path / "venv")
    assert (origin, branch) == (git_address, "print")
    assert numpy_version == np.__version__


def test_says_what_to_set_where_there_is_no_address(bare_python, tmp_path, monkeypatch):
    done = run_cell(bare_python, "", "", tmp_path / "empty", monkeypatch)
    assert done.returncode != 0
    assert "repository.url in _config.yml" in done.stderr
    assert "make stamp" in done.stderr


def test_does_nothing_where_the_package_is(tmp_path, monkeypatch):
    done = run_cell(sys.executable, "", "", tmp_path / "empty", monkeypatch)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_turns_on_widgets_in_colab(tmp_path, monkeypatch):
    colab = """
import sys, types
output = types.SimpleNamespace(enable_custom_widget_manager=lambda: print("on"))
sys.modules["google.colab"] = types.SimpleNamespace(output=output)
"""
    cell = setup_cell.source("", "main")
    done = run(sys.executable, "-c", colab + cell, cwd=tmp_path)
    assert done.stdout == "on\n", done.stderr


def test_stamp_replaces_an_older_cell_and_keeps_the_rest():
    old = new_code_cell("old", metadata={"tags": ["setup"]}, execution_count=1)
    notebook = new_notebook(cells=[new_markdown_cell("# T"), old, new_code_cell("1")])
    setup_cell.stamp_notebook(notebook, "https://github.com/ada/book", "main")
    assert [cell.source for cell in notebook.cells] == [
        "# T",
        setup_cell.source("https://github.com/ada/book", "main"),
        "1",
    ]
    assert old.execution_count == 1


def test_stamp_adds_a_missing_cell_in_front_of_the_code():
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("1")])
    setup_cell.stamp_notebook(notebook, "", "main")
    assert notebook.cells[1].source == setup_cell.source("", "main")
    assert notebook.cells[1].metadata.tags == setup_cell.TAGS


def test_readme_link_follows_the_address():
    readme = "Read.\n<!-- colab -->\n<!-- /colab -->\nEnd."
    chapter = "chapters/01_a.ipynb"
    full = setup_cell.stamp_readme(readme, "https://github.com/a/b", "main", chapter)
    assert "(https://colab.research.google.com/github/a/b/blob/main/chapters" in full
    assert setup_cell.stamp_readme(full, "", "main", chapter) == readme
