"""The lab: noise on a digit, and three trained networks that answer in the browser."""

import base64
import json
from numbers import Integral, Real

import numpy as np
import traitlets
from scipy.special import softmax

from pixembed import data, paper, plots, weights
from pixembed.noise import OVERFLOWS
from pixembed.widgets import checks, panels
from pixembed.widgets.explorer import Explorer, module

#: Every 17th image of each class of the sample, one class after the other.
DIGITS = np.arange(5000).reshape(10, 500)[:, ::17].T.ravel()
DIGITS_LICENCE = "Digits: MNIST by LeCun, Cortes and Burges, CC BY-SA 3.0"

#: The numbers of each noise that a reader can set, from low to high.
CONTROLS = {
    "none": {},
    "gaussian": {
        "mean": {"label": "mean μ", "low": -255, "high": 255, "start": 50, "step": 1},
        "std": {"label": "deviation σ", "low": 0, "high": 100, "start": 10, "step": 1},
    },
    "impulse": {
        "probability": {
            "label": "probability p",
            "low": 0,
            "high": 1,
            "start": 0.5,
            "step": 0.05,
        },
        "value": {
            "label": "value v",
            "low": -255,
            "high": 255,
            "start": 100,
            "step": 1,
            "whole": True,
        },
    },
    "salt_and_pepper": {
        "amount": {"label": "amount", "low": 0, "high": 1, "start": 0.3, "step": 0.05},
        "salt_vs_pepper": {
            "label": "share of white",
            "low": 0,
            "high": 1,
            "start": 0.5,
            "step": 0.05,
        },
    },
}

#: The place of the digit that a reader draws, as in lab.js.
DRAWN = -1

CHOICES = {
    "kind": list(CONTROLS),
    "overflow": list(OVERFLOWS),
    "digit": range(DRAWN, len(DIGITS)),
}


class Lab(Explorer):
    """Draw or pick a digit, choose a noise, and see what three networks answer.

    Make one with `open_lab`. The networks are those of `pixembed.weights`, recipe
    `text`, one an arm; the digits are 300 of the sample, 30 of each class, which they
    were not trained on. Networks and digits are loaded when a reader starts the lab:
    from the built book, or from the kernel.

    What it shows now can be read and set: `kind`, which starts its numbers,
    `parameters`, `overflow`, and `digit`, which is -1 for what the reader draws.
    """

    _esm = module("Lab")

    controls = traitlets.Dict(CONTROLS).tag(sync=True)
    kind = traitlets.Unicode("none").tag(sync=True)
    parameters = traitlets.Dict().tag(sync=True)
    overflow = traitlets.Unicode(OVERFLOWS[0]).tag(sync=True)
    digit = traitlets.Int(0).tag(sync=True)

    def __init__(self, **state):
        super().__init__(**state)
        self.on_msg(self._answer)

    def __repr__(self):
        """Says in a sentence what is here: the text where no JavaScript runs."""
        return f"Lab: three networks, {len(DIGITS)} digits; needs JavaScript"

    @property
    def case(self):
        """The noise that is set, a `pixembed.paper.Case`."""
        return paper.Case(self.kind, tuple(self.parameters.items()))

    def picture(self):
        """Returns a figure of the noisy digit and of what the networks answer."""
        from pixembed.evaluation import add_noise

        sample = data.load_sample()
        place = DIGITS[max(self.digit, 0)]
        clean, truth = sample.images[[place]], sample.labels[place]
        noisy = add_noise(clean, self.case, seed=0, overflow=self.overflow)

        def answers(arm):
            logits = np.asarray(weights.load(f"text-{arm}-0")(noisy))[0]
            probabilities = softmax(logits)

            def draw(axis):
                panels.draw_answers(axis, probabilities, truth)
                axis.set_title(plots.NAMES[arm])

            return draw

        drawn = [(3, lambda axis: panels.draw_image(axis, noisy[0]))]
        drawn += [(2, answers(arm)) for arm in paper.ARMS]
        title = f"The digit is a {truth}; noise: {self.case.label}, {self.overflow}"
        if self.digit == DRAWN:
            title = f"In place of the reader's drawing: {title}"
        return panels.draw(title, drawn)

    @traitlets.validate("kind", "overflow", "digit")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        checks.check_choice(name, value, CHOICES[name])
        return value

    @traitlets.validate("parameters")
    def _check_parameters(self, proposal):
        checks.check_choice("kind", self.kind, CHOICES["kind"])
        _check_parameters(self.kind, proposal["value"])
        return proposal["value"]

    @traitlets.observe("kind")
    def _start_numbers_of_the_kind(self, _change):
        controls = CONTROLS[self.kind]
        # The browser sends a kind together with its numbers.
        if set(self.parameters) != set(controls):
            starts = {name: control["start"] for name, control in controls.items()}
            self.parameters = starts

    def _answer(self, _widget, message, _buffers):
        if message == {"ask": "data"}:
            self.send({"data": data_text()})


