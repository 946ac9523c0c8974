"""What layers and front ends take: statistics, scale, limit and width."""

from pixembed.checks import check_choice, check_integer, check_positive

#: Where mean and deviation come from; None passes the grey levels on as they are.
STATISTICS = ("train", "image", "batch", "range", None)

#: Largest limit and scale: float32 holds every whole number up to here.
LARGEST_LIMIT = 2**24


def check_statistics(value):
    check_choice("statistics", value, STATISTICS)
    return value


def check_scale(value):
    check_positive("scale", value, LARGEST_LIMIT)
    return value


def check_limit(value):
    return check_integer("limit", value, 1, LARGEST_LIMIT)


def check_width(value):
    return check_integer("width", value, 1)
