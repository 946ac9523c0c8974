"""What a layer measures before training, and whether it has done so."""

import keras
from keras import ops

#: What stands for a measured number until it is known; none of them is negative.
UNKNOWN = -1.0


class Measured(keras.Variable):
    """One number, a weight that is not trained.

    It knows on the Python side whether it was set: a compiled graph cannot ask.
    """

    known = False

    def __init__(self, name: str) -> None:
        super().__init__(
            keras.initializers.Constant(UNKNOWN),
            shape=(),
            trainable=False,
            dtype="float32",
            name=name,
        )

    def assign(self, value):
        assigned = super().assign(value)
        self.known = float(ops.convert_to_numpy(assigned)) != UNKNOWN
        return assigned
