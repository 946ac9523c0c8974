"""The lab: noise on a digit, and four trained networks that answer in the browser."""

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure
from scipy.special import softmax

from pixembed import data, noise, paper, plots, weights
from pixembed.checks import check_choice, check_integer
from pixembed.noise import CLEAN, OVERFLOWS, Case
from pixembed.widgets import panels
from pixembed.widgets.explorer import Explorer, Whole, module

#: Every 17th image of each class of the sample, one class after the other.
DIGITS = np.arange(5000).reshape(10, 500)[:, ::17].T.ravel()
DIGITS_LICENCE = "Digits: MNIST by LeCun, Cortes and Burges, CC BY-SA 3.0"

#: The lab's networks: what each is called, and its name in `pixembed.weights`.
NETWORKS = {plots.NAMES[arm]: f"text-{arm}-0" for arm in paper.ARMS} | {
    "neighbour distances": "neighbours-neighbours-0"
}

#: The noises that noise.js draws, in the order in which the lab offers them.
NOISES = [noise.get(kind) for kind in ("gaussian", "impulse", "salt_and_pepper")]

#: What a reader can set of each noise.
CONTROLS = {"none": {}} | {
    known.name: {name: one.control for name, one in known.parameters.items()}
    for known in NOISES
}

#: The same for the browser, in lists: notebooks keep no order of a dict.
OFFERED = [
    {"kind": "none", "words": "none", "overflows": False, "controls": []},
    *(
        {
            "kind": known.name,
            "words": known.words,
            "overflows": known.overflows,
            "controls": [
                {"name": name, **control}
                for name, control in CONTROLS[known.name].items()
            ],
        }
        for known in NOISES
    ),
]

#: The place of the digit that a reader draws, as in lab.js.
DRAWN = -1

CHOICES = {"kind": list(CONTROLS), "overflow": list(OVERFLOWS)}


class OnTheShelf(Explorer):
    """An explorer that asks its kernel, if it has one, for networks and digits."""

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.on_msg(self._answer)

    def _answer(self, _widget, message, _buffers):
        if message == {"ask": "data"}:
            self.send({"data": data_text()})


class Lab(OnTheShelf):
    """Draw or pick a digit, choose a noise, and see what four networks answer.

    Make one with `open_lab`. The networks are `NETWORKS`: one an arm of recipe `text`,
    and one of recipe `neighbours`; the digits are 300 of the sample, 30 of each class,
    which they were not trained on. Networks and digits are loaded when a reader starts
    the lab: from the built book, or from the kernel.

    What it shows now can be read and set: `kind`, which starts its numbers,
    `parameters`, `overflow`, and `digit`, which is -1 for what the reader draws.
    """

    _esm = module("Lab")

    noises = traitlets.List(OFFERED).tag(sync=True)
    kind = traitlets.Unicode("none").tag(sync=True)
    parameters = traitlets.Dict().tag(sync=True)
    overflow = traitlets.Unicode(OVERFLOWS[0]).tag(sync=True)
    digit = Whole().tag(sync=True)

    def __repr__(self):
        """Says in a sentence what is here: the text where no JavaScript runs."""
        return f"Lab: four networks, {len(DIGITS)} digits; needs JavaScript"

    @property
    def case(self) -> Case:
        """The noise that is set, a `pixembed.noise.Case`."""
        return Case(self.kind, tuple(self.parameters.items()))

    def picture(self) -> Figure:
        """Returns a figure of the noisy digit and of what the networks answer."""
        sample = data.load_sample()
        place = DIGITS[max(self.digit, 0)]
        clean, truth = sample.images[[place]], sample.labels[place]
        noisy = noise.add_noise(clean, self.case, seed=0, overflow=self.overflow)

        def answers(name):
            logits = np.asarray(weights.load(NETWORKS[name])(noisy))[0]
            probabilities = softmax(logits)

            def draw(axis):
                panels.draw_answers(axis, probabilities, truth)
                axis.set_title(name)

            return draw

        drawn = [(3, lambda axis: panels.draw_image(axis, noisy[0]))]
        drawn += [(2, answers(name)) for name in NETWORKS]
        title = f"The digit is {truth}; noise: {self.case.label}"
        if self.case.overflows:
            title += f", {self.overflow}"
        if self.digit == DRAWN:
            title = f"In place of the reader's drawing: {title}"
        return panels.draw(title, drawn)

    @traitlets.validate("kind", "overflow")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        check_choice(name, value, CHOICES[name])
        return value

    @traitlets.validate("digit")
    def _check_digit(self, proposal):
        return check_integer("digit", proposal["value"], DRAWN, len(DIGITS) - 1)

    @traitlets.validate("parameters")
    def _check_parameters(self, proposal):
        check_choice("kind", self.kind, CHOICES["kind"])
        return _checked_parameters(self.kind, proposal["value"])

    @traitlets.observe("kind")
    def _start_numbers_of_the_kind(self, _change):
        controls = CONTROLS[self.kind]
        # The browser sends a kind together with its numbers.
        if set(self.parameters) != set(controls):
            starts = {name: control["start"] for name, control in controls.items()}
            self.parameters = starts


