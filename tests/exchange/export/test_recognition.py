"""Which files are taken for exports: whole tables under the headers of the schema, and nothing else."""

from __future__ import annotations

import pytest

from crmbook.exchange import ListWish, open_lots
from crmbook.schema import load_book

BOOK = load_book("lite", "zh")
TITLES = [
    one.title for one in BOOK.tables["transactions"].fields.values() if not (one.hidden and one.formula)
]
NAMES = [one.name for one in BOOK.tables["transactions"].fields.values() if not (one.hidden and one.formula)]
ENGLISH = [
    one.titles["en"]
    for one in BOOK.tables["transactions"].fields.values()
    if not (one.hidden and one.formula)
]


@pytest.mark.parametrize(
    ("headers", "table"),
    [
        (TITLES, "transactions"),
        (ENGLISH, "transactions"),
        (NAMES, "transactions"),
        ([*TITLES, "发票号"], "transactions"),
        (TITLES[:-1], ""),
        (TITLES[::-1], ""),
        ([*TITLES, "问题"], ""),
        (["姓名", "电话"], ""),
    ],
)
def test_a_list_is_an_export_by_all_headers_of_a_table_in_order(tmp_path, headers, table):
    path = tmp_path / "l.csv"
    path.write_text(f"{','.join(headers)}\n{','.join('1' for _ in headers)}\n", encoding="utf-8")
    (lot,) = open_lots(path, BOOK, (), ListWish())
    assert lot.sheet.table == table
