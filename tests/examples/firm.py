"""A firm among the examples: its workspace in a folder, its book built from the sample rows and synced, read again as frames.

Each firm is tried in both languages; where the second language costs more than it is likely to find, it is slow.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd

from crmbook.ooxml import Package
from crmbook.schema import load_book
from tests.cli.run import run, run_json
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = Path(__file__).parents[2] / "examples"
AS_OF = "2025-06-30"
DAY = ("--as-of", AS_OF)


@dataclass
class Firm:
    """A firm's folder, its book as the files have it now, and what its syncs told."""

    name: str
    lang: str
    folder: Path
    issues: list = field(default_factory=list)

    @property
    def path(self):
        return self.folder / "book.xlsx"

    @cached_property
    def book(self):
        return load_book(self.name, self.lang, self.folder)

    @cached_property
    def workbook(self):
        """The workbook with the values of its formulas, until the next sync."""
        return openpyxl.load_workbook(self.path, data_only=True)

    def sync(self, *options):
        """Sync the book, and return what was told of it."""
        code, told = run_json("sync", self.path, *DAY, *options)
        assert code < 2, told
        for known in ("book", "workbook"):
            self.__dict__.pop(known, None)
        assert lint(self.path.read_bytes()) == []
        self.issues = told["workbooks"][0]["issues"]
        return told

    def frame(self, table):
        """Return the rows of a table by their key, under machine names."""
        sheet = self.book.tables[table]
        titles = {one.title: name for name, one in sheet.fields.items()}
        lines = [[cell.value for cell in line] for line in self.workbook[sheet.title].iter_rows()]
        found = pd.DataFrame(lines[1:], columns=[titles.get(title, title) for title in lines[0]])
        return found.dropna(subset=[sheet.key]).set_index(sheet.key)

    def lines(self, table):
        """Return the cells of the sheet on which a table stands, line by line."""
        return list(self.workbook[self.sheet_of(table)].iter_rows(values_only=True))

    def sheet_of(self, table):
        """Return the title of the sheet on which a table stands: its own, or that of a page."""
        pages = [page.title for page in self.book.pages.values() if table in page.tables]
        return pages[0] if pages else self.book.tables[table].title

    def cell(self, name):
        """Return the value of a named cell of a page."""
        title = self.book.cells[name].title.replace(" ", "_")
        [(sheet, place)] = self.workbook.defined_names[title].destinations
        return self.workbook[sheet][place.replace("$", "")].value

    def words(self, name):
        """Return the words of a list by machine name."""
        return {value: entry.text for value, entry in self.book.lists[name].values.items()}  # noqa: PD011 - no frame

    def type(self, table, row, values: Mapping[str, object]):
        """Type values by machine name into a row of a table's sheet."""
        fields, title = self.book.tables[table].fields, self.sheet_of(table)
        columns = {
            cell.value: cell.column_letter
            for line in self.workbook[title].iter_rows(max_row=row)
            for cell in line
            if cell.value
        }
        package = Package.open(self.path)
        for name, value in values.items():
            package.sheet(title).set(f"{columns[fields[name].title]}{row}", value)
        package.save(self.path)

    def told_rows(self, table, label):
        """Return the keys of the rows of a table in which a field has an issue."""
        sheet = self.book.tables[table]
        keys = list(self.frame(table).index)
        cells = [
            cell
            for one in self.issues
            if one["field"] == label and one["table"] == sheet.name
            for cell in one["cells"]
        ]
        return {keys[int("".join(sign for sign in cell if sign.isdigit())) - 2] for cell in cells}

    def write(self, path, text):
        """Write a file of the workspace."""
        (self.folder / path).write_text(text, encoding="utf-8")

    def rewrite(self, path, old, new):
        """Change a text of a file of the workspace."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))


def sample(name, table, **dtype):
    """Return the sample rows of a firm's table as they stand in the file."""
    return pd.read_csv(EXAMPLES / name / "samples" / name / f"{table}.csv", dtype=dtype or None)


def open_firm(name, lang, folder):
    """Build a firm's book with its sample rows, sync it, and return it."""
    shutil.copytree(EXAMPLES / name, folder, dirs_exist_ok=True)
    firm = Firm(name, lang, folder)
    made = run("build", "-o", firm.path, "--template", name, "--sample", "--lang", lang)
    assert made.exit_code == 0, made.output
    assert AS_OF in made.output
    firm.sync()
    return firm


def is_blank(value):
    """Return whether a cell holds nothing that shows."""
    return value in {None, ""} or pd.isna(value)
