"""The one list of failed rows: what was mended leaves it, what still fails stays as it stands, undone rows come back."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from typing import Any
from zipfile import ZipFile

import pytest

from crmbook.exchange import is_of_failures
from crmbook.exchange.intake.failurebook import FailedRow, FailedSheet, failed_workbook
from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.store import Commit, Step, Store, locate
from tests.cli.run import run
from tests.exchange.intake.desk import workspace
from tests.ooxml_lint import lint

LIST = """编号,姓名,电话,级别,起始日期,爱好
001,张三,13800000001,甲,2020-1-1,棋
,李四,13800000002,乙,2020-13-45,
009,,13800000003,乙,2020-1-5,=琴
,王五,13800000004,甲,2020-14-45,007
"""
REASON, KEY, ORIGIN = "没有取入的原因", "人员·编号（已取入）", "来自哪份名单的哪一行（请勿改动）"
OWN = ["编号", "姓名", "电话", "级别", "起始日期", "爱好"]
LI, NOBODY, WANG = 2, 3, 4
"""Where the failed rows stand."""


def bring(folder, *words: Any) -> Any:
    result = run(
        "import",
        *words,
        "--into",
        folder,
        "--workspace",
        workspace(),
        "--lang",
        "zh",
        "--as-of",
        "2024-03-01",
    )
    assert result.exit_code in {0, 1}, result.output
    return result


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder whose list of failed rows has one without a name, and two that came in without a day."""
    folder = tmp_path_factory.mktemp("failures")
    (folder / "名单.csv").write_text(LIST, encoding="utf-8")
    bring(folder, folder / "名单.csv", "--template", "club", "--yes")
    return folder


@pytest.fixture
def club(begun, tmp_path):
    return shutil.copytree(begun, tmp_path / "club")


@pytest.fixture
def path(club):
    return club / "失败明细.xlsx"


def mend(path, **cells: Any) -> None:
    package = Package.open(path)
    for ref, value in cells.items():
        package.sheet("名单").set(ref, value)
    package.save(path)


def listed(path, title="名单") -> list[dict[str, Any]]:
    """Return the lines of a list by header, each header once."""
    sheet = Package.open(path).sheet(title)
    lines: dict[int, dict[str, Any]] = {}
    for cell in sheet.cells():
        lines.setdefault(cell.row, {})[cell.ref.rstrip("0123456789")] = cell.value
    head = lines.pop(1)
    assert len(set(head.values())) == len(head), head
    return [{head[at]: line.get(at) for at in head} for line in lines.values()]


def names(path) -> list[Any]:
    return [line["姓名"] for line in listed(path)]


def people(club) -> list[tuple[Any, ...]]:
    with Store.open(locate(club)) as store:
        frame = store.head(store.books()[0].book_id).tables["people"]
    return [
        (row.person_id, row.name, f"{row.since:%m-%d}" if row.since == row.since else "")
        for row in frame.itertuples()
    ]


def lists(club) -> list[str]:
    return sorted(one.name for one in club.glob("*.xlsx") if is_of_failures(one))


def test_what_was_mended_leaves_the_list_and_the_rest_stays_as_it_stood(club, path):
    before = listed(path)
    mend(path, **{f"E{LI}": "2020-3-3"})
    said = bring(club, path, "--yes")
    assert f"2 行没有完全取入，原样列在 {path}" in said.output
    assert (said.exit_code, lists(club)) == (1, ["失败明细.xlsx"])
    assert listed(path) == [before[1], before[2]]
    assert list(before[1]) == [*OWN, REASON, KEY, ORIGIN]
    assert [line["爱好"] for line in listed(path)] == ["=琴", "007"]
    assert lint(path.read_bytes()) == []
    mend(path, E3="2020-4-4")
    bring(club, path, "--yes")
    assert listed(path) == [{header: cell for header, cell in before[1].items() if header != KEY}]
    assert people(club) == [("001", "张三", "01-01"), ("002", "李四", "03-03"), ("003", "王五", "04-04")]


def test_a_row_mended_wrongly_stays_with_what_was_typed_and_a_new_reason(club, path):
    mend(path, **{f"B{NOBODY}": "赵六", f"E{NOBODY}": "去年底的某天 3", f"E{LI}": "2020-3-3"})
    bring(club, path, "--yes")
    line = next(line for line in listed(path) if line["姓名"] == "赵六")
    assert (line["编号"], line["起始日期"], line[KEY]) == ("009", "去年底的某天 3", "009")
    assert line[REASON] == "起始日期：“去年底的某天 3”不是日期"


def test_a_row_that_was_not_in_yet_keeps_its_own_number(club, path):
    mend(path, **{f"B{NOBODY}": "赵六"})
    bring(club, path, "--yes")
    assert ("009", "赵六", "01-05") in people(club)


