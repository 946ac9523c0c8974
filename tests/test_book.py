import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes

import book_pages
from tools import results_table
from tools.notebooks import ROOT, WIDGET_VIEW, chapter_files, repository

#: What `make book` does not install; JAX and PyTorch come behind Keras alone, and
#: SciPy takes their names in sys.modules for the packages.
NOT_FOR_A_BOOK = ("hypothesis", "keras", "nbval", "pytest", "statsmodels", "tensorflow")
LEAN = f"""
import sys

class NotHere:
    def find_spec(self, name, *where):
        if name.partition(".")[0] in {NOT_FOR_A_BOOK}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NotHere())
"""


def toc_files():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [entry for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *(entry["file"] for entry in chapters)]


def page_config(address=""):
    options = {
        "repository_url": address,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }
    return SimpleNamespace(
        templates_path=[], html_static_path=[], html_theme_options=options
    )


def test_toc_lists_every_notebook_once():
    listed = toc_files()
    assert len(set(listed)) == len(listed)
    assert {f"chapters/{path.stem}" for path in chapter_files()} <= set(listed)


@pytest.mark.parametrize("name", toc_files())
def test_toc_entry_exists(name):
    assert [*ROOT.glob(f"{name}.ipynb"), *ROOT.glob(f"{name}.md")]


def test_address_is_empty_or_an_address():
    address, branch = repository()
    assert address == "" or address.startswith(("https://", "file://"))
    assert branch


def write_widget_files(folder):
    builder = SimpleNamespace(format="html")
    book_pages.write_widget_files(SimpleNamespace(builder=builder, outdir=folder))


def test_pages_load_files_that_are_here(tmp_path):
    config = page_config()
    book_pages.use_local_files(None, config)
    write_widget_files(tmp_path)
    folders = [*map(Path, config.html_static_path), tmp_path / "_static"]
    loaded = [config.mathjax_path, *config.nb_ipywidgets_js, book_pages.WIDGET_STYLES]
    for name in loaded:
        assert any((folder / name).is_file() for folder in folders)


def test_build_fails_where_it_cannot_write(tmp_path):
    (tmp_path / "_static").write_text("not a folder")
    with pytest.raises(OSError):
        write_widget_files(tmp_path)


def test_pages_are_made_without_keras(tmp_path):
    code = f"""{LEAN}
import pathlib, types, book_pages
builder = types.SimpleNamespace(format="html")
app = types.SimpleNamespace(builder=builder, outdir=pathlib.Path("pages"))
book_pages.write_widget_files(app)
"""
    places = os.pathsep.join([str(ROOT), str(ROOT / "_ext")])
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": places},
        check=True,
    )
    assert (tmp_path / "pages" / "_static" / "pixembed" / "lab_data.js").stat().st_size


def mime_part(mime_type, *children):
    return nodes.container("", *children, mime_type=mime_type)


def output(*parts):
    return nodes.container("", *parts, nb_element="mime_bundle")


@pytest.mark.parametrize("outputs", [1, 2])
def test_widget_comes_behind_its_picture(outputs):
    picture, script = nodes.image(uri="a.png"), nodes.raw("", "{}", format="html")
    parts = [mime_part("image/png", picture), mime_part(WIDGET_VIEW, script)]
    view = parts[1]
    document = new_document("page")
    document += [output(*parts)] if outputs == 1 else [output(part) for part in parts]
    book_pages.KeepStill(document).run()
    assert len(document) == 1
    still, last = view.children
    assert still["classes"] == ["widget-static"]
    assert still.children[0] is picture
    assert "noscript" in still.astext()
    assert last is script


def test_widget_without_a_picture_stays_alone():
    view = mime_part(WIDGET_VIEW, nodes.raw("", "{}", format="html"))
    plot = [mime_part(kind, nodes.Text("")) for kind in ("image/png", "text/plain")]
    document = new_document("page")
    document += [output(*plot), output(view)]
    book_pages.KeepStill(document).run()
    assert len(document) == 2
    assert len(view) == 1


@pytest.mark.parametrize(("text", "kept"), [("question-still", True), ("12%", False)])
def test_only_the_text_of_a_question_stands_for_a_widget(text, kept):
    view = mime_part(WIDGET_VIEW, nodes.raw("", "{}", format="html"))
    still = nodes.raw("", f'<div class="{text}">Why?</div>', format="html")
    document = new_document("page")
    document += [output(mime_part("text/html", still)), output(view)]
    book_pages.KeepStill(document).run()
    assert len(document) == (1 if kept else 2)
    assert ("nothing checks your answer" in view.astext()) == kept


@pytest.mark.parametrize(
    "address",
    ["https://github.com/ada/book", "git@github.com:ada/book.git"],
)
def test_github_address_keeps_the_colab_button(address):
    config = page_config(address)
    book_pages.drop_dead_buttons(None, config)
    assert config.html_theme_options["launch_buttons"]
    assert config.html_theme_options["repository_url"] == "https://github.com/ada/book"
    assert config.html_theme_options["repository_branch"] == repository()[1]
    assert config.html_theme_options["use_edit_page_button"]


@pytest.mark.parametrize(
    "address", [None, "", "file:///srv/book", "https://gitlab.com/a/b"]
)
def test_other_address_leaves_no_dead_button(address):
    config = page_config(address)
    book_pages.drop_dead_buttons(None, config)
    assert config.html_theme_options["launch_buttons"] == {}
    assert config.html_theme_options["repository_url"] == ""


def test_npm_lock_has_hashes_and_no_download_addresses():
    lock = json.loads((ROOT / "_vendor" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert set(packages) == {"node_modules/axe-core", "node_modules/mathjax"}
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_what_is_cited_has_an_address():
    bib = (ROOT / "references.bib").read_text("utf-8")
    entries = re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", bib, re.MULTILINE | re.DOTALL)
    address = re.compile(
        r"^ *(doi|url|eprint|isbn|howpublished) *=|\\url", re.MULTILINE
    )
    without = {key for key, fields in entries if not address.search(fields)}
    # A preprint whose address we could not check, and a paper older than addresses.
    assert without == {"liu2020pixel", "firth1957synopsis"}


def test_the_readme_has_the_results_that_the_book_ships():
    text = (ROOT / "README.md").read_text("utf-8")
    assert results_table.stamp(text) == text
    assert text.count("| `pixembed reproduce --recipe ") == len(results_table.ROWS)


def link(setting):
    inline = nodes.inline("", "the lab")
    names = {"reftarget": "chapters/lab", "reftargetid": setting}
    return addnodes.pending_xref("", inline, **names)


def test_a_link_may_open_the_lab_in_a_setting():
    document = new_document("page")
    document += [link("kind=none"), link("the-bench"), link(None)]
    builder = SimpleNamespace(get_relative_uri=lambda page, other: f"{other}.html")
    app = SimpleNamespace(builder=builder)
    document.settings.env = SimpleNamespace(docname="chapters/one", app=app)
    book_pages.LinkToASetting(document).run()
    first, *others = document.children
    assert first["refuri"] == "chapters/lab.html#kind=none"
    assert first.astext() == "the lab"
    assert all(isinstance(other, addnodes.pending_xref) for other in others)


def test_a_drawing_is_dark_lines_on_white():
    white = np.full((100, 100), 255, np.uint8)
    assert book_pages.is_drawing(white)
    lines, digit, heat = white.copy(), white.copy(), white // 2
    lines[::50] = 0
    digit[20:50, 20:50] = 0
    assert book_pages.is_drawing(lines)
    assert not book_pages.is_drawing(digit)
    assert not book_pages.is_drawing(heat)
