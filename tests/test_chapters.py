import pytest

from tools.chapter_rules import RULES
from tools.notebooks import chapter_files, read


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", chapter_files(), ids=lambda path: path.stem)
def test_chapter_keeps_the_rule(path, rule):
    assert list(rule(read(path))) == []
