"""A preview answered in LibreOffice and imported: exactly that is in the book, and nothing else."""

from __future__ import annotations

import pytest

from crmbook.store import Store
from tests import office
from tests.cli.run import run

LIST = """姓名,手机,性别,客户类型,介绍人,建档时间
张三,13800138000,先生,VIP,老王,2024-01-05
李四,13800138001,F,老客户,,2024-01-06
王五,13800138002,M,甲类,,2024-01-07
赵六,13800138003,女,潜在,小李,2024-01-08
钱七,13800138004,女,潜在,,2024-01-09
孙八,13800138005,女,潜在,,2024-01-10
"""
ANSWERED = """
def line(sheet, column, text):
    cells = document.Sheets.getByName(sheet)
    return next(row for row in range(4, 40) if cells.getCellByPosition(column, row).String == text)

def offered(sheet, column, row, text):
    cell = document.Sheets.getByName(sheet).getCellByPosition(column, row)
    source = cell.Validation.getFormula1().lstrip("=")
    area = document.Sheets.getByName(source.partition(".")[0].strip("$'")).getCellRangeByName(
        source.partition(".")[2].replace("$", ""))
    assert text in [one[0] for one in area.DataArray], (sheet, text)
    cell.String = text

offered("列对应", 2, line("列对应", 0, "介绍人"), "个性化备注")
offered("值对应", 3, line("值对应", 1, "甲类"), "VIP客户")
offered("行", 3, line("行", 0, "6"), "跳过")
save()
"""


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """The folder after the list, its preview, three answers in LibreOffice, and the import of the preview."""
    folder = tmp_path_factory.mktemp("answered")
    (folder / "名单.csv").write_text(LIST, encoding="utf-8")
    words = ("--into", folder, "--lang", "zh", "--as-of", "2024-03-01")
    assert run("import", folder / "名单.csv", *words).exit_code == 3
    office.run_macro_script(folder / "导入-名单.xlsx", ANSWERED)
    said = run("import", folder / "导入-名单.xlsx", *words)
    assert said.exit_code == 0, said.output
    return folder


@pytest.mark.slow
@pytest.mark.office
def test_a_column_a_value_and_a_row_are_what_was_answered(answered):
    with Store.open(answered / ".crmbook") as store:
        [record] = store.books()
        frame = store.head(record.book_id).tables["customers"]
    rows = frame[["name", "gender", "customer_type", "notes"]].astype(object)
    rows = rows.where(rows.notna(), None).to_numpy().tolist()
    assert rows == [
        ["张三", "男", "VIP客户", "老王"],
        ["李四", "女", "长期客户", None],
        ["王五", "男", "VIP客户", None],
        ["赵六", "女", "潜在客户", "小李"],
        ["孙八", "女", "潜在客户", None],
    ]
    assert not [label for label in frame.columns if label.startswith("own:")]
