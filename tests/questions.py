"""The questions that the chapters ask, and how each is answered rightly and wrongly."""

from pixembed.widgets import Question
from pixembed.widgets.seals import unseal
from tools.notebooks import WIDGET_VIEW, chapter_files, code_cells, read, widget_state

#: What is stored of a question.
TRAITS = [*Question.class_own_traits(sync=True)]


def models(notebook):
    """The id and state of each question that a notebook shows, in their order."""
    state = widget_state(notebook)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            view = output.get("data", {}).get(WIDGET_VIEW)
            if view and is_question(state[view["model_id"]]["state"]):
                yield view["model_id"], state[view["model_id"]]["state"]


def is_question(state):
    return state["_anywidget_id"].endswith(".Question")


def restored(state):
    """The question in Python whose state is stored in a notebook."""
    return Question(**{name: state[name] for name in TRAITS if name in state})


def asking_chapters():
    """The chapters that ask, by their paths."""
    return [path for path in chapter_files() if any(models(read(path)))]


def right_answer(question):
    """The answer as `Question.verdict` takes it."""
    hidden = unseal(question.sealed)
    if question.kind == "number":
        return hidden["answer"]
    if question.kind == "choice":
        return [question.items[place] for place in hidden["answers"]]
    if question.kind == "order":
        return [question.items[place] for place in hidden["order"]]
    return divmod(hidden["places"][0], len(question.image[0]))


def wrong_answers(question):
    """Answers that are wrong: each slip, each wrong text, and others."""
    hidden = unseal(question.sealed)
    if question.kind == "number":
        reach = 2 * hidden["tolerance"] + 1
        others = [hidden["answer"] + side * reach for side in (-1, 1)]
        return [*(slip for slip, _ in hidden["slips"]), *others]
    if question.kind == "choice":
        right = right_answer(question)
        wrong = [[text] for text in question.items if text not in right]
        return [*wrong, *([right[:1]] if len(right) > 1 else [])]
    if question.kind == "order":
        return [question.items]
    width = len(question.image[0])
    places = range(width * len(question.image))
    return [divmod(p, width) for p in places if p not in hidden["places"]][:1]
