"""Amounts in another currency than the book's by their header or number format: each is named, and comes once converted."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from crmbook.exchange import ListWish, Target, open_lots, plan_lot
from crmbook.schema import load_book
from crmbook.store import State, Store, locate
from crmbook.sync.checkout import counters_of, first_state
from tests.cli.run import run
from tests.exchange.whole.test_files import FILES, begun
from tests.office import convert

OTHER = "value.other-currency"


def say_home(folder, said):
    """Make a folder a workspace whose books are at home where that is said."""
    (folder / "schemas").mkdir()
    (folder / "schemas" / "home.yaml").write_text(f"locale: {said}\n", "utf-8")


def at_home(folder, said, lang="zh"):
    """Return a target whose book is at home where a workspace says."""
    say_home(folder, said)
    book = load_book("standard", lang, folder)
    tables = first_state(book, {})
    return Target(book, State(1, tables, counters_of(book, tables)), dt.date(2024, 4, 1))


def amounts(path, target=None):
    """Return the amounts that come of the orders of a file, and what is refused as in another currency, as it is named."""
    target = target or begun()
    [lot] = open_lots(path, target.schema, (), ListWish())
    plan = plan_lot(target, lot, ListWish()).plan
    found = plan.tables["transactions"]
    came = found["amount"].tolist() if "amount" in found else []
    return [None if one != one else one for one in came], [
        one.value for one in plan.issues if one.code == OTHER
    ]


def orders(folder, header, *cells):
    path = folder / "订单.csv"
    lines = [f"N{at},张三,13800138001,2024-03-0{at},{cell}" for at, cell in enumerate(cells, 1)]
    path.write_text("\n".join([f"订单号,姓名,电话,日期,{header}", *lines, ""]), "utf-8")
    return path


def formatted(folder, *codes):
    path = folder / "订单.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(["订单号", "姓名", "电话", "日期", "金额"])
    for at, code in enumerate(codes, 1):
        workbook.active.append([f"N{at}", "张三", "13800138001", dt.date(2024, 3, at), at * 10])
        workbook.active.cell(at + 1, 5).number_format = code
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("金额(USD)", "USD 10"),
        ("金额（美元）", "10美元"),
        ("金额（单位：美元）", "10美元"),
        ("金额($)", "$10"),
        ("金额[€]", "€10"),
        ("金额（万美元）", "10万美元"),
        ("金额/HKD", "HKD 10"),
        ("Amount (EUR)", "EUR 10"),
    ],
)
def test_amounts_under_a_header_of_another_currency_are_named(tmp_path, header, named):
    came, refused = amounts(orders(tmp_path, header, "10", "¥72.5", "72.5元", "0"))
    assert (came, refused) == ([None, 72.5, 72.5, 0], [named])


@pytest.mark.parametrize(
    "header",
    [
        "金额",
        "金额(元)",
        "金额（RMB）",
        "金额（人民币/USD）",
        "金额（含税）",
        "金额(¥)",
        "金额（won the deal）",
        "金额(万元)",
    ],
)
def test_amounts_under_any_other_header_come(tmp_path, header):
    scale = 10_000 if "万" in header else 1
    assert amounts(orders(tmp_path, header, "10", '"1,234.50"')) == ([10 * scale, 1234.5 * scale], [])


@pytest.mark.parametrize("header", ["币种", "Currency", "货币单位"])
def test_amounts_of_rows_in_another_currency_are_named(tmp_path, header):
    path = orders(
        tmp_path, f"金额,{header}", "10,USD", "20,CNY", "30,人民币", "40,", "50,港币", "¥60,USD", "0,EUR"
    )
    assert amounts(path) == ([None, 20, 30, 40, None, 60, 0], ["USD 10", "50港币"])
    if header == "Currency":
        assert amounts(path, at_home(tmp_path, "{region: US}"))[0][0] == 10
        assert amounts(path, begun("en"))[0][:2] == [10, 20]


def test_amounts_shown_in_another_currency_are_named(tmp_path):
    codes = [
        "[$$-409]#,##0.00", "#,##0.00 [$€-407]", '"US$"#,##0', "\\$0", "[$¥-411]#,##0", '0.00" USD"', "[$NT$-404]0",
        '_("$"* #,##0.00_);_("$"* (#,##0.00)',
    ]  # fmt: skip
    came, refused = amounts(formatted(tmp_path, *codes))
    assert came == [None] * len(codes)
    assert refused == ["$10", "€20", "US$30", "$40", "JPY 50", "USD 60", "NT$70", "$80"]


@pytest.mark.slow
def test_amounts_of_an_open_document_say_their_currency_themselves(tmp_path):
    [path] = convert(formatted(tmp_path, "[$$-409]0.00", "[$¥-804]0.00", "0"), target="ods", out_dir=tmp_path)
    came, refused = amounts(path)
    assert (came, refused) == ([None, 20, 30], ["USD 10"])


def test_amounts_shown_in_yuan_or_in_nothing_come(tmp_path):
    codes = [
        '"¥"#,##0.00', "[$¥-804]#,##0.00", "¥#,##0", "￥0", '0.00"元"', "0.00", "General", '_ "¥"* #,##0.00_ ', '0" 件"',
    ]  # fmt: skip
    came, refused = amounts(formatted(tmp_path, *codes))
    assert (came, refused) == ([at * 10 for at in range(1, len(codes) + 1)], [])


def test_a_book_takes_its_own_currency_and_names_yuan(tmp_path):
    home = at_home(tmp_path, "{region: US}")
    came, refused = amounts(formatted(tmp_path, '"$"0', "[$€-407]0", '"¥"0', '0"元"', "0"), home)
    assert (came, refused) == ([10, None, None, None, 50], ["€20", "¥30", "40元"])
    assert amounts(orders(tmp_path, "金额(USD)", "10"), home) == ([10], [])
    assert amounts(orders(tmp_path, "金额（美元）", "10"), home) == ([10], [])
    assert amounts(orders(tmp_path, "金额（元）", "10"), home) == ([None], ["10元"])


def test_to_a_book_without_a_currency_none_is_another(tmp_path):
    english = begun("en")
    assert english.schema.locale.currency == ""
    assert amounts(formatted(tmp_path, '"$"0', '"$"0'), english) == ([10, 20], [])


def test_own_columns_stay_numbers(tmp_path):
    path = tmp_path / "客户.csv"
    path.write_text("姓名,电话,预算(USD)\n张三,13800138001,10\n", "utf-8")
    [lot] = open_lots(path, begun().schema, (), ListWish())
    plan = plan_lot(begun(), lot, ListWish()).plan
    assert plan.tables["customers"]["own:预算(USD)"].tolist() == ["10"]
    assert OTHER not in {one.code for one in plan.issues}


def amounts_in(folder):
    with Store.open(locate(folder)) as store:
        frame = store.head(store.books()[0].book_id).tables["transactions"]
    return [None if one != one else one for one in frame["amount"].tolist()]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_converted_in_the_list_of_failed_rows_comes(tmp_path, lang):
    path = orders(tmp_path, "金额(USD)", "10", "20")
    words = ("--into", tmp_path, "--as-of", "2024-04-01", "--lang", lang)
    if lang == "en":
        say_home(tmp_path, "{region: CN}")
        words = (*words, "--workspace", tmp_path)
    said = run("import", path, "--template", "standard", "--yes", *words)
    assert said.exit_code in {0, 1}, said.output
    failed = tmp_path / ("失败明细.xlsx" if lang == "zh" else "failed rows.xlsx")
    workbook = openpyxl.load_workbook(failed)
    sheet = workbook.worksheets[0]
    [column] = [cell.column for row in sheet.iter_rows() for cell in row if cell.value == "金额(USD)"]
    reasons = [str(cell.value) for row in sheet.iter_rows() for cell in row if "USD 10" in str(cell.value)]
    assert any(("另一种货币" if lang == "zh" else "another currency") in one for one in reasons), reasons
    [first] = [row for row in range(1, 20) if sheet.cell(row, column).value == "USD 10"]
    sheet.cell(first, column).value = 72.5
    workbook.save(failed)
    again = run("import", failed, "--yes", *words)
    assert again.exit_code in {0, 1}, again.output
    assert amounts_in(tmp_path) == [72.5, None]
    [left] = [
        row
        for row in openpyxl.load_workbook(failed).worksheets[0].iter_rows()
        if row[column - 1].value == "USD 20"
    ]
    assert left


def test_the_file_with_formats_comes_whole_into_a_book_of_dollars(tmp_path):
    home = at_home(tmp_path, "{region: US}")
    assert home.schema.locale.currency == "$"
    came, refused = amounts(FILES / "80美元格式.xlsx", home)
    assert (came, refused) == ([10, None, None, 40, 50], ["€20", "¥30"])
