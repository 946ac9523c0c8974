"""The first code cell of every notebook, and the README's link, from one address."""

import argparse
import re
import sys

import nbformat

from tools.notebooks import (
    GITHUB,
    ROOT,
    chapter_files,
    code_cells,
    public_address,
    read,
    repository,
    to_text,
    write_atomically,
)

COLAB = "https://colab.research.google.com/github"
TAGS = ["setup", "hide-input"]
BADGE = re.compile(r"(<!-- colab -->\n).*?(<!-- /colab -->)", re.DOTALL)
INSTALL = '''\
# Finds the book's package; where it is missing (in Colab, say), installs it.
import importlib.util
import subprocess
import sys

address = "ADDRESS"
found = importlib.util.find_spec("pixembed")
if not found:
    pip = f'"{sys.executable}" -m pip --disable-pip-version-check install'
    failed, says = subprocess.getstatusoutput(f"{pip} --no-deps {address}")
    if failed:
        raise RuntimeError(f"""pip cannot install {address}. Are address and
branch right, and is this machine online? pip says:\\n{says[-1500:]}""")
    importlib.invalidate_caches()
'''
ASK = '''\
import glob
import importlib.util
import subprocess
import sys

found = importlib.util.find_spec("pixembed")
wheel = max(glob.glob("pixembed-*.whl"), default="")
if not found and not wheel:
    raise ModuleNotFoundError(f"""{sys.executable} lacks pixembed: choose the
book's kernel, or put the wheel of `make wheel` here (in Colab: upload).""")
elif not found:
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", wheel]
    subprocess.run(pip, capture_output=True, check=True)
    importlib.invalidate_caches()
'''
PREPARE = '''\
elif not found.origin:
    raise ImportError(f"""{[*found.submodule_search_locations]} hides the
package pixembed: rename that folder, and restart the kernel.""")
from pixembed import notebook

notebook.prepare()'''


def source(address: str, branch: str) -> str:
    """The set-up cell, which without an address installs a wheel or asks for one."""
    if not address:
        return ASK + PREPARE
    return INSTALL.replace("ADDRESS", f"git+{address}@{branch}") + PREPARE


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
    name = address.removeprefix(GITHUB)
    page = f"{COLAB}/{name}/blob/{branch}/{chapter}" if name != address else ""
    link = f"[Open the first chapter in Colab]({page})\n" if page else ""
    return BADGE.sub(lambda found: found[1] + link + found[2], text)


def publish(config: str, citation: str, repo: str, tag: str) -> tuple[str, str]:
    """Write a public address into the text of _config.yml and of CITATION.cff.

    Args:
        config, citation: the two texts.
        repo: OWNER/NAME on GitHub, or an address as `repository.url` takes it.
        tag: the tag or branch that readers are given.

    Raises:
        ValueError: if `repo` is no such address.
    """
    address = public_address(repo if ":" in repo else f"{GITHUB}{repo}")
    config = re.sub(r"(?m)^  url: .*$", f'  url: "{address}"', config, count=1)
    config = re.sub(r"(?m)^  branch: .*$", f'  branch: "{tag}"', config, count=1)
    without = re.sub(r"(?m)^repository-code: .*\n", "", citation)
    line = f'repository-code: "{address}"\n'
    return config, without.replace("license: ", f"{line}license: ", 1)


def publish_book(repo: str, tag: str) -> None:
    """Write the address everywhere: settings, citation, notebooks and README."""
    files = ROOT / "_config.yml", ROOT / "CITATION.cff"
    texts = (path.read_text(encoding="utf-8") for path in files)
    try:
        changed = publish(*texts, repo, tag)
    except ValueError as error:
        sys.exit(f"nothing is published: {error}")
    for path, text in zip(files, changed, strict=True):
        write_atomically(path, text)
    stamp_book()


def stamp_book() -> None:
    """Stamp every notebook and the README, and name the files that changed."""
    try:
        address, branch = repository()
    except ValueError as error:
        sys.exit(f"nothing is stamped: {error}")
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", nargs="?", help="OWNER/NAME: write this address first")
    parser.add_argument("tag", nargs="?", default="main", help="a tag or branch")
    arguments = parser.parse_args()
    if arguments.repo:
        publish_book(arguments.repo, arguments.tag)
    else:
        stamp_book()


if __name__ == "__main__":
    main()
