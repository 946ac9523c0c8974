"""The set-up cell, run alone as a reader's notebook in Colab would run it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pixembed import notebook
from tools import chapter_rules, setup_cell
from tools.notebooks import ROOT, public_address, repository


def run(*command, cwd, **options):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        **options,
    )


@pytest.fixture
def python_without(tmp_path):
    """Makes a Python with this one's packages but for those named, and pixembed.

    The packages are links, so that pip in it sees them as installed and cannot
    touch the real ones.
    """

    def make(*names):
        links = tmp_path / "links"
        links.mkdir()
        for package in Path(sysconfig.get_path("purelib")).iterdir():
            left_out = package.name.startswith(names)
            if not left_out and "pixembed" not in package.name:
                (links / package.name).symlink_to(package)
        venv = tmp_path / "venv"
        done = run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        [site] = venv.glob("lib/python*/site-packages")
        (site / "links.pth").write_text(f"{links}\n")
        return venv / "bin" / "python"

    return make


@pytest.fixture
def bare_python(python_without):
    return python_without("pixembed")


def make_wheel(folder, name, version, requires=""):
    """A wheel with an empty module, which pip takes like any other."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}/__init__.py": "",
        f"{info}/METADATA": metadata + (requires and f"Requires-Dist: {requires}\n"),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    files[record] = "".join(f"{file},,\n" for file in [*files, record])
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)


@pytest.fixture
def incomplete_python(python_without):
    """Makes a Python with pixembed and without some of what the chapters need."""

    def make(*names):
        python = python_without(*names)
        [site] = python.parent.parent.glob("lib/python*/site-packages")
        (site / "pixembed").symlink_to(ROOT / "pixembed")
        info = site / "pixembed-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("""\
Metadata-Version: 2.1
Name: pixembed
Version: 0.1.0
Requires-Dist: numpy>=1.26
Requires-Dist: tensorflow>=2.16; extra == "tensorflow"
Requires-Dist: mlxtend>=0.23; extra == "sample"
""")
        return python

    return make


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
    tag = ["tag", "v0.1.0"]
    for command in (["init", "-qb", "print"], ["add", "."], commit, tag):
        done = run("git", *command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder.as_uri()


@pytest.fixture
def run_code(tmp_path, monkeypatch):
    """Runs code in an empty folder; pip may use a folder of wheels, not the net."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    for name in ("PYTHONPATH", "KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    return lambda python, code: run(python, "-c", code, cwd=folder)


def test_installs_a_tag_from_the_address_and_leaves_numpy(
    bare_python, git_address, run_code
):
    then = """
from importlib.metadata import distribution
import json, os, numpy, pixembed
from pixembed import plots, results, weights
from pixembed.widgets import explorer
assert results.read("text") and weights.available() and explorer.page_script()
assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
origin = json.loads(distribution("pixembed").read_text("direct_url.json"))
branch = origin["vcs_info"]["requested_revision"]
print(json.dumps([pixembed.__file__, origin["url"], branch, numpy.__version__]))
"""
    cell = setup_cell.source(git_address, "v0.1.0")
    done = run_code(bare_python, f"{cell}\n{then}")
    assert done.returncode == 0, done.stderr
    file, origin, branch, numpy_version = json.loads(done.stdout)
    assert Path(file).is_relative_to(bare_python.parent.parent)
    assert (origin, branch) == (git_address, "v0.1.0")
    assert numpy_version == np.__version__


def test_installs_what_a_bare_python_lacks_and_a_rerun_mends(
    incomplete_python, tmp_path, run_code
):
    """The first run finds no wheels, as on a machine that is offline."""
    python = incomplete_python("tensorflow", "jax", "torch", "mlxtend")
    make_wheel(tmp_path / "later", "tensorflow", "99.0")
    make_wheel(tmp_path / "later", "mlxtend", "99.0")
    code = f"""
import os
cell = {setup_cell.source("", "print")!r}
try:
    exec(cell)
except RuntimeError as error:
    print(error)
os.rename({str(tmp_path / "later")!r}, {str(tmp_path / "wheels")!r})
exec(cell)
import mlxtend, tensorflow
assert "KERAS_BACKEND" not in os.environ
print("mended")
exec(cell)
"""
    done = run_code(python, code)
    assert done.returncode == 0, done.stderr
    assert f"could not add what the book needs to {python}" in done.stdout
    assert "No matching distribution found for" in done.stdout
    assert done.stdout.endswith("\nmended\n")


