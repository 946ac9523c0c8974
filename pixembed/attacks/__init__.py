"""Attacks on networks that read grey levels, tokens or not.

`pgd` and `fgsm` follow gradients, `pick_levels` chooses among tokens, `random_search`
asks for answers alone. What they return are uint8 pictures, to be given to the network
as it is.
"""

from pixembed.attacks.gradients import margins, with_gradient
from pixembed.attacks.search import (
    along_slopes,
    check_attacked,
    fgsm,
    from_level_to_level,
    leads_of,
    pgd,
    pick_levels,
    random_search,
)
from pixembed.attacks.straight_through import (
    CODES,
    slopes,
    straight_through,
    table_of,
)

__all__ = [
    "CODES",
    "along_slopes",
    "check_attacked",
    "fgsm",
    "from_level_to_level",
    "leads_of",
    "margins",
    "pgd",
    "pick_levels",
    "random_search",
    "slopes",
    "straight_through",
    "table_of",
    "with_gradient",
]
