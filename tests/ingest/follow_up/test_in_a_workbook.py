"""Typed into a real workbook, identified, merged and followed up: what comes to stand in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from crmbook.check import check_cells, resolve_pending
from crmbook.ingest import Counting
from crmbook.ingest.assign import assign_keys
from crmbook.ingest.follow_up import follow
from crmbook.ingest.identify import identify, state_frames
from crmbook.merge import merge_table
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from tests.books import built
from tests.desk import Desk
from tests.ingest.follow_up.states import BOOK, DAY, keys, same

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass
class Shelf:
    """What a store would hold of one book with one workbook."""

    path: Path
    image: dict[str, pd.DataFrame] | None = None
    head: dict[str, pd.DataFrame] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)

    def take_in(self) -> dict[str, pd.DataFrame]:
        snapshot = read_workbook(self.path, BOOK)
        checked = check_cells(BOOK, snapshot, DAY)
        identity = identify(BOOK, snapshot, checked, self.image, self.head, {}, self.counters)
        counters = assign_keys(BOOK, snapshot, checked, identity, Counting(identity.counters, DAY))
        resolve_pending(BOOK, snapshot, checked)
        file, unknown = state_frames(BOOK, snapshot, checked, identity)
        head = self.head or file
        merged = {name: self._merged(name, head[name], frame, unknown) for name, frame in file.items()}
        followed = follow(BOOK, merged, head, counters, DAY)
        self.image, self.head, self.counters = file, followed.tables, followed.counters
        self.codes = [issue.code for issue in identity.issues] + [note.code for note in followed.notes]
        return self.head

    def _merged(self, name, head, file, unknown):
        cells = {label: rows for (table, label), rows in unknown.items() if table == name}
        return merge_table(self.image[name] if self.image else head, head, file, unknown=cells).frame


@pytest.fixture
def desk(tmp_path):
    path = tmp_path / "crm.xlsx"
    path.write_bytes(built().data)
    return Desk(path)


def test_rule_01_nothing_typed_is_nothing_new(desk):
    shelf = Shelf(desk.path)
    first = shelf.take_in()
    assert shelf.codes == []
    assert same(shelf.take_in(), first)
    assert shelf.codes == []


def test_a_prospect_typed_today_is_a_customer_in_the_same_sync(desk):
    shelf = Shelf(desk.path)
    shelf.take_in()
    desk.type("prospects", 4, name="李雷", contact="13800000001", advance="是")
    desk.type("customers", 4, name="韩梅梅", phone="13800000002")
    desk.type("transactions", 4, customer_id="韩梅梅", amount=5)
    head = shelf.take_in()
    assert keys(head, "customers") == ["001", "002", "003", "004"]
    assert head["customers"]["name"].tolist()[2:] == ["韩梅梅", "李雷"]
    assert keys(head, "evaluation")[-1] == keys(head, "prospects")[-1] == "004"
    assert head["transactions"]["customer_id"].iloc[-1] == "003"
    assert head["loyalty"]["customer_id"].tolist() == ["001", "002", "003", "004"]


def test_rule_02_sorting_only_what_can_be_seen_is_said_and_changes_nothing(desk):
    shelf = Shelf(desk.path)
    first = shelf.take_in()
    place, package = desk.place("customers"), Package.open(desk.path)
    sheet = package.sheet(place.sheet)
    typed = [name for name, target in BOOK.tables["customers"].fields.items() if target.typed]
    for name in typed:
        upper, lower = (sheet.cell(desk.ref("customers", name, row)).value for row in (2, 3))
        sheet.set(desk.ref("customers", name, 2), lower)
        sheet.set(desk.ref("customers", name, 3), upper)
    package.save(desk.path)
    assert shelf.take_in()["customers"].index.tolist() == first["customers"].index.tolist()
    assert same(shelf.head, first)
    assert shelf.codes == ["identify.rematched"]


def test_rule_03_a_row_copied_with_its_hidden_cells_is_a_new_row(desk):
    shelf = Shelf(desk.path)
    shelf.take_in()
    package = Package.open(desk.path)
    sheet = package.sheet(desk.place("transactions").sheet)
    for name in (*BOOK.tables["transactions"].fields, "row_id"):
        if name == "row_id" or not BOOK.tables["transactions"].fields[name].formula:
            sheet.set(desk.ref("transactions", name, 4), sheet.cell(desk.ref("transactions", name, 2)).value)
    package.save(desk.path)
    desk.type("transactions", 4, transaction_id=None, amount=77)
    head = shelf.take_in()
    assert shelf.codes == ["identify.copied"]
    assert keys(head, "transactions") == ["1001", "1002", "1003"]
    assert head["transactions"]["amount"].iloc[-1] == 77
