"""What a person typed reaches a terminal as the characters it is: none of them is a command.

A terminal takes escape sequences that clear it, rename its window or hide what follows: a cell may hold all of these.
They are shown as the characters they are.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but tab and line feed, those that turn the direction of writing, and halves of characters."""


def visible(text: str) -> str:
    r"""Return a text with every character that a terminal would obey spelled as its code, such as ``\x1b``."""
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def visible_json(text: str) -> str:
    """Return JSON with the same characters spelled in JSON's own way: what it says stays."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