def test_an_undone_mending_lists_its_rows_again_as_they_were_mended(club, path):
    mend(path, **{f"E{LI}": "2020-3-3", f"B{NOBODY}": "赵六"})
    mended = listed(path)
    bring(club, path, "--yes")
    assert names(path) == ["王五"]
    said = bring(club, "--undo")
    assert f"补好的 2 行又列在 {path} 里" in said.output
    assert sorted(listed(path), key=str) == sorted(mended, key=str)
    assert people(club) == [("001", "张三", "01-01"), ("002", "李四", ""), ("003", "王五", "")]
    bring(club, path, "--yes")
    assert names(path) == ["王五"]
    assert people(club)[1:] == [("002", "李四", "03-03"), ("003", "王五", ""), ("009", "赵六", "01-05")]


def test_a_list_that_was_mended_whole_comes_back_when_that_is_undone(club, path):
    mend(path, **{f"E{LI}": "2020-3-3", f"B{NOBODY}": "赵六", f"E{WANG}": "2020-4-4"})
    said = bring(club, path, "--yes")
    assert (said.exit_code, f"{path} 里的行都已取入" in said.output, names(path)) == (0, True, [])
    bring(club, "--undo")
    assert sorted(names(path)) == ["李四", "王五", "赵六"]


def test_an_undone_list_leaves_no_key_of_rows_that_are_gone(club, path):
    bring(club, "--undo")
    assert people(club) == []
    assert [line.get(KEY) for line in listed(path)] == [None, None, None]
    (club / "别人.csv").write_text("姓名,电话\n钱七,13800000007\n", encoding="utf-8")
    bring(club, club / "别人.csv", "--yes")
    bring(club, club / "名单.csv", "--yes")
    keys = {line["姓名"]: line.get(KEY) for line in listed(path)}
    known = {name: key for key, name, _ in people(club)}
    assert (keys["李四"], keys["王五"]) == (known["李四"], known["王五"])
    mend(path, **{f"E{LI}": "2020-3-3"})
    bring(club, path, "--yes")
    assert [day for _, name, day in people(club) if name == "李四"] == ["03-03"]
    assert len(people(club)) == 4


def test_a_list_kept_elsewhere_forgets_keys_of_rows_that_are_gone_when_it_comes(club, path, tmp_path):
    elsewhere = path.rename(tmp_path / "带回家.xlsx")
    bring(club, "--undo")
    (club / "别人.csv").write_text("编号,姓名,电话\n002,李四,13800000007\n", encoding="utf-8")
    bring(club, club / "别人.csv", "--yes")
    mend(elsewhere, **{f"E{LI}": "2020-3-3", f"E{WANG}": "2020-4-4"})
    bring(club, elsewhere, "--yes")
    assert ("002", "李四", "") in people(club)
    assert len({key for key, _, _ in people(club)}) == len(people(club))


def test_a_key_of_a_row_that_somebody_deleted_stays_in_the_list(club, path):
    with Store.open(locate(club)) as store:
        book_id = store.books()[0].book_id
        head = store.head(book_id)
        frame = head.tables["people"]
        with store.lease(book_id) as lease:
            step = Step("sync", "李强", tables={"people": frame[frame["name"] != "李四"]})
            store.commit(lease, book_id, Commit(head.revision, [step]))
    (club / "别人.csv").write_text("姓名,电话\n钱七,13800000007\n", encoding="utf-8")
    bring(club, club / "别人.csv", "--yes")
    bring(club, "--undo")
    assert [line.get(KEY) for line in listed(path)] == ["002", None, "003"]


def test_a_day_among_the_cells_to_mend_is_shown_as_a_day(club):
    cells = {"日期": dt.date(2024, 3, 1), "时间": dt.datetime(2024, 3, 1, 8)}  # noqa: DTZ001 - of a cell
    listing = FailedSheet("名单", list(cells), "map", [FailedRow(cells, 2, frozenset(cells))])
    data = failed_workbook([listing], load_book("club", "zh", workspace()))
    sheet = Package.open(data).sheet("名单")
    assert {"日期": sheet.cell("A2").value, "时间": sheet.cell("B2").value} == cells


def test_of_two_mendings_only_the_undone_one_is_listed_again(club, path):
    mend(path, **{f"E{LI}": "2020-3-3"})
    bring(club, path, "--yes")
    mend(path, B2="赵六")
    bring(club, path, "--yes")
    bring(club, "--undo", "3")
    assert sorted(names(path)) == ["李四", "王五"]


def test_a_list_mended_elsewhere_finds_its_undone_rows_when_it_comes_again(club, path, tmp_path):
    elsewhere = path.rename(tmp_path / "带回家.xlsx")
    mend(elsewhere, **{f"E{LI}": "2020-3-3"})
    bring(club, elsewhere, "--yes")
    assert (lists(club), names(elsewhere)) == ([], [None, "王五"])
    bring(club, "--undo")
    assert people(club)[1] == ("002", "李四", "")
    bring(club, elsewhere, "--yes")
    assert people(club)[1] == ("002", "李四", "03-03")


def test_rows_that_a_filter_hides_stay_in_the_list(club, path):
    package = Package.open(path)
    sheet = package.sheet("名单")
    sheet.set(f"E{LI}", "2020-3-3")
    package.save(path)
    hide_row(path, WANG)
    bring(club, path, "--yes")
    assert names(path) == [None, "王五"]


