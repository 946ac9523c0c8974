"""What goes into the PDF of the book, and what stays out."""

from tools import pdf
from tools.notebooks import chapter_files


def test_pages_are_all_pages_in_order():
    pages = pdf.pages()
    chapters = [f"chapters/{path.stem}" for path in chapter_files()]
    assert pages[0] == "chapters/intro"
    assert set(chapters) < set(pages) and len(set(pages)) == len(pages)
    assert pages.index("chapters/01_noise_breaks") < pages.index("chapters/glossary")
    assert "reference/pixembed_noise" in pages


def test_widgets_stay_pictures_and_formulas_are_set():
    math = '<script defer src="../_static/npm/mathjax/es5/tex-chtml-full.js"></script>'
    page = f'{math}<script src="../_static/pixembed/widgets.js?v=1"></script>'
    assert pdf.printable(page) == math


def test_titles_lose_the_name_of_the_book():
    assert pdf.title_of("<title>1. A &amp; B &#8212; Pixels</title>") == "1. A & B"
    assert pdf.title_of("<title>Pixels as Words</title>") == "Pixels as Words"
