"""A schema that changes under a book in use, with edits waiting and conflicts open in what it no longer has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.base import OWN
from crmbook.ooxml import Package
from tests.sync.shop import MAIN, OTHER, Shop, workspace

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.sync.pipeline import Report


class Changing:
    """The shop, with schemas of its own that a consultant changes."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder / "books")
        self.workspace = folder / "workspace"
        shutil.copytree(workspace(), self.workspace)

    def change(self, name: str, old: str, new: str) -> None:
        path = self.workspace / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")

    def remove_visits(self) -> None:
        """Take out the table of visits, and what counts them."""
        (self.workspace / "schemas/visits.yaml").unlink()
        self.change("templates/shop.yaml", "  - table: visits\n", "")
        path = self.workspace / "schemas/clients.yaml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "visits[" not in line), encoding="utf-8")

    def sync(self) -> Report:
        return self.shop.sync(workspace=self.workspace)


@pytest.fixture
def changing(tmp_path: Path) -> Changing:
    return Changing(tmp_path)


def quarrel(shop: Shop, table: str, **values: tuple[object, object]) -> None:
    """Let the first row's cells be changed by two people."""
    other = shop.check_out(OTHER)
    shop.main.type(table, 2, **{name: pair[0] for name, pair in values.items()})
    other.type(table, 2, **{name: pair[1] for name, pair in values.items()})
    shop.sync()
    assert len(shop.conflicts()) == len(values)


def sheets(shop: Shop, name: str = MAIN) -> list[str]:
    return [sheet.name for sheet in Package.open(shop.folder / name).sheets]


@pytest.mark.slow
def test_a_table_that_is_taken_out_leaves_its_sheet_and_no_conflict(changing):
    shop = changing.shop
    quarrel(shop, "visits", memo=("丁", "戊"))
    shop.main.type("visits", 3, memo="己")
    shop.main.type("clients", 3, area="浙江")
    changing.remove_visits()
    report = changing.sync()
    assert not any(synced.plan for synced in report.workbooks)
    assert shop.conflicts() == []
    assert not any(synced.conflicts for synced in report.workbooks)
    told = [
        params for synced in report.workbooks for code, params in synced.notes if code == "conflict.resting"
    ]
    assert told == [{"count": 1}]
    assert "拜访" in sheets(shop)
    assert shop.main.value("visits", "memo", 3) == "己"
    assert shop.by_key("clients", "area")["002"] == "浙江"
    again = changing.sync()
    assert not any(synced.written for synced in again.workbooks)
    assert not any("conflict.resting" in dict(synced.notes) for synced in again.workbooks)


@pytest.mark.slow
def test_what_was_in_conflict_in_a_table_is_asked_again_when_the_table_comes_back(changing):
    shop = changing.shop
    before = {path: path.read_bytes() for path in changing.workspace.rglob("*.yaml")}
    quarrel(shop, "visits", memo=("丁", "戊"))
    changing.remove_visits()
    changing.sync()
    for path, data in before.items():
        path.write_bytes(data)
    changing.sync()
    [conflict] = shop.conflicts()
    assert {conflict.head, conflict.file} == {("丁",), ("戊",)}


@pytest.mark.slow
def test_a_conflict_follows_its_field_to_a_new_name_and_can_be_settled_there(changing):
    shop = changing.shop
    quarrel(shop, "clients", phone=("13900000001", "13900000002"))
    changing.change("schemas/clients.yaml", "phone: {title: {zh: 电话", "mobile: {title: {zh: 电话")
    notes = [code for synced in changing.sync().workbooks for code, _ in synced.notes]
    assert "migrate.field-renamed" not in notes  # its title is the same: nobody sees a change
    [conflict] = shop.conflicts()
    assert (conflict.labels, conflict.head, conflict.file) == (
        ("mobile",),
        ("13900000001",),
        ("13900000002",),
    )
    shop.main.answer("conflicts", 0, decision="采用本簿")
    changing.sync()
    assert shop.conflicts() == []
    assert shop.by_key("clients", "mobile")["001"] == "13900000002"


@pytest.mark.slow
def test_a_conflict_about_a_field_that_is_taken_out_goes_with_it(changing):
    shop = changing.shop
    quarrel(shop, "clients", phone=("13900000001", "13900000002"))
    changing.change("schemas/clients.yaml", "  phone: {title: {zh: 电话, en: Telephone}, type: phone}\n", "")
    changing.sync()
    assert shop.conflicts() == []
    assert shop.by_key("clients", OWN + "电话")["001"] == "13900000001"


def test_another_theme_reaches_every_copy_and_is_told_of(changing):
    shop = changing.shop
    desk = shop.check_out(OTHER, role="desk")
    changing.sync()
    changing.change("templates/shop.yaml", "roles:\n", "theme: {accent: '#00AA00'}\nroles:\n")
    told = changing.sync().workbooks
    assert [[code for code, _ in synced.notes] for synced in told] == [["migrate.theme-changed"]] * 2
    for sheet in (shop.main, desk):
        header = openpyxl.load_workbook(sheet.path)[sheet.place("clients").sheet]["B1"]
        assert header.fill.fgColor.rgb == "FF00AA00"
    assert [list(again.notes) for again in changing.sync().workbooks] == [[], []]
