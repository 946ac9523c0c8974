"""Explorers and questions for the reader: in Jupyter, in Colab and in the built book.

No kernel runs in the built book, so a widget stores, or computes in the browser,
everything that it can show.
"""

from pixembed.widgets.answers import (
    Question,
    Verdict,
    ask_choice,
    ask_number,
    ask_order,
    ask_place,
)
from pixembed.widgets.embedding_explorer import (
    EmbeddingExplorer,
    explore_embedding,
)
from pixembed.widgets.lab import Lab, open_lab
from pixembed.widgets.neighbour_explorer import (
    NeighbourExplorer,
    explore_neighbours,
)
from pixembed.widgets.noise_explorer import NoiseExplorer, explore_noise
from pixembed.widgets.strength_explorer import StrengthExplorer, explore_strength
from pixembed.widgets.table_editor import TableEditor, edit_table

__all__ = [
    "EmbeddingExplorer",
    "Lab",
    "NeighbourExplorer",
    "NoiseExplorer",
    "Question",
    "StrengthExplorer",
    "TableEditor",
    "Verdict",
    "ask_choice",
    "ask_number",
    "ask_order",
    "ask_place",
    "edit_table",
    "explore_embedding",
    "explore_neighbours",
    "explore_noise",
    "explore_strength",
    "open_lab",
]
