"""What layers share that draw numbers in training."""

from typing import Any

import keras


class Drawing(keras.layers.Layer):
    """Draws numbers in training, in float32 under every dtype policy."""

    def __init__(self, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
        """Returns numbers from `low` up to `high`, float32 of this shape."""
        return keras.random.uniform(
            shape, low, high, dtype="float32", seed=self.seed_generator
        )
