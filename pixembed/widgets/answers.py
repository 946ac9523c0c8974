"""Questions whose answers are checked where they are given, with no kernel.

The notebook computes each answer. It is stored sealed, so that nobody reads it in a
page's source by accident. This is no secret: the page holds all that opens the seal.
"""

import base64
import hashlib
import html
import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from pixembed.checks import check_choice, check_integer, check_number
from pixembed.widgets import verdicts
from pixembed.widgets.explorer import Explorer, module
from pixembed.widgets.seals import seal, unseal
from pixembed.widgets.verdicts import Verdict

#: How wide a picture is shown where no JavaScript runs.
STILL_WIDTH = 224


class Question(Explorer):
    """A question that tells at once whether an answer is right.

    Make one with `ask_number`, `ask_choice`, `ask_order` or `ask_place`.
    """

    _esm = module("Question")

    # "number", "choice", "order" or "place"
    kind = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    # The texts to choose from, or to put in order.
    items = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # Whether several may be chosen.
    several = traitlets.Bool().tag(sync=True)
    # Rows of grey levels.
    image = traitlets.List().tag(sync=True)
    # What `seals.seal` made of the answer and of all words about it.
    sealed = traitlets.Unicode().tag(sync=True)

    def __repr__(self):
        return f"Question: {self.kind}"

    def still(self) -> dict[str, str]:
        parts = [f"<p>{html.escape(self.question)}</p>"]
        if self.image:
            parts.append(_image_tag(np.array(self.image, np.uint8)))
        if self.items:
            items = "".join(f"<li>{html.escape(item)}</li>" for item in self.items)
            parts.append(f"<ul>{items}</ul>")
        return {"text/html": f'<div class="question-still">{"".join(parts)}</div>'}

    def verdict(self, answer: Any) -> Verdict:
        """Returns what the browser says of an answer.

        Args:
            answer: a number; the chosen text, or list of texts; the list of all texts
                in order; or the place (row, column), from 0. As the question asks.

        Returns:
            `Verdict`.

        Raises:
            TypeError, ValueError: if nobody can answer so.
        """
        hidden = unseal(self.sealed)
        if self.kind == "number":
            return verdicts.on_number(check_number("answer", answer), hidden)
        if self.kind == "choice":
            return verdicts.on_choice(self._chosen(answer), hidden)
        if self.kind == "order":
            return verdicts.on_order(self._ordered(answer), hidden)
        height, width = len(self.image), len(self.image[0])
        place = _flat("answer", answer, (height, width))
        return verdicts.on_place(place, hidden, width)

    def _chosen(self, answer):
        texts = [answer] if isinstance(answer, str) else [*answer]
        for text in texts:
            check_choice("answer", text, self.items)
        return sorted(self.items.index(text) for text in texts)

    def _ordered(self, answer):
        if sorted(answer) != sorted(self.items):
            raise ValueError(f"answer must order {self.items}. Received: {answer}")
        return [self.items.index(text) for text in answer]


def ask_number(
    question: str,
    answer: float,
    *,
    tolerance: float = 0,
    unit: str = "",
    slips: Mapping[float, str] | None = None,
    hint: str = "",
    why: str = "",
) -> Question:
    """Asks for a number.

    A reader may write 0.5, 1/2, 1,000 or −3.

    Args:
        question: str, one sentence.
        answer: number.
        tolerance: number, not negative, how far from `answer` is still right.
        unit: str, what stands behind the number.
        slips: dict from a wrong number to a word for whoever gives it.
        hint: str, said with every other wrong number.
        why: str, said with the right one.

    Returns:
        `Question`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> eighths = ask_number("How much is 8/9?", 8 / 9, tolerance=0.005)
        >>> eighths.verdict(0.89).right
        True
        >>> eighths.verdict(0.8).words
        'Not yet. That is too small.'
    """
    hidden = {
        "answer": _short(check_number("answer", answer)),
        "tolerance": _short(check_number("tolerance", tolerance, 0)),
        "slips": [
            [_short(check_number("slips", number)), word]
            for number, word in (slips or {}).items()
        ],
        "hint": hint,
        "why": why,
    }
    for number, _ in hidden["slips"]:
        if verdicts.near(number, hidden["answer"], hidden["tolerance"]):
            raise ValueError(f"slips must hold wrong numbers only. Received: {number}")
    return _question("number", question, hidden, unit=unit)


