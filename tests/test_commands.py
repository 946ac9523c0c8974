"""What make, pytest and .ci/run do on machines with other settings and programs."""

import os
import re
import shutil
import subprocess
import sys
from urllib.request import proxy_bypass

import pytest

from tests.browser.conftest import leave, no_proxy
from tools.notebooks import ROOT


def make(*arguments, cwd=ROOT, **environment):
    """What make says, with these variables in its environment."""
    return subprocess.run(
        ["make", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def clone(tmp_path):
    """A folder in which nothing is installed yet."""
    for path in [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("*.txt")]:
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "files"),
    [
        ("book", ["requirements-book.txt"]),
        ("test", ["requirements-book.txt", "requirements.txt"]),
        (
            "torch",
            ["requirements-book.txt", "requirements.txt", "requirements-torch.txt"],
        ),
        (
            "ray",
            ["requirements-book.txt", "requirements.txt", "requirements-ray.txt"],
        ),
    ],
)
def test_target_installs_what_it_needs(target, files, clone):
    assert re.findall(r"-r (\S+)", make("-n", target, cwd=clone)) == files


def test_settings_of_pip_that_lead_out_of_the_environment_are_dropped():
    elsewhere = {"PIP_USER": "1", "PIP_TARGET": "there", "PIP_RETRIES": "9"}
    said = make("--eval", "shown: ; @env", "shown", **elsewhere)
    assert "PIP_RETRIES=9" in said
    assert "PIP_USER" not in said
    assert "PIP_TARGET" not in said


def pins(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if "==" in line}


@pytest.mark.parametrize("name", ["requirements-book.txt", "requirements.txt"])
def test_pins_are_those_of_the_constraints(name):
    assert pins(name) <= pins("constraints.txt")


def test_tests_run_without_the_plugin_for_notebooks():
    options = ["-p", "no:nbval", "--collect-only", "-q", "tests/test_check_python.py"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def test_a_missing_browser_skips_a_test_or_fails_it(monkeypatch):
    monkeypatch.delenv("PIXEMBED_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs chromium"):
        leave("needs chromium")
    monkeypatch.setenv("PIXEMBED_BROWSER", "required")
    with pytest.raises(pytest.fail.Exception, match="needs chromium"):
        leave("needs chromium")


def test_the_browser_on_this_machine_is_asked_without_a_proxy(monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with no_proxy():
        assert proxy_bypass("127.0.0.1")
        assert proxy_bypass("localhost")
    assert not proxy_bypass("127.0.0.1")


def test_ci_fails_where_there_is_no_browser(tmp_path):
    (tmp_path / "dirname").symlink_to(shutil.which("dirname"))
    done = subprocess.run(
        [shutil.which("bash"), ROOT / ".ci" / "run"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("No chromium or no chromedriver on the path")
