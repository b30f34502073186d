"""Workbooks of the small shop as programs saved them that are not installed everywhere.

``python -m tests.programs.recorded`` records them anew, where the programs are: after a change of what a workbook
looks like. All but the stamp is the same in every shop; `as_of_shop` puts in that of the shop at hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.build.identity import read_stamp
from crmbook.ooxml import Package
from tests.programs.markup import Parts

if TYPE_CHECKING:
    from tests.sync.shop import Shop

HERE = Path(__file__).parent
RECORDED = ("gnumeric",)
EDIT = ("clients", 3, "notes", "改过的备注")
"""Table, row, field and text of the one edit in them."""


def type_edit(shop: Shop) -> None:
    table, row, field, text = EDIT
    shop.main.type(table, row, **{field: text})


RENAMED = {"提醒": "警告"}
"""What lists called their values when the files were kept, and call them today: a migration would rename them."""


def as_of_shop(program: str, shop: Shop) -> bytes:
    """Return what a program saved of a shop's workbook, in which an edit was typed."""
    path = shop.folder.parent / f"{program}.xlsx"
    path.write_bytes((HERE / f"{program}.xlsx").read_bytes())
    old, new = (read_stamp(Package.open(one)) for one in (path, shop.main.path))
    assert old is not None
    assert new is not None
    parts = Parts(path)
    for name in ("docProps/custom.xml", "xl/workbook.xml"):
        for one in ("book_id", "workbook_id", "store", "fingerprint"):
            was, now = (getattr(stamp, one).encode() for stamp in (old, new))
            parts.data[name] = re.sub(re.escape(was), now, parts.data[name])
    texts = "xl/sharedStrings.xml"
    for was, now in RENAMED.items():
        parts.data[texts] = parts.data[texts].replace(f">{was}<".encode(), f">{now}<".encode())
    parts.save()
    return path.read_bytes()
