"""The page about the edition says what the files say."""

import re

import pytest
import yaml

import edition
from pixembed import __version__, weights
from tools import measure
from tools.notebooks import ROOT, chapter_files, read


def test_version_and_date_are_the_same_everywhere():
    version, date = edition.release()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert version == __version__ == cited["version"]
    assert date == str(cited["date-released"])


def test_another_version_in_the_changes_is_refused(tmp_path, monkeypatch):
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 9.9.9, 2027-01-01\n")
    monkeypatch.setattr(edition, "CHANGES", tmp_path / "CHANGELOG.md")
    with pytest.raises(ValueError, match="Received: 9.9.9"):
        edition.release()


def test_every_deciding_package_is_pinned():
    assert set(edition.DECIDING) <= edition.pins().keys()


def test_checksums_name_all_networks_and_counts():
    rows = dict(edition.checksums())
    for name in weights.available():
        assert f"network `{name}`" in rows
    assert "counts `text`" in rows and "MNIST, `x_test`" in rows
    assert "attacks `mnist`" in rows and "costs `speed`" in rows
    assert all(re.fullmatch("`[0-9a-f]{64}`", found) for found in rows.values())


def test_costs_are_of_chapters_and_lead_to_them():
    names = {path.name for path in chapter_files()}
    rows = edition.costs()
    assert rows
    for _, link, seconds, memory in rows:
        assert re.search(r"\]\((.*)\)", link)[1] in names
        assert re.fullmatch(r"\d+ s", seconds) and re.fullmatch(r"\d+\.\d GB", memory)


def says(path):
    """The seconds and the memory that a chapter promises on top."""
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    found = re.search(
        r"about (\d+) (second|minute)s? to run .* and ([\d.]+) GB of memory", text
    )
    return int(found[1]) * (60 if found[2] == "minute" else 1), float(found[3])


@pytest.mark.parametrize("name", measure.stored())
def test_a_chapter_promises_what_was_measured(name):
    seconds, memory = says(ROOT / "chapters" / f"{name}.ipynb")
    found = measure.stored()[name]
    assert found["processor_seconds"] <= 3 * seconds
    assert memory - 1 <= found["memory"] <= memory + 0.1