def open_lab(case=paper.CLEAN, *, overflow="clip", digit=0):
    """Makes a lab.

    Args:
        case: `pixembed.paper.Case`, the noise at the start.
        overflow: `"clip"` or `"wrap"`.
        digit: int, 0 to 299, the digit at the start; digit `n` is of class `n % 10`.

    Returns:
        `Lab`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    if not isinstance(case, paper.Case):
        raise TypeError(f"case must be a pixembed.paper.Case. Received: {case!r}")
    if set(case.parameters) != set(CONTROLS.get(case.kind, {"unknown"})):
        raise ValueError(f"case must be a noise of the lab. Received: {case}")
    checks.check_choice("overflow", overflow, CHOICES["overflow"])
    if type(digit) is not int:
        raise TypeError(f"digit must be an int. Received: {digit!r}")
    if not 0 <= digit < len(DIGITS):
        raise ValueError(f"digit must lie in 0..{len(DIGITS) - 1}. Received: {digit}")
    return Lab(
        kind=case.kind, parameters=case.parameters, overflow=overflow, digit=digit
    )


def data_text():
    """Returns the networks and the digits as JSON, numbers in base64."""
    sample = data.load_sample()
    return json.dumps(
        {
            "networks": {arm: _network(arm) for arm in paper.ARMS},
            "images": _base64(sample.images[DIGITS]),
            "labels": sample.labels[DIGITS].tolist(),
        }
    )


def data_script():
    """Returns `data_text` as the script that the built book serves."""
    return f"// {DIGITS_LICENCE}\nwindow.pixembedLabData = {data_text()};\n"


def _check_parameters(kind, parameters):
    controls = CONTROLS[kind]
    if set(parameters) != set(controls):
        raise ValueError(
            f"parameters must have the keys {list(controls)}, the numbers of kind "
            f"{kind!r}. Received: {parameters!r}"
        )
    for name, control in controls.items():
        value, low, high = parameters[name], control["low"], control["high"]
        number, words = Real, "a number"
        if control.get("whole"):
            number, words = Integral, "an integer"
        if isinstance(value, bool) or not isinstance(value, number):
            raise TypeError(f"{name} must be {words}. Received: {value!r}")
        if not low <= value <= high:
            raise ValueError(f"{name} must lie in {low}..{high}. Received: {value!r}")


def _network(arm):
    recipe = paper.TEXT[arm]
    mean, deviation, *arrays = weights.arrays(f"text-{arm}-0")
    found = {
        "standardised": recipe.statistics is not None,
        "mean": float(mean),
        "deviation": float(deviation),
    }
    if arm == "pixel_embedding":
        table, *arrays = arrays
        found |= {
            "scale": recipe.scale,
            "limit": recipe.limit,
            "table": _base64(table),
        }
    return found | {"weights": [_base64(array) for array in arrays]}


def _base64(array):
    return base64.b64encode(array.tobytes()).decode()
