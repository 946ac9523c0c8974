"""What `import pixembed` gives, in a process of its own."""

import subprocess
import sys

import pytest

import pixembed


def printed_by(code):
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("module", ["pixembed", "pixembed.options", "pixembed.checks"])
def test_keras_stays_out_until_a_layer_is_asked_for(module):
    assert printed_by(f"import {module}, sys; print('keras' in sys.modules)") == [
        "False"
    ]


def test_a_layer_is_imported_when_it_is_asked_for():
    code = "from pixembed import PixelEmbedding as P; print(P.__module__)"
    assert printed_by(code) == ["pixembed.layers.embedding"]


def test_with_keras_there_the_layers_are_registered():
    code = (
        "import keras, pixembed;"
        "print(keras.saving.get_registered_object('pixembed>PixelEmbedding').__name__)"
    )
    assert printed_by(code) == ["PixelEmbedding"]


def test_the_layers_are_listed_and_nothing_else_is_made_up():
    from pixembed import layers

    assert set(pixembed.__all__) < set(dir(pixembed))
    for name in pixembed.__all__:
        assert getattr(pixembed, name) is getattr(layers, name)
    with pytest.raises(AttributeError, match="'pixembed' has no attribute 'Pixel'"):
        pixembed.Pixel  # noqa: B018
