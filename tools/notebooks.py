"""Where the book's notebooks are, and how they are read and written."""

import os
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def chapter_files() -> list[Path]:
    return sorted((ROOT / "chapters").glob("*.ipynb"))


def repository() -> tuple[str, str]:
    """The book's public address, empty until its owner sets it, and its branch."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"], config["repository"]["branch"]


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
