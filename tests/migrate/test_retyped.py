"""A field of another type: what its cells hold is read as if typed for the new one, numbers never as days.

Whatever is no value of the new type stays in its cell, readable, and the check of the next sync marks it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.base import OWN
from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.check import check_cells
from crmbook.merge import plain
from crmbook.migrate import SchemaChangeKind, describe_schema, migrate_state, plan
from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame
from tests.migrate.filled import DAY, ROWS, carried, shop

if TYPE_CHECKING:
    from crmbook.schema import Book


def book_with(kind: str) -> Book:
    text = (
        "table: customers\nfields: {built: {title: {zh: 建成, en: Built}, type: " + kind + ", after: name}}\n"
    )
    return shop({"schemas/more.yaml": text})


def retyped(old: str, value: Any, new: str) -> tuple[Any, Any, Any, list[str]]:
    """Return what the cell holds after the change of type, what is read there and kept, and the codes of issues."""
    before = book_with(old)
    cells = {name: dict(columns) for name, columns in ROWS.items()}
    cells["customers"]["built"] = [value, None, None]
    frames = {name: table_frame(before.tables[name], columns) for name, columns in cells.items()}
    data = build_workbook(before, frames, DAY, Stamp("book-1", "workbook-1")).data
    migration = plan(describe_schema(before), book_with(new))
    new_data, snapshot = carried(data, migration)
    found = snapshot.tables["customers"]
    cell = Package.open(new_data).sheet(found.sheet).cell(f"{found.columns['built'].letter}2")
    checked = check_cells(migration.book, snapshot, DAY)
    frame = checked.frames["customers"]
    states = migrate_state(migration, frames)["customers"]
    codes = [one.code for one in checked.issues if one.table == "customers" and one.field_name == "built"]
    state, read = (plain(one["built"].to_numpy())[0] for one in (states, frame))
    assert str(state) == str(read)
    own = states.get(OWN + "建成（原值）")
    read = read.date() if isinstance(read, datetime) else read
    return cell.value, read, None if own is None else own.tolist()[0], codes


@pytest.mark.sample(1)
@pytest.mark.parametrize("new", ["date", "datetime"])
@pytest.mark.parametrize(
    ("old", "value", "shown"),
    [
        ("integer", 1986, "1986"),
        ("integer", 44931, "44,931"),
        ("money", 12000.0, "12,000"),
        ("number", 45000.5, "45000.5"),
        ("percent", 0.5, "50%"),
        ("rating", 4, "4"),
    ],
)
def test_a_number_is_never_taken_for_the_serial_of_a_day(new, old, value, shown):
    cell, read, kept, codes = retyped(old, value, new)
    assert cell == shown
    assert read is None
    assert kept == shown
    assert codes


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("old", "value", "new", "cell", "read", "kept"),
    [
        ("integer", 20240105, "date", date(2024, 1, 5), date(2024, 1, 5), None),
        ("text", "1986年5月1日", "date", date(1986, 5, 1), date(1986, 5, 1), None),
        ("text", "1986", "date", "1986", None, "1986"),
        ("date", date(2024, 1, 5), "integer", date(2024, 1, 5), None, "2024-01-05"),
        ("date", date(2024, 1, 5), "text", "2024-01-05", "2024-01-05", None),
        ("datetime", datetime.fromisoformat("2024-01-05 08:30"), "text", "2024-01-05 08:30:00", "2024-01-05 08:30:00", None),
        ("integer", 2, "boolean", 2, None, "2"),
        ("boolean", True, "integer", True, None, "是"),
        ("boolean", True, "date", "是", None, "是"),
        ("integer", 7, "text", "7", "7", None),
        ("percent", 0.5, "number", 0.5, 0.5, None),
    ],
)  # fmt: skip
def test_what_is_no_value_of_the_new_type_stays_and_is_marked(old, value, new, cell, read, kept):
    found = retyped(old, value, new)
    assert found[:3] == (cell, read, kept)
    assert bool(found[3]) == (kept is not None)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("change", "lang", "told"),
    [
        ("birth_date: {type: datetime}", "zh", "由“日期”改为“日期时间”"),
        ("birth_date: {type: datetime}", "en", "is of the type “Date and time” now, no longer “Date”"),
        ("source: {list: industry}", "zh", "可选的内容改了来源"),
        ("source: {list: industry}", "en", "takes its values from another list"),
    ],
)
def test_what_is_told_of_a_type_are_words_of_the_dictionary(tmp_path, change, lang, told):
    table = "customers" if "birth_date" in change else "prospects"
    (tmp_path / "schemas").mkdir()
    text = f"table: {table}\nfields: {{{change}}}\n"
    (tmp_path / "schemas" / "mine.yaml").write_text(text, encoding="utf-8")
    migration = plan(describe_schema(load_book("standard", lang)), load_book("standard", lang, tmp_path))
    [one] = migration.of(SchemaChangeKind.TYPE_CHANGED)
    assert told in one.text(lang)
