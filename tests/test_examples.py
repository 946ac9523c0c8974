"""The docstrings' examples give what they say, and public signatures have hints."""

import doctest
import inspect
import pkgutil
from importlib import import_module
from unittest.mock import patch

import pytest

import pixembed
from pixembed import noise

MODULES = [
    found.name
    for found in pkgutil.walk_packages(pixembed.__path__, "pixembed.")
    if found.name != "pixembed.__main__"
]
#: The modules, and rooms of modules, whose public signatures have hints.
HINTED = (
    *("ablation", "backend", "checks", "choices", "cores", "data", "effects"),
    *("evaluation", "experiments", "files", "fingerprint", "front_ends", "networks"),
    *("noise",),
    *("notebook", "options", "paper", "plots", "recipes", "remedies", "reproduction"),
    *("results", "statistics", "training", "weights"),
)


def test_examples_give_what_they_say():
    with patch.dict(noise.NOISES):
        found = [doctest.testmod(import_module(module)) for module in MODULES]
    assert sum(one.failed for one in found) == 0
    assert sum(one.attempted for one in found) >= 50


def public_signatures(module):
    """The public functions, methods and properties that a module defines, by name."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(value):
            for inner, method in vars(value).items():
                function = getattr(method, "fget", method)
                if not inner.startswith("_") and inspect.isroutine(function):
                    yield f"{name}.{inner}", inspect.signature(function)
        elif callable(value):
            yield name, inspect.signature(value)


def without_hints(signature):
    """The parameters without a hint, and `return`."""
    hints = {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if name != "self"
    } | {"return": signature.return_annotation}
    return [name for name, hint in hints.items() if hint is inspect.Signature.empty]


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.split(".")[1] in HINTED]
)
def test_public_signatures_have_hints(module):
    found = {
        name: without_hints(signature)
        for name, signature in public_signatures(import_module(module))
    }
    assert {name: missing for name, missing in found.items() if missing} == {}


def test_functions_methods_and_properties_are_looked_at():
    assert {"add_noise", "Case.key"} <= dict(public_signatures(noise.cases)).keys()
    assert "Noise.check" in dict(public_signatures(noise.records))


def test_a_missing_hint_is_seen():
    def half(images, seed: int = 0) -> int:
        return seed

    assert without_hints(inspect.signature(half)) == ["images"]
