"""Where the book's notebooks are, and how they are read and written."""

import os
import re
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
GITHUB = "https://github.com/"
ON_GITHUB = re.compile(
    r"(?:https?://|ssh://)?(?:git@)?(?:www\.)?github\.com[/:]"
    r"([\w-]+/\w[\w.-]*?)(?:\.git)?(?:/(?:tree|blob)/[^\s?#]*)?/*(?:[?#]\S*)?",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"(https://(?!(?:www\.)?github\.com\b)[\w.:-]+(?:/[\w.~-]+){2,}"
    r"|file://[\w./~%:-]+?)/*",
    re.IGNORECASE,
)
BRANCH = re.compile(r"\w[\w./+-]*")
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def chapter_files() -> list[Path]:
    return sorted((ROOT / "chapters").glob("*.ipynb"))


def repository(config: Path = ROOT / "_config.yml") -> tuple[str, str]:
    """The book's public address, empty until its owner sets it, and its branch.

    Both are read as text, because a branch 2024.10 is a number to YAML.
    """
    text = config.read_text(encoding="utf-8")
    settings = yaml.load(text, Loader=yaml.BaseLoader).get("repository") or {}
    address = public_address(settings.get("url"))
    branch = settings.get("branch", "")
    if address and not BRANCH.fullmatch(branch):
        raise ValueError(
            "repository.branch in _config.yml must name a branch or tag, as in main. "
            f"Received: {branch!r}"
        )
    return address, branch


def public_address(url: str | None) -> str:
    """The address that pip and Colab take, from what Git or a browser shows.

    Args:
        url: a repository on GitHub in any form, or on another host as Git's https://
            or file:// address. Empty, None or YAML's null mean that there is none.

    Returns:
        str: on GitHub `https://github.com/OWNER/NAME`; empty if there is none.

    Raises:
        ValueError: if it is no such address.
    """
    url = (url or "").strip()
    if url in ("", "~", "null"):
        return ""
    if found := ON_GITHUB.fullmatch(url):
        return GITHUB + found[1]
    if found := ELSEWHERE.fullmatch(url):
        return found[1]
    raise ValueError(
        "repository.url in _config.yml must be the address of a Git repository, as in "
        f"https://github.com/OWNER/NAME. Received: {url!r}"
    )


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def widget_state(notebook) -> dict:
    """The stored widget models by id."""
    widgets = notebook.metadata.get("widgets", {})
    return widgets.get(WIDGET_STATE, {}).get("state", {})


def read(path: Path):
    return nbformat.read(path, as_version=4)


def to_text(notebook) -> str:
    return nbformat.writes(notebook) + "\n"


def write_atomically(path: Path, text: str) -> None:
    """Replace the file in one step, so that no half-written one is ever seen."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
