import json
from types import SimpleNamespace

import pytest
import yaml

import book_pages
from tools.notebooks import ROOT, chapter_files, repository


def toc_files():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [entry for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *(entry["file"] for entry in chapters)]


def page_config(address=""):
    options = {
        "repository_url": address,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }
    return SimpleNamespace(html_static_path=[], html_theme_options=options)


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


def test_pages_load_files_that_are_here():
    config = page_config()
    book_pages.use_local_scripts(None, config)
    for script in [config.mathjax_path, *config.nb_ipywidgets_js]:
        assert any(
            (ROOT / folder / script).is_file() for folder in config.html_static_path
        )


@pytest.mark.parametrize(
    "address",
    ["https://github.com/ada/book", "https://github.com/ada/book.git"],
)
def test_github_address_keeps_the_colab_button(address):
    config = page_config(address)
    book_pages.drop_dead_buttons(None, config)
    assert config.html_theme_options["launch_buttons"]
    assert config.html_theme_options["repository_url"] == "https://github.com/ada/book"


@pytest.mark.parametrize("address", ["", "file:///srv/book", "https://gitlab.com/a/b"])
def test_other_address_leaves_no_dead_button(address):
    config = page_config(address)
    book_pages.drop_dead_buttons(None, config)
    assert config.html_theme_options["launch_buttons"] == {}
    assert config.html_theme_options["repository_url"] == ""


def test_npm_lock_has_hashes_and_no_download_addresses():
    lock = json.loads((ROOT / "_vendor" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {"node_modules/anywidget", "node_modules/mathjax"} <= set(packages)
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_python_and_browser_side_of_anywidget_agree():
    package = json.loads((ROOT / "_vendor" / "package.json").read_text("utf-8"))
    pinned = (ROOT / "requirements.txt").read_text("utf-8")
    assert f"anywidget=={package['dependencies']['anywidget']}\n" in pinned
