"""Execute notebooks in place, so that a diff shows only what changed."""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.environment import set_quiet_cpu
from tools.notebooks import (
    WIDGET_VIEW,
    chapter_files,
    code_cells,
    read,
    repository,
    to_text,
    widget_state,
    write_atomically,
)
from tools.setup_cell import stamp_notebook

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def client_for(notebook, folder: Path) -> NotebookClient:
    """Return what runs all cells in a fresh kernel that works in `folder`."""
    notebook.metadata.kernelspec = KERNEL
    notebook.metadata.pop("widgets", None)
    return NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
        resources={"metadata": {"path": str(folder)}},
    )


def normalise(notebook):
    """Return the notebook without what differs from run to run.

    The Python version, cell timings, the memory addresses in the widgets' text form
    and the widgets' code go: pages are served one copy of it, and kernels have their
    own. The widgets' random ids become numbers in the order of their creation.
    """
    notebook.metadata.get("language_info", {}).pop("version", None)
    for cell in code_cells(notebook):
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            if WIDGET_VIEW in output.get("data", {}):
                text = output.data["text/plain"]
                output.data["text/plain"] = re.sub(r"\bat 0x[0-9a-f]+", "at 0x", text)
    for model in widget_state(notebook).values():
        for code in ("_esm", "_css"):
            model["state"].pop(code, None)
    text = to_text(notebook)
    for number, model in enumerate(widget_state(notebook)):
        text = text.replace(model, f"{number:032x}")
    return nbformat.reads(text, as_version=4)


def refresh(path: Path) -> None:
    """Execute one notebook; the file is replaced only if every cell succeeds."""
    notebook = read(path)
    stamp_notebook(notebook, *repository())
    client_for(notebook, path.parent).execute()
    write_atomically(path, to_text(normalise(notebook)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all")
    set_quiet_cpu()
    failed = 0
    for path in parser.parse_args().notebooks or chapter_files():
        print(f"{path.name} ...", flush=True)
        try:
            refresh(path)
        except CellExecutionError as error:
            print(f"{path.name} is unchanged, a cell failed:\n{error}", file=sys.stderr)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
