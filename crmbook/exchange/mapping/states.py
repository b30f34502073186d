"""The states of orders: what each says, alone or beside another: ``未发货，退款成功``, ``(删除)等待出库``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmbook.exchange.mapping.names import fold
from crmbook.exchange.mapping.series import changed
from crmbook.values import narrow, spell

if TYPE_CHECKING:
    from collections.abc import Mapping

_BETWEEN: Final = re.compile(r"[，,;；、/|()（）【】\[\]]")


def said_of(text: str) -> frozenset[str]:
    """Return a state and each of its parts, folded: it says all of them."""
    return frozenset(filter(None, map(fold, (text, *_BETWEEN.split(text)))))


def rows_where(frame: pd.DataFrame, texts: Mapping[str, tuple[str, ...]]) -> pd.Series:
    """Return which rows hold one of some texts under a header."""
    found = np.zeros(len(frame), dtype=bool)
    for header, wanted in texts.items():
        if header in frame.columns:
            known = {narrow(text).casefold() for text in wanted}
            holds = changed(frame[header], lambda raw: narrow(spell(raw)).casefold() in known)  # noqa: B023
            found |= np.equal(holds.to_numpy(), True)  # None where a cell is blank
    return pd.Series(found, index=frame.index)