def test_changes_nothing_that_is_installed(incomplete_python, tmp_path, run_code):
    """The newest mlxtend would change pandas, so that an older one comes."""
    python = incomplete_python("mlxtend")
    make_wheel(tmp_path / "wheels", "mlxtend", "98.0", "pandas>=1")
    make_wheel(tmp_path / "wheels", "mlxtend", "99.0", "pandas>=99")
    make_wheel(tmp_path / "wheels", "pandas", "99.0")
    then = """
from importlib.metadata import version
print(version("mlxtend"), version("pandas"))
"""
    done = run_code(python, setup_cell.source("", "print") + then)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"98.0 {version('pandas')}"


def test_takes_jax_where_tensorflow_is_missing(incomplete_python, run_code):
    """Keras fails first, as for a reader who begins with the second cell."""
    code = f"""
try:
    import keras
except ModuleNotFoundError as error:
    print(error)
{setup_cell.source("", "print")}
import keras
print(keras.backend.backend())
"""
    done = run_code(incomplete_python("tensorflow"), code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "No module named 'tensorflow'",
        "TensorFlow is not installed: Keras runs on JAX.",
        "jax",
    ]


def test_shows_why_pip_fails(bare_python, git_address, run_code):
    done = run_code(bare_python, setup_cell.source(git_address, "drawer"))
    message = done.stderr.split("RuntimeError: ")[-1]
    assert message.startswith(f"pip cannot install git+{git_address}@drawer.")
    assert "branch right" in message
    assert "pathspec 'drawer' did not match" in message


def test_says_what_to_do_in_another_kernel_without_an_address(bare_python, run_code):
    done = run_code(bare_python, setup_cell.source("", ""))
    message = done.stderr.split("ModuleNotFoundError: ")[-1].replace("\n", " ")
    assert message == (
        f"{bare_python} lacks pixembed: choose the book's kernel, or put the wheel of "
        "`make wheel` here (in Colab: upload). "
    )


def test_takes_a_wheel_that_lies_beside_the_notebook(bare_python, tmp_path, run_code):
    make_wheel(tmp_path / "empty", "pixembed", "0.1.0")
    then = "\nimport pixembed; print(pixembed.__file__)"
    cell = setup_cell.source("", "").partition("from pixembed")[0]
    done = run_code(bare_python, cell + then)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(bare_python.parent.parent)


@pytest.mark.parametrize("address", ["", "https://github.com/ada/book"])
def test_names_a_folder_that_hides_the_package(
    bare_python, address, tmp_path, run_code
):
    folder = tmp_path / "empty" / "pixembed"
    folder.mkdir()
    done = run_code(bare_python, setup_cell.source(address, "main"))
    message = done.stderr.split("ImportError: ")[-1]
    assert message.startswith(f"['{folder}'] hides the\npackage pixembed: rename")


