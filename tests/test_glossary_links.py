"""Terms lead back to the pages that use them, as Sphinx builds a small book."""

import pytest
from sphinx.application import Sphinx

PAGES = {
    "conf": 'extensions = ["myst_parser", "glossary_links"]\nroot_doc = "book"\n',
    "book": "# Book\n\n```{toctree}\n01_one\nlast\nwords\n```\n",
    "01_one": "# One\n\nA {term}`token`.\n",
    "last": "# The last\n\nMore {term}`tokens <Token>`.\n",
    "words": "# Words\n\n```{glossary}\nToken\n  A number.\n\nEpoch\n  A pass.\n```\n",
}


@pytest.fixture
def build(tmp_path):
    """Writes the pages, some of them changed, and returns the built glossary."""

    def make(**changes):
        for name, text in {**PAGES, **changes}.items():
            file = tmp_path / f"{name}.{'py' if name == 'conf' else 'md'}"
            if not file.exists() or file.read_text() != text:
                file.write_text(text)
        places = [str(tmp_path), str(tmp_path), str(tmp_path / "out")]
        app = Sphinx(*places, str(tmp_path / "trees"), "html", status=None)
        app.build()
        return (tmp_path / "out" / "words.html").read_text("utf-8")

    return make


def test_a_term_leads_back_and_an_unused_one_does_not(build):
    page = build()
    assert page.count("term-uses") == 1
    assert '<a class="reference internal" href="01_one.html">Chapter 1</a>' in page
    assert '<a class="reference internal" href="last.html">The last</a>' in page
    assert "Chapter 1" not in build(**{"01_one": "# One\n\nNothing.\n"})
