"""Sheets that a second process reads are the same as those that are read here, and read here where none come."""

from __future__ import annotations

import io
import zipfile

import pytest

import crmbook.sync.pipeline
from crmbook.base.companion import Companion
from crmbook.ooxml import Package
from crmbook.read.apart import serve, share
from crmbook.read.content import Content
from crmbook.read.values import Values
from tests.books import built
from tests.desk import Desk, moved, settled

READING = "crmbook.read.apart:serve"


class _Recorder:
    """A companion that counts what came."""

    def __init__(self, companion):
        self._companion = companion
        self.end = companion.end
        self.taken = []

    def receive(self):
        item = self._companion.receive()
        if item:
            self.taken.append(item[0])
        return item


def _told(data, companion=None):
    package = Package.open(data)
    values = Values(package, data, companion=companion)
    told = {}
    for sheet in [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]:
        grid, hidden = values.grid(sheet), values.hidden(sheet)
        formulas = {column: rows.tolist() for column, rows in hidden.formulas.items()}
        cells = {column: grid.column(column, 0, grid.height).tolist() for column in range(grid.width)}
        told[sheet] = (cells, grid.height, grid.total, formulas, hidden.unreadable)
    return told, Content(package, values).digest


def test_what_is_read_apart_is_the_same():
    data = built().data
    companion = _Recorder(Companion(READING, data))
    assert _told(data, companion) == _told(data)
    assert companion.taken == list(share(Package.open(data)))


@pytest.mark.sample(1)
@pytest.mark.parametrize("other", [b"", b"no workbook"])
def test_where_nothing_comes_the_sheets_are_read_here(other):
    data = built().data
    assert _told(data, Companion(READING, other)) == _told(data)


def test_a_sheet_that_is_not_plain_is_read_here():
    package = Package.open(built().data)
    title = share(package)[0]
    odd = _with_a_note(package.to_bytes(), package.sheet(title).info.part)
    assert dict(serve(odd))[title] is None
    assert _told(odd, Companion(READING, odd)) == _told(odd)


def _with_a_note(data, part):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                content = content.replace(b"</sheetData>", b"<!-- a note --></sheetData>")
            new.writestr(name, content)
    return out.getvalue()


def test_the_share_leaves_something_for_each():
    package = Package.open(built().data)
    titles = [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]
    sizes = {sheet.name: package.parts.size(sheet.part) for sheet in package.sheets}
    apart = share(package)
    assert 0 < len(apart) < len(titles)
    assert 0.3 < sum(sizes[title] for title in apart) / sum(sizes[title] for title in titles) < 0.7


@pytest.mark.slow
def test_a_sync_with_it_leaves_the_same_file(tmp_path, monkeypatch):
    home, one, other = (tmp_path / name for name in ("home", "one", "other"))
    home.mkdir()
    settled(home)
    files = []
    for folder, large in ((one, 0), (other, 1 << 60)):
        desk = Desk(moved(home, folder))
        desk.type("customers", desk.place("customers").first_row, notes="已回访")
        desk.type("customers", desk.place("customers").first_row + 1, age="三十")
        monkeypatch.setattr(crmbook.sync.pipeline, "_LARGE", large)
        assert desk.sync().written
        files.append(_told(desk.path.read_bytes()))
    assert files[0] == files[1]