def test_does_nothing_where_the_package_is(run_code, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = run_code(sys.executable, setup_cell.source("", "print"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_turns_on_widgets_in_colab(run_code, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    colab = """
import sys, types
output = types.SimpleNamespace(enable_custom_widget_manager=lambda: print("on"))
sys.modules["google.colab"] = types.SimpleNamespace(output=output)
"""
    done = run_code(sys.executable, colab + setup_cell.source("", "main"))
    assert done.stdout == "on\n", done.stderr


@pytest.fixture
def kernel(monkeypatch):
    """Makes this process a kernel that has some backends and lacks nothing else."""

    def make(installed, keras_backend=None):
        monkeypatch.setattr(notebook, "_backends", lambda: installed)
        monkeypatch.setattr(notebook, "_is_met", lambda needed: True)
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
        monkeypatch.setenv("KERAS_BACKEND", keras_backend or "")

    return make


@pytest.mark.parametrize(
    ("installed", "keras_backend", "taken"),
    [
        (["tensorflow", "jax"], None, ""),
        (["jax", "torch"], None, "jax"),
        (["torch"], None, "torch"),
        (["jax", "torch"], "torch", "torch"),
        (["tensorflow"], "numpy", "numpy"),
    ],
)
def test_takes_the_first_backend_unless_one_is_set(
    kernel, installed, keras_backend, taken
):
    kernel(installed, keras_backend)
    notebook.prepare()
    assert os.environ["KERAS_BACKEND"] == taken
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"


def test_names_a_set_backend_that_is_missing(kernel):
    kernel(["tensorflow"], "torch")
    with pytest.raises(RuntimeError, match=r"KERAS_BACKEND is 'torch'.*'tensorflow'"):
        notebook.prepare()


def test_requirements_follow_the_extras(monkeypatch):
    lines = [
        "numpy>=1",
        'old; python_version < "3"',
        'pixembed[effects]; extra == "book"',
        'statsmodels; extra == "effects"',
        'tensorflow>=2; extra == "tensorflow"',
    ]
    monkeypatch.setattr(notebook, "requires", lambda name: lines)
    names = {needed.name for needed in notebook._requirements({"book", "sample"})}
    assert names == {"numpy", "statsmodels"}


def test_the_book_itself_asks_for_no_backend():
    names = {needed.name for needed in notebook._requirements(notebook.EXTRAS)}
    assert "mlxtend" in names
    assert not names & set(notebook.BACKENDS)


def test_too_old_a_version_is_lacking(monkeypatch):
    [numpy] = (n for n in notebook._requirements(set()) if n.name == "numpy")
    assert notebook._is_met(numpy)
    monkeypatch.setattr(notebook, "version", lambda name: "1.0")
    assert not notebook._is_met(numpy)


@pytest.mark.parametrize("owner", ["", "ada", "a" * 39])
def test_cell_keeps_to_the_chapter_rules(owner):
    address = owner and f"https://github.com/{owner}/pixels-as-words"
    cell = new_code_cell(setup_cell.source(address, "main"))
    assert not [*chapter_rules.short_cells(new_notebook(cells=[cell]))]


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


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/ada/book",
        "https://github.com/ada/book.git",
        "https://github.com/ada/book//",
        "https://github.com/ada/book/tree/main",
        "https://github.com/ada/book/blob/main/README.md?plain=1#two-commands",
        "http://www.GitHub.com/ada/book",
        "github.com/ada/book",
        "git@github.com:ada/book.git",
        "ssh://git@github.com/ada/book.git",
        " https://github.com/ada/book ",
    ],
)
def test_address_on_github_has_one_form(url):
    assert public_address(url) == "https://github.com/ada/book"


@pytest.mark.parametrize("url", ["https://gitlab.com/a/b/c", "file:///srv/book.git"])
def test_other_address_stays(url):
    assert public_address(url) == public_address(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "ada/book",
        "https://github.com/ada",
        "https://github.com/ada/book/issues",
        "https://github.com/ada/.git",
        "https://secret@github.com/ada/book",
        "https://ada:secret@example.org/ada/book",
        "git@example.org:ada/book",
        "C:\\book",
        'https://example.org/a/b"',
    ],
)
def test_refuses_what_is_no_public_address(url):
    with pytest.raises(ValueError, match=r"repository\.url in _config\.yml must be"):
        public_address(url)


def config(folder, text):
    file = folder / "_config.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "repository:\n  url:\n  branch: main\n",
        "repository:\n  url: null\n",
        "repository:\n",
        "title: A book\n",
    ],
)
def test_no_address_is_empty(tmp_path, text):
    address, _ = repository(config(tmp_path, text))
    assert address == ""


def test_branch_is_read_as_text(tmp_path):
    text = "repository:\n  url: git@github.com:ada/book.git\n  branch: 2024.10\n"
    found = repository(config(tmp_path, text))
    assert found == ("https://github.com/ada/book", "2024.10")


@pytest.mark.parametrize("branch", ["", "main; true", '"'])
def test_refuses_what_is_no_branch(tmp_path, branch):
    text = f"repository:\n  url: github.com/ada/book\n  branch: '{branch}'\n"
    with pytest.raises(ValueError, match=r"repository\.branch in _config\.yml must"):
        repository(config(tmp_path, text))


CONFIG = 'repository:\n  url: ""\n  branch: main\nhtml:\n  url: stays\n'


def test_publishing_writes_one_address_everywhere(tmp_path):
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    config, cited = setup_cell.publish(CONFIG, citation, "ada/book", "v1.10")
    (tmp_path / "_config.yml").write_text(config)
    assert repository(tmp_path / "_config.yml") == (
        "https://github.com/ada/book",
        "v1.10",
    )
    assert config.endswith("html:\n  url: stays\n")
    assert cited.count('\nrepository-code: "https://github.com/ada/book"\n') == 1
    assert setup_cell.publish(config, cited, "ada/book", "v1.10") == (config, cited)


def test_refuses_to_publish_at_no_address():
    with pytest.raises(ValueError, match="must be the address of a Git repository"):
        setup_cell.publish(CONFIG, "", "only-a-name", "main")
