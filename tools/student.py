"""Write notebooks without solutions, for teachers.

The folded solutions are gone; hints stay. A cell that asks a question asks it as it is
stored, sealed, and computes no answer. The package still holds the solutions of the
code exercises, so this is no examination.
"""

import argparse
import re
from pathlib import Path

from tools.notebooks import (
    ROOT,
    WIDGET_VIEW,
    chapter_files,
    code_cells,
    read,
    to_text,
    widget_state,
    write_atomically,
)

FOLDER = ROOT / "_build" / "student"
FOLDED = re.compile(
    r"^ *<details>\s*<summary>(?:Solution|Answer)</summary>.*?</details>\n*",
    re.DOTALL | re.MULTILINE,
)
#: What makes a question, in the order in which it is written down.
PARTS = ("kind", "question", "unit", "items", "several", "image", "sealed")
LONGEST = 60


def without_solutions(notebook):
    """Return the notebook, its solutions taken out."""
    state = widget_state(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLDED.sub("", cell.source).rstrip("\n")
    for cell in code_cells(notebook):
        for output in cell.outputs:
            view = output.get("data", {}).get(WIDGET_VIEW)
            stored = state[view["model_id"]]["state"] if view else {}
            if stored.get("_anywidget_id", "").endswith(".Question"):
                cell.source = asking(stored)
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def asking(stored) -> str:
    """The code that asks a stored question, and does not tell the answer."""
    parts = {name: stored[name] for name in PARTS if stored.get(name)}
    lines = "".join(f"    {name}={in_lines(part)},\n" for name, part in parts.items())
    return f"from pixembed import widgets\n\nwidgets.Question(\n{lines})"


def in_lines(value) -> str:
    """A value as code; a long text without spaces is cut into several lines."""
    if not isinstance(value, str) or " " in value or len(value) <= LONGEST:
        return repr(value)
    pieces = [value[at : at + LONGEST] for at in range(0, len(value), LONGEST)]
    lines = "".join(f"        {piece!r}\n" for piece in pieces)
    return f"(\n{lines}    )"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for path in chapter_files():
        notebook = without_solutions(read(path))
        write_atomically(folder / path.name, to_text(notebook))
    print(f"Notebooks without solutions: {folder}")


if __name__ == "__main__":
    main()
