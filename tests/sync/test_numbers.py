"""Numbers that sync gives: with a prefix, anew each year, never twice, in whatever copy a row is typed; names that are computed."""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest

from crmbook.schema import Layout, load_book
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.folders import kept_folder, write_files
from tests.ooxml_lint import lint
from tests.sync.shop import FILES, MAIN, OTHER, Sheet

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2024, 3, 1)
VISITS = """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: 拜访编号, en: Visit ID}, type: id, start: 5, format: 'V-000', required: true, unique: true}
  client_id: {title: {zh: 客户编号, en: Client ID}, type: ref, to: clients, required: true}
  number: {title: {zh: 单号, en: Number}, type: id, format: 'yyyy-0000'}
  on: {title: {zh: 日期, en: Date}, type: date}
  amount: {title: {zh: 金额, en: Amount}, type: number, min: 0}
"""
LABEL = '  label: {title: {zh: 称呼, en: Label}, type: text, formula: \'=[@name]&"（"&[@city]&"）"\'}\n'


@cache
def workspace() -> Path:
    clients = FILES["schemas/clients.yaml"].replace("name_field: name", "name_field: label") + LABEL
    files = {**FILES, "schemas/visits.yaml": VISITS, "schemas/clients.yaml": clients}
    return write_files(kept_folder(), files)


@cache
def book():
    return load_book("shop", "zh", workspace())


class Copy(Sheet):
    """A workbook of this book."""

    def place(self, table: str):
        return Layout(book()).tables[table]

    def typed(self, table: str) -> list[str]:
        return [field.name for field in book().tables[table].fields.values() if field.typed]

    def sync(self, *others: Sheet, day: date = DAY):
        paths = [self.path, *(other.path for other in others)]
        report = sync_workbooks(paths, Options(as_of=day, workspace=workspace()))
        assert all(lint(path.read_bytes()) == [] for path in paths)
        return report

    def numbers(self) -> dict[str, str]:
        return {row["visit_id"]: row["number"] for row in self.rows("visits", "visit_id", "number").values()}


@cache
def begun() -> Path:
    folder = kept_folder()
    clients = {"client_id": ["001", "002"], "name": ["甲店", "乙店"], "city": ["苏州", "无锡"]}
    frames = {
        "clients": table_frame(book().tables["clients"], clients),
        "visits": table_frame(book().tables["visits"], {}),
        "care": table_frame(book().tables["care"], {"client_id": ["001", "002"]}),
    }
    with Store.open(locate(folder)) as store:
        start_book(
            store,
            new_record(book(), workspace=workspace()),
            book(),
            frames,
            Wish(folder / MAIN, DAY, is_beside=True),
        )
    return folder


@pytest.fixture
def main(tmp_path):
    shutil.copytree(begun(), tmp_path, dirs_exist_ok=True)
    return Copy(tmp_path / MAIN)


def another(main, name=OTHER):
    with Store.open(locate(main.path.parent)) as store:
        [record] = store.books()
        check_out(store, record, book(), Wish(main.path.parent / name, DAY, is_beside=True))
    return Copy(main.path.parent / name)


def test_rows_of_two_copies_get_numbers_that_differ(main):
    other = another(main)
    for sheet in (main, other):
        for amount in (1, 2):
            sheet.add("visits", client_id="001", amount=amount)
    main.sync(other)
    main.sync(other)
    expected = {f"V-{5 + n:03d}": f"2024-{1 + n:04d}" for n in range(4)}
    assert main.numbers() == other.numbers() == expected


def test_each_year_begins_anew_and_goes_on_where_it_was(main):
    main.add("visits", client_id="001")
    main.sync()
    main.add("visits", client_id="001")
    main.sync(day=date(2025, 1, 2))
    main.add("visits", client_id="001")
    main.sync(day=date(2024, 12, 31))
    assert main.numbers() == {"V-005": "2024-0001", "V-006": "2025-0001", "V-007": "2024-0002"}


def test_the_number_of_a_deleted_row_never_comes_again(main):
    rows = [main.add("visits", client_id="001"), main.add("visits", client_id="002")]
    main.sync()
    main.clear("visits", rows[1])
    main.sync()
    main.add("visits", client_id="002")
    main.sync()
    assert main.numbers() == {"V-005": "2024-0001", "V-007": "2024-0003"}


def test_a_typed_number_is_padded_and_counted_on_from(main):
    main.add("visits", visit_id="v-9", client_id="001", number="2024-17")
    main.add("visits", client_id="001")
    main.sync()
    assert main.numbers() == {"V-009": "2024-17", "V-010": "2024-0018"}


def test_a_reference_may_be_typed_by_a_computed_name(main):
    row = main.add("visits", client_id="乙店（无锡）")
    [synced] = main.sync().workbooks
    assert main.value("visits", "client_id", row) == "002"
    assert [issue.code for issue in synced.issues] == ["check.reference-by-name"]
