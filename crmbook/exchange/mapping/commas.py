"""Numbers whose decimals follow a comma: what one cell leaves open, the others of its column say.

``99,90`` alone may be a slip. Below ``1.234,50``, or among other numbers with two digits behind a comma, it is a price as
half of the world writes it, and ``1.200`` beside it is twelve hundred.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

_BODY: Final = re.compile(r"[0-9][0-9.,]*+")
_COMMA: Final = re.compile(r"[0-9]++,(?:[0-9]{1,2}+|[0-9]{4,}+)")
_BOTH: Final = re.compile(r"[0-9]{1,3}+(?:\.[0-9]{3})++,[0-9]++")
_POINT: Final = re.compile(r"[0-9,]++\.(?:[0-9]{1,2}+|[0-9]{4,}+)|[0-9]{1,3}+(?:,[0-9]{3})++\.[0-9]++")
_GROUPS: Final = re.compile(r"[0-9]{1,3}+(?:,[0-9]{3}){2,}+")
_FEWEST: Final = 2


def decimals_follow_commas(raws: Iterable[Any]) -> bool:
    """Return whether the texts of a column show that decimals follow a comma there, and none shows the contrary."""
    bodies = [
        found[0] for raw in raws if isinstance(raw, str) and (found := _BODY.search(narrow(raw))) is not None
    ]
    if any(_POINT.fullmatch(body) or _GROUPS.fullmatch(body) for body in bodies):
        return False
    commas = sum(_COMMA.fullmatch(body) is not None for body in bodies)
    if any(_BOTH.fullmatch(body) for body in bodies):
        return True
    return commas >= _FEWEST and commas * 2 >= len(bodies)


def with_point(raw: Any) -> Any:
    """Return a number whose decimals follow a comma with a point before them; any other cell as it stands."""
    if not isinstance(raw, str):
        return raw
    return _BODY.sub(lambda found: found[0].replace(".", "").replace(",", "."), narrow(raw), count=1)
