"""A table whose rows get ids of their own, so that one client can have several: filled books follow at their next sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from crmbook.read import read_workbook
from crmbook.schema import load_book
from tests.cli.run import run, run_json
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.read import Snapshot

CLIENTS = ("甲", "乙", "丙", "丁")
OLD = """\
table: losses
title: {zh: 流失, en: Losses}
key: customer_id
fields:
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers, required: true, unique: true}
  lost_on: {title: {zh: 流失日期, en: Lost on}, type: date}
  reason: {title: {zh: 原因, en: Reason}, type: text}
  size: {title: {zh: 长度, en: Size}, type: integer, formula: '=LEN([@reason])'}
"""
# The role's copy lacks the reason, so that sync keeps the size there; in the new schema it is a live formula.
_ID = "loss_id: {title: {zh: 流失编号, en: Loss ID}, type: id, start: 501, required: true, unique: true}"
NEW = (
    OLD.replace("LEN([@reason])", "LEN([@customer_id])")
    .replace("key: customer_id", "key: loss_id")
    .replace(", unique: true", "")
    .replace("fields:\n", f"fields:\n  {_ID}\n")
)
TEMPLATE = """\
template: shop
title: {zh: 小店, en: Shop}
roles:
  desk:
    title: {zh: 前台, en: Desk}
    sheets: [{page: guide}, customers, {table: losses, hide: [reason]}, {page: issues}, {page: conflicts}]
sheets:
  - page: guide
  - {table: customers, fields: [customer_id, name, owner]}
  - table: losses
  - page: dictionary
  - page: issues
  - page: conflicts
"""
HEADERS = {
    "zh": {"table": "流失", "client": "客户ID", "reason": "原因", "customers": "客户基本信息", "name": "姓名", "owner": "负责人"},
    "en": {"table": "Losses", "client": "Customer ID", "reason": "Reason", "customers": "Customers", "name": "Name", "owner": "Owner"},
}  # fmt: skip


class Firm:
    """Three working copies of one book: the whole, one owner's, one role's."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.lang, self.words = lang, HEADERS[lang]
        self.space = folder / "space"
        self.write("schemas/losses.yaml", OLD)
        self.write("templates/shop.yaml", TEMPLATE)
        self.paths = {name: folder / f"{name}.xlsx" for name in ("whole", "owner", "desk")}
        self.run("build", "-o", self.paths["whole"], "--template", "shop", "--lang", lang)
        for row, name in enumerate(CLIENTS, 2):
            self.type("whole", self.words["customers"], row, name=name, owner="王芳" if row % 2 else "李强")
        self.sync("whole")
        for row, key in enumerate(("003", "001", "002"), 2):
            self.type("whole", self.words["table"], row, client=key, reason=f"旧 {key}")
        self.sync("whole")
        self.run("build", "-o", self.paths["owner"], "--owner", "王芳")
        self.run("build", "-o", self.paths["desk"], "--role", "desk")

    def write(self, name: str, text: str) -> None:
        (self.space / name).parent.mkdir(parents=True, exist_ok=True)
        (self.space / name).write_text(text, encoding="utf-8")

    def run(self, command: str, *args: object) -> None:
        done = run(command, *args, "--workspace", self.space)
        assert done.exit_code in {0, 1}, done.output

    def sync(self, *names: str) -> list[dict[str, object]]:
        paths = [self.paths[name] for name in names or self.paths]
        _, told = run_json("sync", *paths, "--workspace", self.space)
        assert told["failures"] == []
        assert [lint(path.read_bytes()) for path in paths] == [[]] * len(paths)
        books: list[dict[str, object]] = told["workbooks"]
        return books

    def type(self, copy: str, title: str, row: int, **values: str) -> None:
        package = Package.open(self.paths[copy])
        sheet = package.sheet(title)
        columns = {cell.value: cell.ref.rstrip("1") for cell in sheet.cells(rows={1})}
        for word, value in values.items():
            sheet.set(f"{columns[self.words[word]]}{row}", value)
        package.save(self.paths[copy])

    def rows(self, name: str, *fields: str) -> list[tuple[object, ...]]:
        book = load_book("shop", self.lang, self.space)
        snapshot: Snapshot = read_workbook(self.paths[name].read_bytes(), book)
        frame = snapshot.tables["losses"].frame
        there = frame[[one for one in fields if one in frame]]
        return [tuple(row) for row in there.to_numpy().tolist() if any(row)]


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rows_get_their_ids_and_keep_what_people_typed(tmp_path: Path, lang: str) -> None:
    firm = Firm(tmp_path, lang)
    firm.type("whole", firm.words["table"], 2, reason="改 003")
    firm.type("whole", firm.words["table"], 5, client="004", reason="新 004")
    firm.type("owner", firm.words["table"], 2, reason="改 002")
    firm.write("schemas/losses.yaml", NEW)
    told = firm.sync()
    assert all(book["conflicts"] == [] for book in told)
    reasons = {change["reason"] for book in told for change in book["changes"]}  # type: ignore[attr-defined]
    assert "restored" not in reasons
    assert "migrate.key-changed" in {note["code"] for book in told for note in book["notes"]}  # type: ignore[attr-defined]
    rows = [
        ("501", "003", "改 003"),
        ("502", "001", "旧 001"),
        ("503", "002", "改 002"),
        ("504", "004", "新 004"),
    ]
    assert firm.rows("whole", "loss_id", "customer_id", "reason") == rows
    assert firm.rows("desk", "loss_id", "customer_id") == [row[:2] for row in rows]
    kept = firm.rows("owner", "loss_id", "customer_id", "reason")
    assert kept == [row for row in rows if row in kept]
    assert ("503", "002", "改 002") in kept
    data = {name: path.read_bytes() for name, path in firm.paths.items()}
    for _ in range(2):
        firm.sync()
        assert {name: path.read_bytes() for name, path in firm.paths.items()} == data


@pytest.mark.slow
def test_a_client_can_have_two_rows_then_and_the_first_can_come_back(tmp_path: Path) -> None:
    firm = Firm(tmp_path, "zh")
    firm.write("schemas/losses.yaml", NEW)
    firm.sync()
    firm.type("desk", "流失", 5, client="003")
    firm.sync()
    rows = [("501", "003"), ("502", "001"), ("503", "002"), ("504", "003")]
    assert firm.rows("whole", "loss_id", "customer_id") == rows
    _, told = run_json(
        "history", firm.paths["whole"], "--workspace", firm.space, "--table", "流失", "--key", "501"
    )
    assert {change["key"] for one in told["revisions"] for change in one["changes"]} == {"501"}
    _, told = run_json("restore", firm.paths["whole"], "--to", "1", "--workspace", firm.space)
    assert told["error"]["code"] == "restore.schema-between"
    assert firm.rows("whole", "loss_id", "customer_id") == rows