def open_lab(case: Case = CLEAN, *, overflow: str = "clip", digit: int = 0) -> Lab:
    """Makes a lab.

    Args:
        case: `pixembed.noise.Case`, the noise at the start.
        overflow: `"clip"` or `"wrap"`.
        digit: int, 0 to 299, the digit at the start; digit `n` is of class `n % 10`.

    Returns:
        `Lab`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    if not isinstance(case, Case):
        raise TypeError(f"case must be a pixembed.noise.Case. Received: {case!r}")
    if set(case.parameters) != set(CONTROLS.get(case.kind, {"unknown"})):
        raise ValueError(f"case must be a noise of the lab. Received: {case}")
    check_choice("overflow", overflow, CHOICES["overflow"])
    digit = check_integer("digit", digit, 0, len(DIGITS) - 1)
    return Lab(
        kind=case.kind, parameters=case.parameters, overflow=overflow, digit=digit
    )


def data_text() -> str:
    """Returns the networks and the digits as JSON, numbers in base64."""
    sample = data.load_sample()
    return json.dumps(
        {
            "networks": {name: _network(stored) for name, stored in NETWORKS.items()},
            "images": _base64(sample.images[DIGITS]),
            "labels": sample.labels[DIGITS].tolist(),
            "shape": sample.images.shape[1:],
        }
    )


def data_script() -> str:
    """Returns `data_text` as the script that the built book serves."""
    return f"// {DIGITS_LICENCE}\nwindow.pixembedLabData = {data_text()};\n"


def _checked_parameters(kind, parameters):
    """Returns the parameters as plain numbers, in the order of the noise."""
    controls = CONTROLS[kind]
    if set(parameters) != set(controls):
        raise ValueError(
            f"parameters must have the keys {list(controls)}, the numbers of kind "
            f"{kind!r}. Received: {parameters!r}"
        )
    return {name: _checked(kind, name, parameters[name]) for name in controls}


def _checked(kind, name, value):
    parameter = noise.get(kind).parameters[name]
    low, high = parameter.shown or (parameter.low, parameter.high)
    return replace(parameter, low=low, high=high).check(name, value)


def _network(name):
    recipe = weights.available()[name].recipe
    found, arrays = _FRONT_ENDS[recipe.front_end](recipe.options, weights.arrays(name))
    own = {"front_end": recipe.front_end, **found}
    return own | {"weights": [_base64(array) for array in arrays]}


def _number(options, arrays):
    mean, deviation, *arrays = arrays
    found = {
        "standardised": options["statistics"] is not None,
        "mean": float(mean),
        "deviation": float(deviation),
    }
    return found, arrays


def _pixel_embedding(options, arrays):
    found, (table, *arrays) = _number(options, arrays)
    tokens = {"scale": options["scale"], "limit": options["limit"]}
    return found | tokens | {"table": _base64(table)}, arrays


def _neighbours(options, arrays):
    table, *arrays = arrays
    found = {name: options[name] for name in ("neighbours", "radii", "axis")}
    return found | {"table": _base64(table)}, arrays


#: What network.js is told of each front end, and the arrays of the layers behind it.
_FRONT_ENDS = {
    "number": _number,
    "pixel_embedding": _pixel_embedding,
    "neighbours": _neighbours,
}


def _base64(array):
    return base64.b64encode(array.tobytes()).decode()
