"""How neighbour distances came to their settings: one step after another.

Every step is asked under noises that are not the paper's, so that the paper's cases
stay unseen until all is chosen.
"""

from dataclasses import replace

from pixembed.noise import gaussian, impulse
from pixembed.recipes import Recipe, neighbours_for

#: Noises of the paper's two kinds, none with parameters of the paper.
OTHER_CASES = (
    gaussian(3, 1),
    gaussian(15, 3),
    gaussian(35, 7),
    gaussian(40, 15),
    gaussian(60, 12),
    gaussian(90, 12),
    gaussian(120, 8),
    gaussian(140, 12),
    impulse(0.15, 35),
    impulse(0.25, 75),
    impulse(0.35, 120),
    impulse(0.45, 60),
    impulse(0.55, 90),
    impulse(0.65, 75),
    impulse(0.75, 110),
    impulse(0.78, 60),
)

#: Nothing is spoiled in training.
_UNSPOILED = {"other_axis": 0.0, "saturation": 0.0, "crowd": 0.0, "loners": [0.0]}

#: What each arm changes in the chosen options: from the plain idea up to all of it, and
#: then all of it but for one part.
CHANGES = {
    "distance": {"neighbours": [20], "radii": 64, **_UNSPOILED},
    "distances": {"radii": 64, **_UNSPOILED},
    "words": _UNSPOILED,
    "chosen": {},
    "without-200": {
        "neighbours": [8, 20, 50],
        "radii": [[1, 4], [2, 4, 8, 16], [4, 8, 16]],
        "loners": [0.02],
    },
    "circle": {"axis": "circle"},
    "one-axis": {"other_axis": 0.0},
    "without-merging": {"saturation": 0.0},
    "without-misprints": {"crowd": 0.0, "loners": [0.0]},
    "table": {"width": 4, "trainable": True},
}


def recipes(profile: str | None = None) -> dict[str, Recipe]:
    """Returns the recipe of each step, and of the choice without one of its parts.

    Args:
        profile: `"fast"`, `"full"`, or None, as in `pixembed.data.profile`.

    Returns:
        dict from arm to `pixembed.recipes.Recipe`.

    Raises:
        ValueError: if there is no such profile.

    Example:
        >>> recipes("fast")["circle"].settings["options"]
        {'axis': 'circle'}
    """
    base = neighbours_for(profile)
    return {
        arm: replace(base.with_options(**change), arm=arm)
        for arm, change in CHANGES.items()
    }
