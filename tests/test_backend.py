"""What runs: refused where its numbers would not be those of a training."""

import subprocess
import sys

import keras
import pytest

from pixembed import backend


def test_a_limit_on_every_training_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "max_epochs", lambda: 1)
    with pytest.raises(ValueError, match="max_epochs.*must not be set.*Received: 1$"):
        backend.check_trains()


def test_half_precision_needs_a_gpu(monkeypatch):
    monkeypatch.setattr(backend, "accelerators", lambda: [])
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with pytest.raises(ValueError, match="^mixed_float16 needs a GPU"):
            backend.check_trains()
        monkeypatch.setattr(backend, "accelerators", lambda: ["a GPU"])
        backend.check_trains()
    finally:
        keras.config.set_dtype_policy("float32")


def test_a_backend_that_cannot_train_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ValueError, match="to train.*KERAS_BACKEND.*Received: 'numpy'"):
        backend.check_trains()


@pytest.mark.parametrize(
    ("wish", "found"),
    [("1", "on"), ("0", "off"), ("true", "on"), ("False", "off"), (None, "default")],
)
def test_what_is_said_of_onednn(wish, found, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if wish is not None:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", wish)
    assert backend.onednn() == found


@pytest.mark.parametrize("module", ["layers", "networks", "training", "reproduction"])
def test_without_a_backend_one_sentence_says_what_to_install(module):
    code = f"""
import sys
for name in ("tensorflow", "jax", "torch"):
    sys.modules[name] = None
import pixembed.{module}
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: Keras cannot be imported")
    assert "-m pip install tensorflow" in last


def test_the_processor_is_named_with_its_vectors():
    assert backend.processor().endswith("cores)")
    assert backend.device().startswith("device: ")