def hide_row(path, row: int) -> None:
    with ZipFile(path) as package:
        members = {info: package.read(info) for info in package.infolist()}
    with ZipFile(path, "w") as package:
        for info, data in members.items():
            shown, hidden = f'<row r="{row}"'.encode(), f'<row r="{row}" hidden="1"'.encode()
            package.writestr(info, data.replace(shown, hidden) if "sheet1" in info.filename else data)


def test_a_list_that_somebody_has_open_stays_as_it_is_and_brings_nothing_twice(club, path):
    mend(path, **{f"B{NOBODY}": "赵六"})
    lock = club / ".~lock.失败明细.xlsx#"
    lock.write_text(",王芳,elsewhere,06.03.2024 08:00,file:///x;", encoding="utf-8")
    before = path.read_bytes()
    said = bring(club, path, "--yes")
    assert "保持原样" in said.output
    assert (path.read_bytes(), lists(club)) == (before, ["失败明细.xlsx"])
    lock.unlink()
    bring(club, path, "--yes")
    assert (names(path), len(people(club))) == (["李四", "王五"], 4)


def test_a_copied_row_that_fails_again_is_one_of_its_own_for_ever(club, path):
    package = Package.open(path)
    sheet = package.sheet("名单")
    for letter in "ABCDEFGHI":
        sheet.set(f"{letter}5", sheet.cell(f"{letter}{NOBODY}").value)
    sheet.set("A5", "010")
    sheet.set("C5", "13800000010")
    package.save(path)
    bring(club, path, "--yes")
    origins = [line[ORIGIN] for line in listed(path) if line["姓名"] is None]
    assert origins[1] == f"{origins[0]}+1"
    mend(path, B3="赵六", B5="钱七")
    copy = shutil.copy(path, club / "抄.xlsx")
    bring(club, path, "--yes")
    bring(club, copy, "--yes")
    assert [one[:2] for one in people(club)[3:]] == [("009", "赵六"), ("010", "钱七")]
    assert names(path) == names(copy) == ["李四", "王五"]


def test_a_program_is_told_what_is_left_in_the_list(club, path):
    mend(path, **{f"E{LI}": "2020-3-3"})
    told = json.loads(bring(club, path, "--yes", "--json").output)
    assert told["failures"] == {"path": str(path), "rows": 2}
    told = json.loads(bring(club, "--undo", "--json").output)
    assert told["failures"] == {"path": str(path), "rows": 1}


def test_the_same_file_once_more_needs_no_second_list(club):
    listed = (club / "失败明细.xlsx").read_bytes()
    said = bring(club, club / "名单.csv", "--yes").output
    assert [path.name for path in club.glob("失败明细*")] == ["失败明细.xlsx"]
    assert (club / "失败明细.xlsx").read_bytes() == listed
    assert "3 行没有完全取入" in said
    assert "失败明细.xlsx" in said


def test_rows_that_no_list_has_get_a_list_of_their_own(club):
    (club / "名单.csv").write_text(LIST + ",赵六,13800000005,甲,2020-15-45,\n", encoding="utf-8")
    bring(club, club / "名单.csv", "--yes")
    assert (club / "失败明细 2.xlsx").exists()


def test_who_is_not_asked_hears_which_rows_are_no_records(tmp_path):
    text = "姓名,电话,爱好\n张三,13800000001,棋\n李四,13800000002,琴\n合计,2,\n制表：王五,,\n"
    (tmp_path / "名单.csv").write_text(text, encoding="utf-8")
    said = bring(tmp_path, tmp_path / "名单.csv", "--template", "club", "--yes").output
    assert "不是记录的行：合计 1 行、说明 1 行" in said


def test_a_text_longer_than_a_cell_stays_out_by_name_and_the_book_can_be_synced(tmp_path):
    # Taken into the store, it could be written into no workbook, and no sync of the book would come to its end.
    long = "很长的话，" * 7_000
    (tmp_path / "名单.csv").write_text(
        f"姓名,电话,备注,说明\n张三,13800000001,{long},{long}\n李四,13800000002,短,短\n", encoding="utf-8"
    )
    result = bring(tmp_path, tmp_path / "名单.csv", "--template", "club", "--yes")
    assert "文字超过了上限 32767 个字符 → 请缩短文字" in result.output
    assert "“说明”里的文字超过了 32767 个字符，单元格放不下 → 请缩短文字，或分成几列" in result.output
    with Store.open(locate(tmp_path)) as store:
        people = store.head(store.books()[0].book_id).tables["people"]
    assert people[["notes", "own:说明"]].values.tolist() == [[None, None], ["短", "短"]]
    sheet = Package.open((tmp_path / "失败明细.xlsx").read_bytes()).sheet("名单")
    cells = {cell.ref: cell.value for cell in sheet.cells()}
    for ref in ("C2", "D2"):
        assert cells[ref].startswith(long[:32_000])
        assert cells[ref].endswith("（原文共 35000 个字符，单元格放不下，全文在原来的名单里）")
    assert cells["E2"] == "备注：文字超过了上限 32767 个字符\n“说明”里的文字超过了 32767 个字符，单元格放不下"
