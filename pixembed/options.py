"""What layers and front ends take: statistics, scale, limit and width."""

from pixembed.checks import check_choice, check_integer, check_positive

#: Where mean and deviation come from; None passes the grey levels on as they are.
STATISTICS = ("train", "image", "batch", "range", None)

#: Largest limit and scale: float32 holds every whole number up to here.
LARGEST_LIMIT = 2**24


def check_statistics(value):
    """Returns one of `STATISTICS`, or refuses what is none."""
    check_choice("statistics", value, STATISTICS)
    return value


def check_scale(value):
    """Returns a scale, an int where it is whole, or refuses it."""
    scale = check_positive("scale", value, LARGEST_LIMIT)
    return int(scale) if scale.is_integer() else scale


def check_limit(value):
    """Returns a limit as an int, or refuses it."""
    return check_integer("limit", value, 1, LARGEST_LIMIT)


def check_width(value):
    """Returns a width as an int, or refuses it."""
    return check_integer("width", value, 1)
