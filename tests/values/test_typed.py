"""What people type, and what becomes of it: ``typed.csv`` typed into real workbooks and synced once.

A line names the field, what was typed (``num:5`` is a number, not a text) and, for a Chinese and an English book,
what stands in the cell afterwards. ``!code`` behind a value is what is said about it; ``!code`` alone means that it
was not understood: then the cell keeps every byte it had.
"""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.schema.recompute import table_frame
from crmbook.sync.pipeline import sync_workbook
from crmbook.values.text import spell
from tests.folders import kept_folder, write_files

if TYPE_CHECKING:
    from crmbook.schema import Book
    from crmbook.sync.outcome import Synced

DAY = date(2023, 4, 1)
LANGUAGES = ("zh", "en")
FILES = {
    "schemas/people.yaml": """\
table: people
title: {zh: 人员, en: People}
key: person_id
name_field: name
fields:
  person_id: {title: {zh: 人员编号, en: Person ID}, type: id, start: 1, format: '000', required: true, unique: true}
  name: {title: {zh: 姓名, en: Name}, type: text}
""",
    "schemas/typed.yaml": """\
table: typed
title: {zh: 录入, en: Typed}
key: entry_id
fields:
  entry_id: {title: {zh: 录入编号, en: Entry ID}, type: id, start: 1001, required: true, unique: true}
  phone: {title: {zh: 电话, en: Telephone}, type: phone, severity: warning}
  email: {title: {zh: 邮箱, en: E-mail}, type: email, severity: warning}
  url: {title: {zh: 网址, en: Web address}, type: url}
  day: {title: {zh: 日期, en: Date}, type: date}
  moment: {title: {zh: 时刻, en: Moment}, type: datetime}
  amount: {title: {zh: 金额, en: Amount}, type: money}
  count: {title: {zh: 频率, en: Frequency}, type: number, format: '0"次/年"'}
  whole: {title: {zh: 件数, en: Pieces}, type: integer}
  share: {title: {zh: 比例, en: Share}, type: percent}
  stars: {title: {zh: 评分, en: Rating}, type: rating}
  level: {title: {zh: 级别, en: Level}, type: enum, list: level}
  agreed: {title: {zh: 同意, en: Agreed}, type: enum, list: agreed}
  person: {title: {zh: 人, en: Person}, type: ref, to: people}
  words: {title: {zh: 文字, en: Words}, type: long_text}
  code: {title: {zh: 信用代码, en: Company code}, type: company_code}
  citizen: {title: {zh: 身份证号, en: Identity number}, type: national_id, personal: true}
""",
    "templates/typed.yaml": """\
template: typed
title: {zh: 录入, en: Typed}
lists:
  level:
    title: {zh: 级别, en: Level}
    values: {high: {zh: 高, en: High}, medium: {zh: 中, en: Medium}, low: {zh: 低, en: Low}}
  agreed:
    title: {zh: 同意, en: Agreed}
    values: {agrees: {zh: 是, en: 'Yes'}, refuses: {zh: 否, en: 'No'}}
sheets:
  - page: guide
  - table: people
  - table: typed
  - page: dictionary
  - page: issues
  - page: conflicts
""",
}


@dataclass(frozen=True)
class Line:
    """A line of the file."""

    row: int
    field: str
    typed: str
    zh: str
    en: str

    @property
    def raw(self) -> str | float:
        number = self.typed.removeprefix("num:")
        return self.typed if number == self.typed else float(number)

    def wanted(self, lang: str) -> tuple[str | None, str]:
        """Return what the cell shows afterwards (None: what it did before) and the code of what is said."""
        value, mark, code = (self.zh if lang == "zh" else self.en).partition("!")
        return (None if mark and not value else value.rstrip(" ") if mark else value), code


@dataclass(frozen=True)
class Typed:
    """A workbook before and after the sync that read it."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    values: dict[str, Any]
    codes: dict[str, list[str]]
    columns: dict[str, str]


def lines() -> list[Line]:
    with Path(__file__).with_name("typed.csv").open(encoding="utf-8", newline="") as file:
        return [Line(row, **line) for row, line in enumerate(csv.DictReader(file), start=2)]


@cache
def workspace() -> Path:
    """Return the folder with the schemas of the book."""
    return write_files(kept_folder(), FILES)


@cache
def synced(lang: str) -> Typed:
    """Type every line into the workbook of a language, each into its own row, and sync it."""
    folder = workspace()
    book = load_book("typed", "zh" if lang == "zh" else "en", folder)
    (folder / lang).mkdir()
    path = folder / lang / "book.xlsx"
    path.write_bytes(build_workbook(book, _frames(book), DAY, Stamp("book-1", "workbook-1")).data)
    place = Layout(book).tables["typed"]
    assert place.first_row == 2
    columns = {name: column.letter for name, column in place.columns.items()}
    package = Package.open(path)
    for line in lines():
        package.sheet(place.sheet).set(f"{columns[line.field]}{line.row}", line.raw)
    package.save(path)
    before = _cells(path, place.sheet)
    result = sync_workbook(path, DAY, folder)
    shown = {cell.ref: cell.value for cell in Package.open(path).sheet(place.sheet).cells()}
    return Typed(before, _cells(path, place.sheet), shown, _codes(result, place.sheet), columns)


def _frames(book: Book) -> dict[str, Any]:
    count = len(lines())
    people = {"person_id": ["001", "002", "003"], "name": ["张三", "李四", "王芳"]}
    typed = {"entry_id": [str(1001 + number) for number in range(count)]}
    return {
        name: table_frame(book.tables[name], cells)
        for name, cells in {"people": people, "typed": typed}.items()
    }


def _cells(path: Path, sheet: str) -> dict[str, bytes]:
    """Return the markup of each cell by its place; texts are shared, and shared texts keep their numbers."""
    with zipfile.ZipFile(path) as archive:
        markup = archive.read(Package.open(path).sheet(sheet).info.part)
    return {
        found[1].decode(): found[0]
        for found in re.finditer(rb'<c r="([A-Z]+[0-9]+)"[^>]*?(?:/>|>.*?</c>)', markup, re.DOTALL)
    }


def _codes(result: Synced, sheet: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for issue in result.issues:
        if issue.location.sheet == sheet:
            for cell in issue.cells or (issue.location.cell,):
                found.setdefault(cell, []).append(issue.code)
    return found


@pytest.mark.sample(15)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("field", dict.fromkeys(line.field for line in lines()))
def test_what_is_typed_becomes_what_the_table_says(field: str, lang: str) -> None:
    typed = synced(lang)
    wrong = {}
    for line in lines():
        if line.field == field:
            ref = f"{typed.columns[field]}{line.row}"
            value, code = line.wanted(lang)
            kept = typed.after[ref] == typed.before[ref]
            became = None if kept and value is None else _shown(typed.values[ref])
            said = typed.codes.get(ref, [])
            if (became, said) != (value, [code] * bool(code)):
                wrong[line.typed] = (became, said, "kept" if kept else "written")
    assert wrong == {}


def _shown(value: object) -> str:
    """Return what a cell shows: a moment at midnight is one all the same."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else spell(value)


def test_the_table_is_long_and_says_what_is_not_understood() -> None:
    many = lines()
    assert len(many) >= 400
    assert sum(line.wanted("zh")[0] is None for line in many) > 100
