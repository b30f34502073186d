"""A row for each of the people of a cell, where somebody wants that."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest

from crmbook.exchange.mapping import (
    from_yaml,
    propose,
    row_in_file,
    row_name,
    row_number,
    to_yaml,
    with_each_person,
)
from crmbook.exchange.mapping.splits import fitting_split
from crmbook.exchange.sources import SourceLayout
from crmbook.ooxml import Package
from crmbook.store import Store, locate
from tests.cli.run import run
from tests.exchange.mapping.lists import book, make_list

LIST = """姓名 | 电话 | 公司 | 销售机会金额 | 邮箱
钱七 | 13800000009 | 云帆 | 1 | q@a.cn
张三、李四 | 010-62345678 | 星河科技 | 5000 | z@a.cn"""


def parted(text, template="standard"):
    sheet = make_list(text)
    mapping = propose(book(template), sheet)
    rules = [replace(rule, split="people") if rule.header == "姓名" else rule for rule in mapping.columns]
    return with_each_person(book(template), replace(mapping, columns=rules), sheet)


def lines(sheet) -> list[tuple[Any, ...]]:
    return [
        tuple(None if cell != cell else cell for cell in line) for line in sheet.frame.itertuples(index=False)
    ]


def test_each_has_a_row_with_the_company_and_the_first_keeps_what_is_the_firsts():
    sheet = parted(LIST)
    assert list(map(row_name, sheet.frame.index)) == [2, 3, "3+1"]
    assert lines(sheet)[1:] == [
        ("张三", "010-62345678", "星河科技", "5000", "z@a.cn"),
        ("李四", None, "星河科技", None, None),
    ]


@pytest.mark.parametrize(
    ("names", "phones", "rows"),
    [
        ("张三/李四", "13800000001/13800000002", [("张三", "13800000001"), ("李四", "13800000002")]),
        ("张三、李四、王五", "13800000001、13800000002", [("张三", "13800000001、13800000002"), ("李四", None), ("王五", None)]),
        ("张三13800000001、李四13800000002", "", [("张三 13800000001", None), ("李四 13800000002", None)]),
        ("张三和李四", "010-62345678转801、802", [("张三", "010-62345678转801"), ("李四", "010-62345678转802")]),
        ("王五、赵六（采购）", "13800000001", [("王五", "13800000001"), ("赵六（采购）", None)]),
        ("星河、云帆科技有限公司", "13800000001", [("星河、云帆科技有限公司", "13800000001")]),
    ],
)  # fmt: skip
def test_telephones_are_each_persons_where_there_are_as_many(names, phones, rows):
    sheet = parted(f"姓名 | 电话\n甲乙丙 | 13800000009\n{names} | {phones}")
    assert lines(sheet)[1:] == [(name, phone or None) for name, phone in rows]


def test_a_list_stays_as_it_is_where_nobody_wants_that():
    sheet = make_list(LIST)
    assert with_each_person(book(), propose(book(), sheet), sheet) is sheet


def test_the_name_of_a_row_says_which_it_is():
    for row in parted(LIST).frame.index:
        assert row_number(str(row_name(row))) == row
        assert row_in_file(row) in {2, 3}
    assert [row_number(text) for text in ("", "x", "+1", "5+", "5+x")] == [None] * 5


def test_only_the_names_of_a_tables_people_can_be_parted_so():
    fields = book().tables["customers"].fields
    assert [name for name in fields if fitting_split(book(), fields[name], "people")] == ["name"]
    mapping = propose(book(), make_list(LIST))
    rules = [replace(rule, split="people") if rule.header == "姓名" else rule for rule in mapping.columns]
    text = to_yaml(replace(mapping, columns=rules), SourceLayout(), book())
    assert from_yaml(text, book())[0].columns[0].split == "people"


# by way of the preview

CSV = "姓名,电话,公司,注册时间\n钱七,13800000009,云帆,2020-1-1\n{names},010-62345678,星河,{day}\n"


def bring(folder, *words: Any) -> Any:
    result = run("import", *words, "--into", folder, "--lang", "zh", "--as-of", "2024-03-01")
    assert result.exit_code in {0, 1, 3}, result.output
    return result


def people(folder) -> list[tuple[Any, ...]]:
    with Store.open(locate(folder)) as store:
        frame = store.head(store.books()[0].book_id).tables["customers"]
    return list(
        frame[["name", "phone", "company"]]
        .astype(object)
        .where(frame.notna(), None)
        .itertuples(index=False, name=None)
    )


def table(path, title):
    sheet = Package.open(path).sheet(title)
    cells: dict[int, dict[str, Any]] = {}
    for cell in sheet.cells():
        cells.setdefault(cell.row, {})[cell.ref.rstrip("0123456789")] = cell.value
    head = next(row for row, line in cells.items() if {"名单的列", "名单行号"} & set(line.values()))
    return {
        row: {cells[head].get(at): value for at, value in line.items()}
        for row, line in cells.items()
        if row > head
    }, cells[head]


def choose(path, title, header, value, which) -> None:
    """Type a choice into the line of a preview's sheet that `which` finds."""
    rows, head = table(path, title)
    row = next(row for row, line in rows.items() if which(line))
    letter = next(at for at, text in head.items() if text == header)
    package = Package.open(path)
    package.sheet(title).set(f"{letter}{row}", value)
    package.save(path)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A folder into whose book a list came with a row for each person, by the answer of its preview."""
    folder = tmp_path_factory.mktemp("each")
    (folder / "一月.csv").write_text(CSV.format(names="张三、李四", day="2020-1-5"), encoding="utf-8")
    said = bring(folder, folder / "一月.csv", "--template", "lite")
    assert "多人各一行" in said.output
    path = folder / "导入-一月.xlsx"
    choose(path, "列对应", "拆分", "多人各一行", lambda line: "姓名" in line.values())
    bring(folder, path)
    return folder


def test_the_preview_offers_it_and_does_it(answered):
    assert people(answered) == [
        ("钱七", "13800000009", "云帆"),
        ("张三", "010-62345678", "星河"),
        ("李四", None, "星河"),
    ]


@pytest.mark.slow
def test_it_is_remembered_and_a_further_person_is_answered_about_and_fails_alone(answered, tmp_path):
    folder = shutil.copytree(answered, tmp_path / "club")
    (folder / "二月.csv").write_text(
        CSV.format(names="王五、赵六、周九", day="去年的某天1"), encoding="utf-8"
    )
    bring(folder, folder / "二月.csv")
    path = folder / "导入-二月.xlsx"
    choose(path, "行", "决定", "跳过", lambda line: "3+2" in line.values())
    said = bring(folder, path)
    assert people(folder)[3:] == [("王五", "010-62345678", "星河"), ("赵六", None, "星河")]
    assert "B10000003" not in said.output
    rows = [
        cell.value
        for cell in Package.open(folder / "失败明细.xlsx").sheet("二月").cells()
        if cell.ref.startswith("A")
    ]
    assert rows == ["姓名", "王五"]
