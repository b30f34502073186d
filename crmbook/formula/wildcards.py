"""Excel's wildcards: ``*`` any text, ``?`` any one character, ``~`` takes the next of ``* ? ~`` as it is."""

from __future__ import annotations

import re
from functools import lru_cache

_SIGNS = re.compile(r"~([*?~])|([*?])|([^*?~]+|~)", re.DOTALL)


def has_wildcards(text: str) -> bool:
    """Tell whether a text must be matched as a pattern; an escaped sign also counts."""
    return "*" in text or "?" in text or "~" in text


@lru_cache(maxsize=4096)
def pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression of a text with wildcards, regardless of case.

    >>> bool(pattern("a*").fullmatch("Abc")), bool(pattern("~*").fullmatch("x"))
    (True, False)
    """
    return re.compile(
        "".join(_translate(match) for match in _SIGNS.finditer(text)), re.IGNORECASE | re.DOTALL
    )


def _translate(match: re.Match[str]) -> str:
    literal, sign, plain = match.groups()
    if sign:
        return ".*" if sign == "*" else "."
    return re.escape(literal or plain)
