"""Train, resume, save and load on each backend; what one saved, the others read."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

BACKENDS = ("tensorflow", "jax", "torch")

pytestmark = pytest.mark.slow

#: Two epochs at one go, and with a break after the first.
TRAIN = """
import sys
from dataclasses import replace
from pathlib import Path
import keras, numpy as np
from pixembed import recipes, training
from pixembed.data import Dataset

folder, checkpoint = Path(sys.argv[1]), Path(sys.argv[2])
images = np.load(folder / "images.npy")
train = Dataset("noise", images, (np.arange(len(images)) % 10).astype("uint8"))
recipe = replace(recipes.TEXT["pixel_embedding"], batch_size=8, epochs=2)
once = replace(recipe, epochs=1)
options = {"seed": 0, "progress": False}

straight, history = training.fit(recipe, train, **options)
training.fit(once, train, checkpoint=checkpoint, **options)
resumed, same = training.fit(recipe, train, checkpoint=checkpoint, **options)
assert history[1]["loss"] < history[0]["loss"]
for one, two in zip(history, same, strict=True):
    np.testing.assert_allclose(one["loss"], two["loss"], rtol=1e-3)
for one, two in zip(straight.get_weights(), resumed.get_weights(), strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-5)
np.save(checkpoint / "logits.npy", resumed.predict(images, verbose=0))
print(keras.backend.backend())
"""

#: A new session that knows of Keras and of the package, not of its parts.
LOAD = """
import sys
from pathlib import Path
import keras, numpy as np, pixembed

folder = Path(sys.argv[1])
images = np.load(folder / "images.npy")
levels = np.arange(256, dtype="uint8").reshape(1, 16, 16)
found = {}
for checkpoint in sys.argv[2:]:
    model = keras.models.load_model(folder / checkpoint / "model.keras")
    found[f"{checkpoint} logits"] = keras.ops.convert_to_numpy(model(images))
    tokens = model.get_layer("pixel_embedding").tokens(levels)
    found[f"{checkpoint} tokens"] = keras.ops.convert_to_numpy(tokens)
np.savez(folder / f"read_by_{keras.backend.backend()}.npz", **found)
"""


def why_not(backend):
    """Why a backend cannot be tried here; empty if it can."""
    if find_spec(backend) is None:
        return f"{backend} is not installed"
    if backend == "torch" and find_spec("nvidia") and not Path("/dev/nvidia0").exists():
        return (
            "PyTorch is a build for CUDA, which crashes beside TensorFlow with no GPU"
        )
    return ""


def run(backend, script, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the checkpoint of each backend that is installed."""
    folder = tmp_path_factory.mktemp("backends")
    images = np.random.default_rng(0).integers(0, 256, (16, 28, 28), dtype=np.uint8)
    np.save(folder / "images.npy", images)
    for backend in BACKENDS:
        if why_not(backend):
            continue
        printed = run(backend, TRAIN, folder, folder / backend)
        assert printed == [backend]
    return folder


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_reads_what_every_backend_trained(backend, trained):
    if reason := why_not(backend):
        pytest.skip(reason)
    checkpoints = [name for name in BACKENDS if (trained / name).is_dir()]
    run(backend, LOAD, trained, *checkpoints)
    with np.load(trained / f"read_by_{backend}.npz") as found:
        tokens = [found[f"{name} tokens"] for name in checkpoints]
        assert len(np.unique(tokens[0])) > 100
        for name, row in zip(checkpoints, tokens, strict=True):
            logits = np.load(trained / name / "logits.npy")
            np.testing.assert_allclose(found[f"{name} logits"], logits, atol=1e-5)
            np.testing.assert_array_equal(row, tokens[0])