def ask_choice(
    question: str,
    choices: Mapping[str, str],
    answer: str | Iterable[str],
    *,
    hint: str = "",
) -> Question:
    """Asks for one of several texts, or for some of them.

    Args:
        question: str, one sentence.
        choices: dict from each text to the word for whoever chooses it; a right one
            may have none.
        answer: the text that is right; or a list of all that are right, and the
            reader may choose several.
        hint: str, said if right ones are missing.

    Returns:
        `Question`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> choices = {"0": "That is clip.", "255": "255 + 1 = 256, which wraps to 0."}
        >>> ask_choice("From 0, −1 wraps to", choices, "255").verdict("0").words
        'Not yet. That is clip.'
    """
    several = not isinstance(answer, str)
    right = list(answer) if several else [answer]
    items = _checked_items("choices", choices)
    if not right:
        raise ValueError("answer must name one text at least. Received: []")
    for text in right:
        check_choice("answer", text, items)
    for text, word in choices.items():
        if text not in right and not word:
            raise ValueError(
                f"choices must have a word for each wrong text. Received none: {text!r}"
            )
    hidden = {
        "answers": sorted({items.index(text) for text in right}),
        "words": [choices[item] for item in items],
        "hint": hint,
    }
    return _question("choice", question, hidden, items=items, several=several)


def ask_order(
    question: str, items: Iterable[str], *, hint: str = "", why: str = ""
) -> Question:
    """Asks for texts to be put in order.

    Args:
        question: str, one sentence; it says what comes first.
        items: list of str in the right order; they are shown in another one.
        hint: str, said with a wrong order.
        why: str, said with the right one.

    Returns:
        `Question`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> sizes = ask_order("The smallest first:", ["one", "two", "three"])
        >>> sizes.verdict(["one", "three", "two"]).words
        'Not yet. 1 of 3 stands in its place.'
    """
    right = _checked_items("items", items)
    rng = np.random.default_rng([*_digest(question)])
    shown = right
    while shown == right:
        shown = [right[place] for place in rng.permutation(len(right))]
    order = [shown.index(item) for item in right]
    hidden = {"order": order, "hint": hint, "why": why}
    return _question("order", question, hidden, items=shown)


def ask_place(
    question: str,
    image: NDArray[np.uint8],
    place: ArrayLike,
    *,
    hint: str = "",
    why: str = "",
) -> Question:
    """Asks for a pixel of a picture.

    Args:
        question: str, one sentence.
        image: uint8 (height, width), in grey levels.
        place: the pixel (row, column), from 0; or bool (height, width), which pixels
            are right.
        hint: str, said with a wrong pixel.
        why: str, said with a right one.

    Returns:
        `Question`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> image = np.array([[0, 250], [9, 30]], np.uint8)
        >>> brightest = ask_place("The brightest?", image, image == image.max())
        >>> brightest.verdict((1, 0)).words
        'Not yet. It is not row 2, column 1.'
    """
    _check_image(image)
    places = _checked_places(place, image.shape)
    hidden = {"places": places, "hint": hint, "why": why}
    return _question("place", question, hidden, image=image.tolist())


def _question(kind, question, hidden, **shown):
    for name, words in (("question", question), *shown.items(), *hidden.items()):
        if name in ("question", "unit", "hint", "why") and not isinstance(words, str):
            raise TypeError(f"{name} must be a str. Received: {words!r:.60}")
    if not question:
        raise ValueError("question must not be empty. Received: ''")
    sealed = seal(hidden, _digest(question))
    return Question(kind=kind, question=question, sealed=sealed, **shown)


def _digest(question):
    return hashlib.sha256(str(question).encode()).digest()


def _short(number):
    """The number to ten digits: the rest differs from one processor to another."""
    return float(f"{number:.10g}")


def _checked_items(name, items):
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise TypeError(f"{name} must hold several str. Received: {items!r:.60}")
    items = [*items]
    if not all(isinstance(item, str) and item for item in items):
        raise TypeError(f"{name} must be str, none empty. Received: {items!r:.60}")
    if len(items) < 2 or len({*items}) < len(items):
        raise ValueError(
            f"{name} must be two at least, all different. Received: {items!r:.60}"
        )
    return items


def _check_image(image):
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise TypeError(
            f"image must be a NumPy array of uint8. Received: {image!r:.60}"
        )
    if image.ndim != 2 or image.size < 2:
        raise ValueError(
            "image must have shape (height, width) and two pixels at least. "
            f"Received: {image.shape}"
        )


def _checked_places(place, shape):
    array = np.asarray(place)
    if array.dtype == bool:
        if array.shape != shape or array.all() or not array.any():
            raise ValueError(
                f"place must be True in some pixels of shape {shape}, not in all. "
                f"Received: {array.sum()} of shape {array.shape}"
            )
        return np.flatnonzero(array).tolist()
    return [_flat("place", place, shape)]


def _flat(name, place, shape):
    row, column = place
    row = check_integer(f"{name}[0]", row, 0, shape[0] - 1)
    return row * shape[1] + check_integer(f"{name}[1]", column, 0, shape[1] - 1)


def _image_tag(image):
    """The picture as HTML, uncompressed, so that its text is always the same."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", compress_level=0)
    source = base64.b64encode(buffer.getvalue()).decode()
    height, width = image.shape
    alt = f"A picture of {height} rows and {width} columns of grey levels."
    return (
        f'<img alt="{alt}" width="{STILL_WIDTH}" style="image-rendering: pixelated" '
        f'src="data:image/png;base64,{source}">'
    )
