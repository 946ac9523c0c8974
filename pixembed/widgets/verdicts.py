"""What is said of an answer: each function is the twin of one in answers.js.

`hidden` is what a question's seal holds.
"""

from typing import Any, NamedTuple

#: How far apart equal numbers may be, as in answers.js.
ROUNDING = 1e-9


class Verdict(NamedTuple):
    """What is said of an answer.

    Attributes:
        right: whether it is right.
        words: what the reader is told.
    """

    right: bool
    words: str


def near(number: float, other: float, tolerance: float = 0) -> bool:
    """Returns whether two numbers are equal, but for a tolerance and for rounding."""
    return abs(number - other) <= tolerance + ROUNDING * (1 + abs(other))


def on_number(number: float, hidden: dict[str, Any]) -> Verdict:
    """Returns the verdict on a number."""
    if near(number, hidden["answer"], hidden["tolerance"]):
        return _right(hidden["why"])
    for slip, word in hidden["slips"]:
        if near(number, slip):
            return _wrong(word)
    size = "small" if number < hidden["answer"] else "large"
    return _wrong(f"That is too {size}.", hidden["hint"])


def on_choice(chosen: list[int], hidden: dict[str, Any]) -> Verdict:
    """Returns the verdict on chosen items, given by their places in ascending order."""
    answers, words = hidden["answers"], hidden["words"]
    wrong = [place for place in chosen if place not in answers]
    if wrong:
        return _wrong(*(words[place] for place in wrong))
    if len(chosen) < len(answers):
        missing = "What you chose is right, but something is missing."
        return _wrong(missing, hidden["hint"])
    return _right(*(words[place] for place in chosen))


def on_order(given: list[int], hidden: dict[str, Any]) -> Verdict:
    """Returns the verdict on an order of items, given by their places as shown."""
    pairs = zip(given, hidden["order"], strict=True)
    count = sum(one == other for one, other in pairs)
    if count == len(given):
        return _right(hidden["why"])
    stand = "stands in its place" if count == 1 else "stand in their places"
    return _wrong(f"{count} of {len(given)} {stand}.", hidden["hint"])


def on_place(place: int, hidden: dict[str, Any], width: int) -> Verdict:
    """Returns the verdict on a pixel, width · row + column."""
    if place in hidden["places"]:
        return _right(hidden["why"])
    row, column = divmod(place, width)
    return _wrong(f"It is not row {row + 1}, column {column + 1}.", hidden["hint"])


def _right(*words):
    return Verdict(True, _joined("Right.", *words))


def _wrong(*words):
    return Verdict(False, _joined("Not yet.", *words))


def _joined(*words):
    return " ".join(word for word in words if word)
