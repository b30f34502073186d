"""Names of places, with and without what they are: 广东 and 广东省, 朝阳 and 朝阳区, 延边 and 延边朝鲜族自治州."""

from __future__ import annotations

import re
from typing import Final

PLACE_RANK: Final = re.compile(
    r"省|市|新区|地区|林区|区|盟|特别行政区|[^省市区县州盟]{0,10}自治[区州县]|州|县"
)
"""What a place is, behind its name."""
_RANK_AT_END: Final = re.compile(r"(?<=..)(?:省|市|新区|区|县|州|盟)$")


def bare_place(label: str) -> str:
    """Return the name of a place without its rank; names of two signs are never cut: 广州, 忠县."""
    return _RANK_AT_END.sub("", label)


def is_place(label: str, text: str) -> bool:
    """Return whether a text is the name of the place that a list has as `label`; of two ranks both must say the same."""
    name = bare_place(label)
    rank = text.removeprefix(name)
    if not text.startswith(name) or not rank:
        return text == name
    return PLACE_RANK.fullmatch(rank) is not None and (label == name or rank[-1] == label[-1])
