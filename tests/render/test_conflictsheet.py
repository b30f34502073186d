"""冲突处理: conflicts come to the page once, are settled there by a dropdown, and vanish."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

import pytest

from crmbook.build import conflict_line
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from crmbook.read.decisions import decisions
from crmbook.render.changes import grow_tables, write_changes
from crmbook.render.conflictsheet import iter_conflicts
from crmbook.render.heights import fit_rows
from crmbook.store import ConflictRecord
from tests.books import book_of, built
from tests.ooxml_lint import lint
from tests.sync.shop import Shop
from tests.sync.shop import book as shop_book

PHONE = ConflictRecord(
    "customers", "f63f0a", ("phone",), ("13800000000",), ("13800000001",), ("13800000002",), id=4, key="001",
    head_who="王芳", file_who="李娜", head_at="2023-02-03T04:05:06", file_at="2023-02-04T00:00:00",
)  # fmt: skip
NAMES = {"zh": "张三", "en": "Wei Zhang"}
WORDS = {
    "zh": ("采用主库", "采用本簿", "自定义", "整行", "（已删除）", "（空）"),
    "en": ("Take the store's", "Take this workbook's", "Custom value", "whole row", "(deleted)", "(blank)"),
}


@dataclass
class Page:
    """A workbook with its page of conflicts."""

    data: bytes
    lang: str = "zh"

    def __post_init__(self):
        self.book = book_of(lang=self.lang)
        self.snapshot = read_workbook(self.data, self.book)
        self.package = Package.open(self.data)

    def changes(self, *conflicts):
        return list(iter_conflicts(self.book, self.snapshot, self.package, conflicts))

    def shows(self, *conflicts) -> Page:
        changes = self.changes(*conflicts)
        grow_tables(self.package, self.snapshot, changes)
        fit_rows(self.book, self.snapshot, self.package, changes)
        write_changes(self.package, changes)
        data = self.package.to_bytes()
        assert lint(data) == []
        return Page(data, self.lang)

    def answers(self, **cells) -> Page:
        """Type answers such as ``decision_5="采用主库"`` into rows of the page."""
        found = self.snapshot.tables["conflicts"]
        for name, value in cells.items():
            field, row = re.fullmatch(r"(.+)_(\d+)", name).groups()
            self.package.sheet(found.sheet).set(f"{found.columns[field].letter}{row}", value)
        return Page(self.package.to_bytes(), self.lang)

    def lines(self):
        found = self.snapshot.tables["conflicts"]
        return [{name: found.raw(name, row) for name in found.columns} for row in found.frame.index]

    def decided(self):
        return [(one.conflict, one.choice, one.custom) for one in decisions(self.book, self.snapshot)]


@pytest.fixture(params=["zh", "en"])
def page(request) -> Page:
    return Page(built(lang=request.param).data, request.param)


@pytest.fixture
def zh() -> Page:
    return Page(built().data)


@pytest.mark.sample(1)
def test_a_conflict_stands_there_once_with_both_values_who_and_when(page):
    shown = page.shows(PHONE)
    [line] = shown.lines()
    customers = page.book.tables["customers"]
    assert line == {
        "number": 4, "sheet": page.book.sheet_of("customers").title, "record": f"001 {NAMES[page.lang]}",
        "field": customers.fields["phone"].title,
        "store_value": "13800000001", "store_by": "王芳", "store_at": dt.datetime.fromisoformat("2023-02-03T04:05:06"),
        "copy_value": "13800000002", "copy_by": "李娜", "copy_at": dt.date(2023, 2, 4),
        "decision": None, "custom_value": None,
    }  # fmt: skip
    assert shown.changes(PHONE) == []
    assert shown.shows(PHONE).data == shown.data


def test_the_record_is_a_link_that_finds_its_row_by_the_hidden_id(zh):
    shown = zh.shows(PHONE)
    found = shown.snapshot.tables["conflicts"]
    cell = shown.package.sheet(found.sheet).cell(f"{found.columns['record'].letter}{found.header_row + 1}")
    column = shown.snapshot.tables["customers"].columns["phone"].letter
    assert cell.formula.startswith(f'HYPERLINK("#\'客户基本信息\'!{column}"&MATCH("f63f0a",')
    assert zh.shows(replace(PHONE, row_id="gone")).lines()[0]["record"] == "001"


def test_the_record_of_another_table_names_its_customer(zh):
    purchases = zh.snapshot.tables["transactions"]
    [row] = [row for row in purchases.frame.index if purchases.raw("transaction_id", row) == "1002"]
    about = replace(
        PHONE, table="transactions", row_id=purchases.row_ids[row], key="1002", labels=("amount",)
    )
    assert zh.shows(about).lines()[0]["record"] == "1002 李四"
    nobody = zh.snapshot.tables["bands"]
    about = replace(PHONE, table="bands", row_id=nobody.row_ids.iloc[0], key="loyalty|0", labels=("result",))
    assert zh.shows(about).lines()[0]["record"] == "loyalty|0"


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("choice", "place"), [("master", 0), ("copy", 1), ("custom", 2)])
def test_a_choice_is_read_back_and_stays_until_it_was_followed(lang, choice, place):
    shown = Page(built(lang=lang).data, lang).shows(PHONE)
    text = WORDS[lang][place]
    chosen = shown.answers(decision_5=text, custom_value_5="13800000003")
    assert chosen.decided() == [(4, choice, "13800000003")]
    assert chosen.changes(PHONE) == []
    assert chosen.shows().lines() == []
    [decision] = decisions(chosen.book, chosen.snapshot)
    assert decision.location.sheet == chosen.snapshot.tables["conflicts"].sheet


@pytest.mark.slow
def test_answers_follow_their_conflict_when_lines_move(zh):
    second = replace(PHONE, id=7, labels=("address",))
    shown = zh.shows(PHONE, second).answers(decision_6="自定义", custom_value_6="上海路1号")
    left = shown.shows(second)
    assert left.decided() == [(7, "custom", "上海路1号")]
    assert [line["number"] for line in left.lines()] == [7]


def test_a_custom_choice_without_a_value_is_told_apart(zh):
    assert zh.shows(PHONE).answers(decision_5="自定义").decided() == [(4, "custom", None)]


def test_what_is_no_choice_decides_nothing(zh):
    shown = zh.shows(PHONE, replace(PHONE, id=5))
    assert shown.answers(decision_5="随便", custom_value_6="x").decided() == []
    twice = shown.answers(number_6=4, decision_5="采用主库", decision_6="采用本簿")
    assert twice.decided() == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_row_against_its_deletion_reads_sensibly(lang):
    page = Page(built(lang=lang).data, lang)
    *_, whole, deleted, _ = WORDS[lang]
    [line] = page.shows(replace(PHONE, head=None)).lines()
    title = page.book.tables["customers"].fields["phone"].title
    assert (line["field"], line["store_value"]) == (whole, deleted)
    colon = {"zh": "：", "en": ": "}[lang]
    assert line["copy_value"] == f"{title}{colon}13800000002"
    [line] = page.shows(replace(PHONE, file=None)).lines()
    assert (line["field"], line["copy_value"]) == (whole, deleted)


def test_groups_blanks_shares_own_columns_and_list_entries(zh):
    group = replace(PHONE, labels=("phone", "own:备注"), head=(None, "甲"), file=("13800000002", 5.0))
    share = replace(
        PHONE, id=5, table="interactions", row_id="x", labels=("score",), head=(0.125,), file=(None,)
    )
    entry = replace(
        PHONE,
        id=6,
        table="_lists",
        row_id="city/顺德",
        labels=("of",),
        head=("广东",),
        file=(None,),
        key="顺德",
    )
    lines = zh.shows(entry, group, share).lines()
    assert [line["number"] for line in lines] == [4, 5, 6]
    assert (lines[0]["field"], lines[0]["store_value"], lines[0]["copy_value"]) == (
        "电话 / 备注", "（空） / 甲", "13800000002 / 5",
    )  # fmt: skip
    assert lines[1]["copy_value"] == "（空）"
    assert (lines[2]["sheet"], lines[2]["field"], lines[2]["record"]) == ("数据字典", "城市", "顺德")


def test_settled_conflicts_are_not_shown(zh):
    assert zh.shows(replace(PHONE, state="settled")).lines() == []


def test_the_choice_is_a_dropdown(page):
    found = page.snapshot.tables["conflicts"]
    area = f"{found.columns['decision'].letter}{found.header_row + 1}"
    rules = [rule for rule in page.package.validations(found.sheet) if area in rule.sqref]
    assert [rule.type for rule in rules] == ["list"]


@pytest.mark.sample(1)
def test_long_values_are_read_whole_where_somebody_has_to_choose(page):
    long = "北京市海淀区上地十街10号百度大厦，前台转市场部三楼"
    shown = page.shows(PHONE, replace(PHONE, id=5, labels=("address",), file=(long,)))
    found = shown.snapshot.tables["conflicts"]
    part = shown.package.parts.read(shown.package.sheet(found.sheet).info.part).decode()
    tall = re.findall(r'<row r="(\d+)"[^>]*? ht="([0-9.]+)"', part)
    assert [float(points) for row, points in tall if int(row) == found.header_row + 2] == [45.0]
    assert not [row for row, _ in tall if int(row) == found.header_row + 1]
    styles = shown.package.parts.read("xl/styles.xml").decode().partition("<cellXfs")[2]
    shapes = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles)
    for name in ("store_value", "copy_value"):
        cell = shown.package.sheet(found.sheet).cell(f"{found.columns[name].letter}{found.header_row + 2}")
        assert 'wrapText="1"' in shapes[cell.style], name


def test_the_line_above_says_how_many_there_are_and_fits_on_the_screen(page):
    assert shown_line(page.package, page.book) == page.book.pages["conflicts"].labels["none"]
    for count in (0, 1, 100):
        room = sum(2 if ord(sign) > 0x2E7F else 1 for sign in conflict_line(page.book, count))
        assert room < 150


def test_a_sync_counts_the_open_conflicts(tmp_path):
    shop = Shop(tmp_path)
    other = shop.check_out()
    shop.main.type("clients", 2, name="甲公司")
    other.type("clients", 2, name="乙公司")
    shop.sync(shop.main)
    shop.sync(other)
    assert shown_line(Package.open(other.path), shop_book()).startswith("待处理 1 处。在“处理方式”中选择")
    other.type("conflicts", 5, decision="采用主库")
    shop.sync(other)
    assert shown_line(Package.open(other.path), shop_book()) == "没有冲突，不用处理"


def shown_line(package, book):
    return package.sheet(book.pages["conflicts"].title).cell("A3").value
