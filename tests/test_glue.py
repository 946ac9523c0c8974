"""What a cell glues is shown, and stored where the book's pages look for it."""

import IPython.display

from pixembed import notebook


def test_glued_text_has_its_name(monkeypatch):
    shown = []
    monkeypatch.setattr(
        IPython.display, "display", lambda data, **how: shown.append((data, how))
    )
    notebook.glue("clip-cost", "−24.1")
    ((data, how),) = shown
    assert data == {"text/plain": "−24.1"} and how["raw"]
    assert how["metadata"]["scrapbook"] == {"name": "clip-cost", "mime_prefix": ""}
