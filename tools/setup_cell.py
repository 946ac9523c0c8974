"""The first code cell of every notebook, and the README's link, from one address."""

import re

import nbformat

from tools.notebooks import (
    ROOT,
    chapter_files,
    code_cells,
    read,
    repository,
    to_text,
    write_atomically,
)

COLAB = "https://colab.research.google.com/github"
TAGS = ["setup", "hide-input"]
BADGE = re.compile(r"(<!-- colab -->\n).*?(<!-- /colab -->)", re.DOTALL)
TEMPLATE = '''\
# Finds the book's package; where it is missing (in Colab, say), installs it.
import importlib.util
import sys

if not importlib.util.find_spec("pixembed"):
    from importlib.metadata import distributions
    from subprocess import run

    address = "ADDRESS"
    if not address:
        raise ModuleNotFoundError("""pixembed is not installed, and the book's
address is empty: set repository.url in _config.yml and run `make stamp`,
or run `pip install` with the folder of a local clone.""")
    own = [[*distributions(name=n)] for n in ("keras", "numpy", "tensorflow")]
    keep = [f"{found[0].name}=={found[0].version}" for found in own if found]
    pip = [sys.executable, "-m", "pip", "install", "-q"]
    run([*pip, f"git+{address}", *keep], check=True)
    importlib.invalidate_caches()
if "google.colab" in sys.modules:
    sys.modules["google.colab"].output.enable_custom_widget_manager()
'''


def source(address: str, branch: str) -> str:
    place = f"{address}@{branch}" if address else ""
    return TEMPLATE.replace("ADDRESS", place).rstrip("\n")


def stamp_notebook(notebook, address: str, branch: str) -> None:
    """Write the set-up cell over the old one, or in front of the first code cell."""
    first = code_cells(notebook)[:1]
    if first and "setup" in first[0].metadata.get("tags", []):
        cell = first[0]
    else:
        cell = nbformat.v4.new_code_cell(id="setup")
        position = notebook.cells.index(first[0]) if first else len(notebook.cells)
        notebook.cells.insert(position, cell)
    cell.source = source(address, branch)
    cell.metadata.tags = list(TAGS)


def stamp_readme(text: str, address: str, branch: str, chapter: str) -> str:
    """Put a Colab link between the README's markers; with no address, nothing."""
    name = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(\.git)?/?", address)
    page = f"{COLAB}/{name[1]}/blob/{branch}/{chapter}" if name else ""
    link = f"[Open the first chapter in Colab]({page})\n" if page else ""
    return BADGE.sub(lambda found: found[1] + link + found[2], text)


def stamp_book() -> None:
    """Stamp every notebook and the README, and name the files that changed."""
    address, branch = repository()
    chapters = chapter_files()
    texts = {}
    for path in chapters:
        notebook = read(path)
        stamp_notebook(notebook, address, branch)
        texts[path] = to_text(notebook)
    readme = ROOT / "README.md"
    first = chapters[0].relative_to(ROOT).as_posix() if chapters else ""
    texts[readme] = stamp_readme(
        readme.read_text(encoding="utf-8"), address, branch, first
    )
    for path, text in texts.items():
        if text != path.read_text(encoding="utf-8"):
            write_atomically(path, text)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    stamp_book()
