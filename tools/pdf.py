"""Print the built book into one PDF, with Chromium."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import yaml
from pypdf import PdfWriter

from tools.environment import QUIET_BROWSER
from tools.notebooks import ROOT

BOOK = ROOT / "_build" / "html"
FILE = ROOT / "_build" / "pixels-as-words.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: What draws the widgets: on paper their pictures and texts stand still.
WIDGETS = re.compile(r"<script[^>]*/widgets\.js[^>]*></script>")
TITLE = re.compile(r"<title>(.*?)(?: &#8212;.*?)?</title>", re.DOTALL)
QUIET = (
    *QUIET_BROWSER,
    "--allow-file-access-from-files",
    "--no-pdf-header-footer",
    "--virtual-time-budget=20000",
)


def pages() -> list[str]:
    """All pages in the order of the table of contents, without their endings."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [contents["root"], *_listed(contents.get("parts", []))]


def _listed(entries) -> Iterator[str]:
    for entry in entries:
        if "file" in entry:
            yield entry["file"]
        for found in (
            sorted(ROOT.glob(f"{entry['glob']}.md")) if "glob" in entry else ()
        ):
            yield found.relative_to(ROOT).with_suffix("").as_posix()
        for inner in ("chapters", "sections"):
            yield from _listed(entry.get(inner, []))


def printable(html: str) -> str:
    """A page in which no widget comes to life."""
    return WIDGETS.sub("", html)


def title_of(html: str) -> str:
    """The title of a page, as it stands in the PDF's outline."""
    return unescape(TITLE.search(html)[1])


def browser() -> str:
    """The path of the browser that prints.

    Raises:
        SystemExit: if there is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit(f"make pdf needs one of {', '.join(BROWSERS)} on the path")


def print_page(page: Path, target: Path, profile: str) -> None:
    """Print one built page; its copy without widgets lies beside it meanwhile."""
    copy = page.with_name(f"{page.stem}.print.html")
    copy.write_text(printable(page.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        subprocess.run(
            [
                *(browser(), *QUIET),
                *(f"--user-data-dir={profile}", f"--print-to-pdf={target}"),
                copy.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=600,
        )
    finally:
        copy.unlink()


def print_book(names: list[str], file: Path) -> None:
    """Print pages of the built book, one behind the other, into one file."""
    book = PdfWriter()
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            page = BOOK / f"{name}.html"
            print(f"{name} ...", flush=True)
            sheet = Path(folder) / f"{number}.pdf"
            print_page(page, sheet, f"{folder}/profile")
            title = title_of(page.read_text(encoding="utf-8"))
            book.append(sheet, outline_item=title)
        book.add_metadata({"/Title": "Pixels as Words"})
        part = file.with_name(f".{file.name}.part")
        book.write(part)
        os.replace(part, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="default: all")
    print_book(parser.parse_args().pages or pages(), FILE)
    print(f"The book: {FILE}")


if __name__ == "__main__":
    main()
