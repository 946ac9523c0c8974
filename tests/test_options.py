import json
import math
import re

import numpy as np
import pytest

from pixembed import options


@pytest.mark.parametrize(
    ("check", "given", "kept"),
    [
        (options.check_statistics, "range", "range"),
        (options.check_statistics, np.str_("image"), "image"),
        (options.check_statistics, None, None),
        (options.check_scale, 1000.0, 1000),
        (options.check_scale, np.float32(0.5), 0.5),
        (options.check_scale, np.int64(2**24), 2**24),
        (options.check_limit, 1, 1),
        (options.check_limit, np.uint16(1000), 1000),
        (options.check_limit, 2**24, 2**24),
        (options.check_width, np.int64(64), 64),
    ],
)
def test_what_is_kept_is_plain_python(check, given, kept):
    found = check(given)
    assert found == kept
    assert type(found) is type(kept)
    assert json.loads(json.dumps(found)) == kept


@pytest.mark.parametrize(
    ("name", "given", "error", "takes"),
    [
        ("statistics", "test", ValueError, "be one of"),
        ("statistics", 0, ValueError, "be one of"),
        ("statistics", np.zeros(2), ValueError, "be one of"),
        ("scale", 0, ValueError, "be greater than 0"),
        ("scale", math.nan, ValueError, "be at most 16777216"),
        ("scale", 10**400, ValueError, "be at most 16777216"),
        ("scale", "1", TypeError, "be a number"),
        ("limit", 2**24 + 1, ValueError, "lie in 1..16777216"),
        ("limit", 1.0, TypeError, "be an integer"),
        ("width", 0, ValueError, "be at least 1"),
        ("width", True, TypeError, "be an integer"),
    ],
)
def test_what_is_refused_is_named(name, given, error, takes):
    message = f"^{name} must {takes}.*Received: {re.escape(repr(given))}$"
    with pytest.raises(error, match=message):
        getattr(options, f"check_{name}")(given)
