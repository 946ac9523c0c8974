"""Trained networks that come with the package, loaded by name, verified.

They were trained without the 5,000 images of the sample, so that they may be tested
on it. Their weights lie in `pixembed/reference/weights/` in half precision. Only `load`
needs Keras.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_integer, check_seed
from pixembed.experiments import EXPERIMENTS
from pixembed.files import replace_file, sha256
from pixembed.recipes import Recipe
from pixembed.results import REFERENCE

if TYPE_CHECKING:
    import keras

FOLDER = REFERENCE / "weights"

#: How the names of experiments end that train without the images of the sample.
WITHOUT_SAMPLE = "-55000"


@dataclass(frozen=True)
class Trained:
    """A trained network that comes with the package.

    Attributes:
        name: such as `"text-plain-0"`.
        experiment: a name in `pixembed.experiments.EXPERIMENTS`.
        arm: one of the `recipes` of the experiment.
        seed: of the training.
        epochs: passes over the training images.
        precision: Keras's dtype policy in training.
        sha256: of the file of weights.
    """

    name: str
    experiment: str
    arm: str
    seed: int
    epochs: int
    precision: str
    sha256: str

    @property
    def recipe(self) -> Recipe:
        """The `pixembed.recipes.Recipe` that it was trained by."""
        return EXPERIMENTS[self.experiment].recipes[self.arm]


def available() -> dict[str, Trained]:
    """Returns what comes with the package, a dict from name to `Trained`.

    Raises:
        ValueError: if the index file is broken.
    """
    index = FOLDER / "index.json"
    try:
        stored = json.loads(index.read_text(encoding="utf-8"))
        return {entry["name"]: Trained(**entry) for entry in stored}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{index} is broken ({type(error).__name__}: {error}). "
            "Install pixembed again"
        ) from error


def arrays(name: str) -> list[NDArray[np.floating]]:
    """Reads the weights of a trained network.

    Args:
        name: a key of `available()`.

    Returns:
        list of arrays in the order of `keras.Model.get_weights`: mean and deviation
        in float32, the others in float16.

    Raises:
        ValueError: if there is no such network, or if its file is broken.
    """
    known = available()
    if name not in known:
        raise ValueError(f"name must be one of {sorted(known)}. Received: {name!r}")
    file = _file(name)
    if not file.is_file() or sha256(file) != known[name].sha256:
        raise ValueError(
            f"{file} is missing or broken: its SHA-256 must begin with "
            f"{known[name].sha256[:12]}. Install pixembed again"
        )
    with np.load(file, allow_pickle=False) as stored:
        return [stored[key] for key in stored.files]


def load(name: str) -> "keras.Model":
    """Loads a trained network.

    Args:
        name: a key of `available()`.

    Returns:
        `keras.Model`, uint8 (batch, 28, 28) to float32 logits (batch, 10).

    Raises:
        ValueError: if there is no such network, or if its file is broken.
    """
    from pixembed import networks

    stored = arrays(name)
    trained = available()[name]
    model = networks.build(trained.recipe, seed=trained.seed)
    model.set_weights([array.astype("float32") for array in stored])
    return model


def store(
    model: "keras.Model",
    experiment: str,
    arm: str,
    seed: int,
    epochs: int,
    precision: str,
) -> Trained:
    """Writes a trained network into the package's folder and its index.

    Args:
        model: what `pixembed.training.fit` returned.
        experiment: a name in `pixembed.experiments.EXPERIMENTS` that ends in
            `"-55000"`: one that trains without the images of the sample.
        arm: one of the `recipes` of the experiment.
        seed: int, of the training.
        epochs: int, passes over the training images.
        precision: str, Keras's dtype policy in training.

    Returns:
        `Trained`.

    Raises:
        TypeError, ValueError: if the experiment trains with the images of the sample,
            or if `seed` or `epochs` is of the wrong kind or out of range.
    """
    if not experiment.endswith(WITHOUT_SAMPLE):
        raise ValueError(
            f"experiment must end in {WITHOUT_SAMPLE!r}: networks that come with the "
            f"package may be tested on the sample. Received: {experiment!r}"
        )
    seed, epochs = check_seed("seed", seed), check_integer("epochs", epochs, 1)
    name = f"{experiment.removesuffix(WITHOUT_SAMPLE)}-{arm}-{seed}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    arrays = [np.asarray(array, _stored_as(array)) for array in model.get_weights()]
    replace_file(_file(name), lambda file: np.savez_compressed(file, *arrays))
    own = sha256(_file(name))
    trained = Trained(name, experiment, arm, seed, epochs, precision, own)
    index = FOLDER / "index.json"
    known = available() if index.exists() else {}
    entries = [asdict(entry) for _, entry in sorted((known | {name: trained}).items())]
    text = json.dumps(entries, indent=1) + "\n"
    replace_file(index, lambda file: file.write_text(text, encoding="utf-8"))
    return trained


def _stored_as(array):
    """Mean and deviation stay in float32: tokens hang on their last digits."""
    return "float16" if np.ndim(array) else "float32"


def _file(name):
    return FOLDER / f"{name}.npz"
