"""Which Pythons are turned away."""

import sys

import pytest

from tools import check_python


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 9)])
def test_a_fitting_python_is_no_reason_to_complain(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    assert check_python.complaint() is None


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 14, 0)])
def test_another_python_is_named(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    assert f"is Python {version[0]}.{version[1]}" in check_python.complaint()
