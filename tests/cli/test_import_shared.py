"""An import into a book that several people share: its role's copy, an owner's copy, a store in a folder or on a server."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest

from crmbook.ooxml import Package, refs
from crmbook.store import Store
from tests.cli.run import run
from tests.postgres import server_url

WORDS = ("--lang", "zh", "--as-of", "2024-03-01")
FIRST = "姓名,电话,负责人\n张三,13800138001,王芳\n李四,13800138002,李强\n"
NEXT = "姓名,电话,负责人,邮箱\n张三,13800138001,王芳,z@a.cn\n王五,13800138003,王芳,\n赵六,13800138004,李强,\n"
SHEET = "客户基本信息"


class Team:
    """A folder with a whole workbook, the copy of a role and that of one owner, and the store behind them."""

    def __init__(self, folder: Any, store: Any) -> None:
        self.folder, self.store = folder, store
        self.main, self.sales, self.wang = (folder / f"{name}.xlsx" for name in ("客户管理", "销售", "王芳"))
        self.bring("老客户.csv", FIRST)
        self.said("build", "-o", self.sales, "--role", "sales")
        self.said("build", "-o", self.wang, "--owner", "王芳")
        self.sync()

    def said(self, command: str, *words: Any, code: int = 0) -> str:
        done = run(command, *words, "--store", self.store, *WORDS)
        assert done.exit_code == code, done.output
        return str(done.output)

    def bring(self, name: str, text: str = "") -> str:
        if text:
            (self.folder / name).write_text(text, encoding="utf-8")
        return self.said("import", self.folder / name, "--into", self.folder, "--yes")

    def undo(self, code: int = 0) -> str:
        return self.said("import", "--undo", "--into", self.folder, code=code)

    def sync(self) -> None:
        self.said("sync", self.folder)

    def state(self) -> Any:
        with Store.open(self.store) as store:
            [record] = store.books()
            return store.head(record.book_id), store.conflicts(record.book_id)

    def rows(self, *labels: str) -> list[tuple[Any, ...]]:
        frame = self.state()[0].tables["customers"][list(labels)].astype(object)
        return [tuple(row) for row in frame.where(frame.notna(), None).to_numpy().tolist()]


def cells(path: Any) -> dict[tuple[str, str], tuple[str, Any]]:
    """Return reference and value of each cell of the customers, by name and header."""
    found = {
        refs.parse_cell(cell.ref): cell.value for cell in Package.open(path).sheet(SHEET).cells()
    }  # (row, column)
    top = {column: value.rstrip("*＊ ") for (row, column), value in found.items() if row == 1 and value}
    [at] = [column for column, header in top.items() if header == "姓名"]
    people = {row: str(value) for (row, column), value in found.items() if row > 1 and column == at and value}
    return {
        (name, header): (refs.reference(row, column), found.get((row, column)))
        for row, name in people.items()
        for column, header in top.items()
    }


def names(path: Any) -> list[str]:
    return list(dict.fromkeys(name for name, _ in cells(path)))


def type_into(path: Any, name: str, **values: Any) -> None:
    there, package = cells(path), Package.open(path)
    for header, value in values.items():
        package.sheet(SHEET).set(there[name, header][0], value)
    package.save(path)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    if request.param == "folder":
        yield tmp_path / ".crmbook"
        return
    url, name = server_url(), f"t{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["folder", "server"], indirect=True)
def test_lists_and_colleagues_go_together_in_every_copy(place, tmp_path):
    team = Team(tmp_path, place)
    # what waits in two copies, and the list, all arrive, each where it belongs
    type_into(team.wang, "张三", 职位="店长")
    type_into(team.sales, "李四", 公司名称="云帆")
    before = team.rows("name", "phone", "email", "owner")
    team.bring("新.csv", NEXT)
    assert team.rows("name", "position", "company", "email") == [
        ("张三", "店长", None, "z@a.cn"), ("李四", None, "云帆", None),
        ("王五", None, None, None), ("赵六", None, None, None),
    ]  # fmt: skip
    assert [names(path) for path in (team.main, team.sales, team.wang)] == [
        ["张三", "李四", "王五", "赵六"], ["张三", "李四", "王五", "赵六"], ["张三", "王五"],
    ]  # fmt: skip
    # twice is once
    revision = team.state()[0].revision
    assert "没有带来新内容" in team.bring("新.csv")
    assert team.state()[0].revision == revision
    # taken back: what colleagues did since stays, on an imported row as a conflict
    type_into(team.wang, "王五", 公司名称="远大")
    type_into(team.sales, "李四", 职位="经理")
    assert "已撤销导入 新.csv" in team.undo(code=1)
    assert team.rows("name", "position", "company", "email") == [
        ("张三", "店长", None, None), ("李四", "经理", "云帆", None), ("王五", None, "远大", None),
    ]  # fmt: skip
    [conflict] = team.state()[1]
    assert (conflict.table, conflict.labels, conflict.head) == ("customers", ("company",), ("远大",))
    team.sync()
    assert [names(path) for path in (team.main, team.sales, team.wang)] == [
        ["张三", "李四", "王五"], ["张三", "李四", "王五"], ["张三", "王五"],
    ]  # fmt: skip
    assert team.rows("name", "phone", "email", "owner")[:2] == before


@pytest.mark.slow
@pytest.mark.parametrize("place", ["folder", "server"], indirect=True)
def test_taken_back_at_once_the_head_is_the_one_before_cell_by_cell(place, tmp_path):
    team = Team(tmp_path, place)
    before = team.state()[0].tables
    shown = [cells(path) for path in (team.main, team.sales, team.wang)]
    team.bring("新.csv", NEXT)
    team.undo()
    after, conflicts = team.state()
    assert conflicts == []
    for name, frame in before.items():
        assert frame.equals(after.tables[name][list(frame.columns)]), name
    assert [cells(path) for path in (team.main, team.sales, team.wang)] == shown
