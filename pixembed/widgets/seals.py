"""How answers are kept from being read at a glance, and how they are opened."""

import base64
import json
from itertools import cycle
from typing import Any

#: How many bytes of a seal are its key, as in answers.js.
KEY_BYTES = 16


def seal(value: Any, key: bytes) -> str:
    """Returns a value as text that is not read at a glance.

    This is no secret: the key is the beginning of what is returned.

    Args:
        value: anything that JSON holds.
        key: 16 bytes or more, of which the first 16 count.

    Returns:
        str, ASCII.
    """
    key = key[:KEY_BYTES]
    text = json.dumps(value, ensure_ascii=False).encode()
    return base64.b64encode(key + _mixed(text, key)).decode()


def unseal(sealed: str) -> Any:
    """Returns the value that was sealed.

    Example:
        >>> unseal(seal({"answer": 14}, bytes(range(16))))
        {'answer': 14}
    """
    code = base64.b64decode(sealed)
    return json.loads(_mixed(code[KEY_BYTES:], code[:KEY_BYTES]))


def _mixed(text, key):
    return bytes(byte ^ other for byte, other in zip(text, cycle(key), strict=False))
