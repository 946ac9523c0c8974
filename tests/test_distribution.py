"""What the package's wheel and sdist hold, and what they ask for."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from functools import cache

import pytest
import yaml

from pixembed import __version__
from tools.notebooks import ROOT, chapter_files, code_cells, read

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
#: What the reader chooses himself, and what a module is called that is not called
#: as its distribution is.
#: Nobody is asked to install these: one of the backends is there, and pip.
THERE = {"jax", "tensorflow", "torch", "packaging", "pip"}
DISTRIBUTIONS = {"IPython": "ipython", "PIL": "pillow", "sklearn": "scikit-learn"}
#: What needs an extra, and which one.
ROOMS = {
    "cluster": "ray",
    "effects": "effects",
    "notebook": "book",
    "plots": "book",
    "widgets": "book",
}

BUILD = """
import setuptools.build_meta as builder
print(builder.build_wheel("dist"), builder.build_sdist("dist"))
"""


def names(requirements):
    """The distributions that requirements name, those of pixembed's extras included."""
    found = set()
    for requirement in requirements:
        name, extras = re.match(r"([\w-]+)(?:\[(.*)\])?", requirement).groups()
        if name == "pixembed":
            found |= names(sum((EXTRAS[extra] for extra in extras.split(",")), []))
        else:
            found.add(name)
    return found


def imported(source):
    """The distributions that Python code imports, Python's own and ours left out."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    found -= {*sys.stdlib_module_names, "pixembed", "google"}
    return {DISTRIBUTIONS.get(name, name) for name in found}


@cache
def modules():
    """The package's modules: their dotted name and their file."""
    files = sorted((ROOT / "pixembed").rglob("*.py"))
    parts = {file: file.relative_to(ROOT).with_suffix("").parts for file in files}
    return {".".join(parts[file]).removesuffix(".__init__"): file for file in files}


def room(module):
    return ROOMS.get((module.split(".") + [""])[1])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The names of the files in the wheel and in the sdist, built in a copy."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("pixembed", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    command = [sys.executable, "-W", "error", "-c", BUILD]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search("warning|absent|deprecat", said, re.IGNORECASE), said
    wheel, sdist = (copy / "dist" / name for name in done.stdout.split()[-2:])
    with zipfile.ZipFile(wheel) as file:
        in_wheel = {name: file.read(name) for name in file.namelist()}
    with tarfile.open(sdist) as file:
        in_sdist = {name.partition("/")[2] for name in file.getnames()}
    return in_wheel, in_sdist


def test_nothing_of_the_package_is_left_out(built):
    files = [path for path in (ROOT / "pixembed").rglob("*") if path.is_file()]
    here = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if "__pycache__" not in path.parts
    }
    in_wheel, in_sdist = built
    assert {name for name in in_wheel if name.startswith("pixembed/")} == here
    assert {name for name in in_sdist if name.startswith("pixembed/")} >= here


def test_the_sdist_has_no_tests_that_it_could_not_run(built):
    assert not [name for name in built[1] if name.startswith("tests")]


def test_the_wheel_brings_a_command_and_its_types(built):
    in_wheel, _ = built
    entries = f"pixembed-{__version__}.dist-info/entry_points.txt"
    assert b"pixembed = pixembed.__main__:main" in in_wheel[entries]
    assert "pixembed/py.typed" in in_wheel


@pytest.mark.parametrize("module", modules())
def test_what_a_module_imports_is_asked_for(module):
    extras = [f"pixembed[{room(module) or 'sample'}]"]
    asked = names([*PROJECT["dependencies"], *extras]) | THERE
    assert imported(modules()[module].read_text("utf-8")) <= asked


@pytest.mark.parametrize("path", chapter_files(), ids=lambda path: path.stem)
def test_what_a_chapter_imports_is_in_the_extra_book(path):
    asked = names([*PROJECT["dependencies"], "pixembed[book]"])
    assert set().union(*(imported(c.source) for c in code_cells(read(path)))) <= asked


def test_the_core_needs_no_extra():
    core = [name for name in modules() if not room(name)]
    optional = names(["pixembed[book]"]) - names(PROJECT["dependencies"])
    missing = {name: key for key, name in DISTRIBUTIONS.items()}
    code = f"""
import sys
sys.modules.update(dict.fromkeys({[missing.get(n, n) for n in sorted(optional)]}))
import {", ".join(core)}
"""
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_citation_agrees_with_the_package_and_the_bibliography():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    [author] = citation["authors"]
    assert [author] == PROJECT["authors"]
    assert citation["version"] == __version__
    assert citation["license"] == PROJECT["license"]
    [paper] = citation["references"]
    bibliography = (ROOT / "references.bib").read_text("utf-8")
    first = " ".join(bibliography.partition("\n}")[0].split())
    assert f"{{{paper['title']}}}" in first
    for author in paper["authors"]:
        assert f"{author['family-names']}, {author['given-names']}" in first
