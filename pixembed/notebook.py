"""Makes a notebook's kernel ready: what is missing, Keras's backend, widgets."""

import os
import subprocess
import sys
import tempfile
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

#: What Keras can run on, the preferred one first.
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
#: The extras that the chapters need, whatever the backend.
EXTRAS = {"book", "sample"}


def prepare() -> None:
    """Makes this kernel ready for a chapter, whose first cell calls it.

    What the chapters need and this Python lacks is installed, and nothing that is
    there is changed. Without TensorFlow, Keras takes JAX or PyTorch where one is
    there, and TensorFlow is installed where neither is. `KERAS_BACKEND` and
    `TF_CPP_MIN_LOG_LEVEL` stay as they are set. A kernel that is ready stays as it is.

    Raises:
        RuntimeError: if pip fails, or `KERAS_BACKEND` names what is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    extras = EXTRAS if _backends() else {*EXTRAS, "tensorflow"}
    lacking = [needed for needed in _requirements(extras) if not _is_met(needed)]
    if lacking:
        _install([f"{needed.name}{needed.specifier}" for needed in lacking])
    _choose_backend(_backends())
    if "google.colab" in sys.modules:
        sys.modules["google.colab"].output.enable_custom_widget_manager()


def glue(name: str, text: str) -> None:
    """Shows a text, and gives it to the book's prose, which names it in a glue role.

    Args:
        name: str, as the role in the prose has it; once in a chapter.
        text: str, such as a number with its interval.
    """
    from IPython.display import display

    told = {"scrapbook": {"name": name, "mime_prefix": ""}}
    display({"text/plain": text}, raw=True, metadata=told)


def _backends():
    return [name for name in BACKENDS if find_spec(name)]


def _choose_backend(installed):
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen in BACKENDS and chosen not in installed:
        raise RuntimeError(
            f"KERAS_BACKEND is {chosen!r}, which {sys.executable} does not have: "
            f"unset it, or set it to one of {installed}"
        )
    if installed and not chosen and "tensorflow" not in installed:
        os.environ["KERAS_BACKEND"] = installed[0]
        print(f"TensorFlow is not installed: Keras runs on {BACKENDS[installed[0]]}.")


def _requirements(extras):
    """Yields what the installed package needs; of a mere folder nothing is known."""
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:
        from pip._vendor.packaging.requirements import Requirement
    try:
        lines = requires("pixembed") or []
    except PackageNotFoundError:
        lines = []
    for needed in map(Requirement, lines):
        marker = needed.marker
        if marker and not any(marker.evaluate({"extra": name}) for name in extras):
            continue
        if needed.name == "pixembed":
            yield from _requirements(needed.extras)
        else:
            yield needed


def _is_met(needed):
    try:
        return needed.specifier.contains(version(needed.name), prereleases=True)
    except PackageNotFoundError:
        return False


def _install(requirements):
    """Installs beside what is there: pip may change no version that it finds."""
    print(f"Installing what this Python lacks: {', '.join(requirements)}")
    with tempfile.TemporaryDirectory() as folder:
        installed = Path(folder) / "installed.txt"
        installed.write_text(_pip("list", "--format=freeze"), encoding="utf-8")
        _pip("install", "--constraint", str(installed), *requirements)
    invalidate_caches()


def _pip(*arguments):
    """Returns what pip prints."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"pip could not add what the book needs to {sys.executable}, where it "
            "may change nothing that is installed. Is this machine online? pip says:\n"
            f"{done.stderr[-1500:]}"
        )
    return done.stdout
