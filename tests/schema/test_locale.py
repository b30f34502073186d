"""``locale:`` in a template or workspace: where a book is at home, and what follows from it in formats, words, formulas."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmbook.base import at_home, locale_of
from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.ooxml import Package
from crmbook.schema import Layout, SchemaError, load_book
from crmbook.schema.recompute import table_frame
from tests import office

OWN = """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: 编号, en: ID}, type: id}
  date: {title: {zh: 日期, en: Date}, type: date}
  fee: {title: {zh: 费用, en: Fee}, type: money}
  round: {title: {zh: 约数, en: About}, type: money, format: '¤#,##0', unit: {zh: ¤¤/次, en: ¤ a visit}}
  plain: {title: {zh: 元数, en: Plain}, type: number, format: {zh: '0"¤¤"', en: '¤0'}}
  weekday: {title: {zh: 星期, en: Weekday}, type: integer, formula: '=WEEKDAY([@date],locale.week_start)'}
  answer: {title: {zh: 答复日, en: Answer by}, type: date, formula: '=WORKDAY([@date],1,locale.holidays)'}
  said: {title: {zh: 说明, en: In words}, type: text, formula: '=locale.currency&TEXT([@fee],"0.00")'}
"""


def book_of(folder, lang="en", locale="", template=""):
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "schemas" / "visits.yaml").write_text(OWN, encoding="utf-8")
    if locale:
        (folder / "schemas" / "home.yaml").write_text(f"locale: {locale}\n", encoding="utf-8")
    mine = f"template: mine\ntitle: {{zh: 我的, en: Mine}}\nextends: standard\n{template}\n"
    (folder / "templates" / "mine.yaml").write_text(mine, encoding="utf-8")
    return load_book("mine", lang, folder)


def text_of(book):
    return book.lists["class_basis"].texts[0]


def test_a_language_brings_its_home(tmp_path):
    for lang, shown in (("zh", '"¥"#,##0.00'), ("en", "#,##0.00")):
        book = book_of(tmp_path, lang)
        assert book.locale == locale_of(lang)
        assert book.tables["visits"].fields["fee"].format == shown
        assert {cell.format for cell in book.cells.values() if cell.type == "money"} >= {shown}


def test_the_workspace_says_it_for_all_templates_and_a_template_for_itself(tmp_path):
    assert book_of(tmp_path, locale="{region: GB}").locale == at_home("en", {"region": "GB"})
    book = book_of(tmp_path, locale="{region: GB}", template="locale: {currency: '€', paper: A3}")
    assert (book.locale.region, book.locale.currency, book.locale.paper) == ("GB", "€", "A3")
    assert load_book("standard", "en", tmp_path).locale.currency == "£"


def test_the_currency_reaches_formats_units_and_words(tmp_path):
    british = book_of(tmp_path, locale="{region: GB}")
    fields = british.tables["visits"].fields
    shown = [fields[name].format for name in ("fee", "round", "plain")]
    assert shown == ['"£"#,##0.00', '"£"#,##0', '"£"0']
    assert fields["round"].unit == "£ a visit"
    assert text_of(british) == "Purchases of £{from} or more"
    assert british.tables["region_sales"].fields["sales"].format == '"£"#,##0'
    bare = book_of(tmp_path, locale="{currency: ''}").tables["visits"].fields
    assert [bare[name].format for name in ("fee", "plain")] == ["#,##0.00", "0"]
    assert bare["round"].unit == "a visit"
    home = book_of(tmp_path, "zh", locale="{region: CN}")
    assert home.tables["visits"].fields["plain"].format == '0"元"'
    assert home.tables["visits"].fields["round"].unit == "元/次"
    assert text_of(home) == "购买金额超过{from}元"


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("locale", "weekday", "answer", "said"),
    [
        ("{region: US}", 6, date(2026, 12, 28), "$5.00"),
        ("{region: GB, holidays: [2026-12-28]}", 5, date(2026, 12, 29), "£5.00"),
        ("{week_start: saturday}", 7, date(2026, 12, 28), "5.00"),
    ],
)
def test_formulas_know_it(tmp_path, locale, weekday, answer, said):
    book = book_of(tmp_path, locale=locale)
    rows = pd.DataFrame({"date": [date(2026, 12, 25)], "fee": [5.0]})
    found = {
        name: book.formulas["visits", name].evaluate({"visits": rows}).tolist()[0]
        for name in ("weekday", "answer", "said")
    }
    assert (found["weekday"], found["said"]) == (weekday, said)
    assert found["answer"] == (answer - date(1899, 12, 30)).days


@pytest.mark.sample(5)
@pytest.mark.parametrize(
    ("locale", "code", "value"),
    [
        ("{region: XX}", "schema.unknown-region", "XX"),
        ("{region: gb}", "schema.unknown-region", "gb"),
        ("{currency: '5'}", "schema.bad-currency", "'5'"),
        ("{currency: '\"'}", "schema.bad-currency", "'\"'"),
        ("{date_order: dym}", "schema.unknown-value", "dym"),
        ("{decimal: ';'}", "schema.unknown-value", "';'"),
        ("{paper: A6}", "schema.unknown-value", "A6"),
        ("{holidays: [tomorrow]}", "schema.wrong-type", "tomorrow"),
        ("{zone: Europe/Munich}", "schema.unknown-zone", "Europe/Munich"),
        ("{zone: europe/london}", "schema.unknown-zone", "europe/london"),
        ("{zone: UTC+8}", "schema.unknown-zone", "UTC+8"),
        ("{zone: ../../etc/passwd}", "schema.unknown-zone", "../../etc/passwd"),
        ("{regions: GB}", "schema.unknown-key", "regions"),
    ],
)
@pytest.mark.parametrize("is_in_template", [False, True])
def test_a_mistake_is_told_at_its_place(tmp_path, locale, code, value, is_in_template):
    where = {"template": f"locale: {locale}"} if is_in_template else {"locale": locale}
    with pytest.raises(SchemaError) as caught:
        book_of(tmp_path, **where)
    first = caught.value.problems[0]
    assert (first.code, first.value) == (code, value)
    assert first.location.file.endswith("mine.yaml" if is_in_template else "home.yaml")
    assert first.location.line == (4 if is_in_template else 1)


@pytest.mark.slow
def test_another_home_is_another_schema_and_the_same_in_both_languages(tmp_path):
    before = {lang: book_of(tmp_path, lang).fingerprint for lang in ("zh", "en")}
    after = {lang: book_of(tmp_path, lang, locale="{paper: A3}").fingerprint for lang in ("zh", "en")}
    assert before["zh"] == before["en"]
    assert after["zh"] == after["en"] != before["en"]


def test_null_takes_back_what_the_template_below_says(tmp_path):
    assert book_of(tmp_path, template="locale: {region: GB, currency: '€'}").locale.currency == "€"
    (tmp_path / "templates" / "more.yaml").write_text(
        "template: more\ntitle: {zh: 更多, en: More}\nextends: mine\nlocale: {currency: null}\n",
        encoding="utf-8",
    )
    assert load_book("more", "en", tmp_path).locale.currency == "£"


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_computes_the_same_from_them(tmp_path):
    home = "{region: GB, holidays: [2026-12-28, 2026-12-29]}"
    book = book_of(tmp_path, locale=home)
    rows = {"visit_id": ["1"], "date": [date(2026, 12, 25)], "fee": [5.0]}
    frames = {"visits": table_frame(book.tables["visits"], rows)}
    path = tmp_path / "book.xlsx"
    path.write_bytes(build_workbook(book, frames, date(2026, 12, 1), Stamp("book-1", "workbook-1")).data)
    columns = Layout(book).tables["visits"].columns
    names = ("weekday", "answer", "said")
    (tmp_path / "out").mkdir()
    [counted] = office.recalculate(path, out_dir=tmp_path / "out")
    ours, theirs = (Package.open(one).sheet("Visits") for one in (path, counted))
    cells = [f"{columns[name].letter}2" for name in names]
    assert [theirs.cell(ref).formula for ref in cells].count(None) == 0
    assert [theirs.cell(ref).value for ref in cells] == [ours.cell(ref).value for ref in cells]
    assert ours.cell(cells[1]).value == date(2026, 12, 30)


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("lang", "locale", "unit"),
    [
        ("en", "{region: GB}", "money £"),
        ("en", "{currency: ''}", "money"),
        ("zh", "{region: CN}", "元"),
        ("zh", "{currency: US$}", "US$"),
        ("zh", "{currency: ''}", "元"),
    ],
)
def test_the_unit_of_a_task_is_the_currency_of_the_book(tmp_path, lang, locale, unit):
    assert book_of(tmp_path, lang, locale=locale).lists["task_unit"].texts[0] == unit
