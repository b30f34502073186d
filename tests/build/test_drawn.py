"""What is seen of a new workbook: nothing that the program itself writes is cut, and charts count in whole numbers."""

from __future__ import annotations

import re
from functools import cache

import pytest

from crmbook.ooxml import Package
from crmbook.schema import layout_of
from tests.books import TEMPLATES, book_of, built

BOOKS = [(template, lang) for template in ("standard", "retail", "education") for lang in ("zh", "en")]


def text_units(text):
    """The room that a text takes: a Chinese character counts two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


@cache
def package(template, lang):
    return Package.open(built(template=template, lang=lang).data)


def widths(template, lang, sheet):
    """The width of each column that has one, by its number."""
    columns = package(template, lang).sheet(sheet).frame.root.find("cols").all("col")
    return {
        number: float(one.get("width"))
        for one in columns
        for number in range(int(one.get("min")), min(int(one.get("max")), 200) + 1)
    }


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_a_header_that_is_a_link_fits_in_one_line(template, lang):
    book = book_of(template, lang)
    for table in book.tables.values():
        if table.managed and book.sheet_of(table.name).page is None:
            place = layout_of(book).tables[table.name]
            header = next(iter(table.fields.values())).title
            assert widths(template, lang, place.sheet)[1] > text_units(header) + 2, header


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_words_that_a_formula_or_the_schema_brings_fit_in_one_line(template, lang):
    made, book = built(template=template, lang=lang), book_of(template, lang)
    seen = 0
    for table in book.tables.values():
        shown = table.managed and (table.seed or book.sheet_of(table.name).page is None)
        place = layout_of(book).tables[table.name]
        for field in table.fields.values() if shown else ():
            read = field.formula.references if field.formula else ()
            is_free = any(
                book.tables[one].fields[name].traits.wrap for one, name in read
            )  # people's own sentences
            if field.hidden or field.traits.wrap or is_free or not (field.formula or table.seed):
                continue
            width = widths(template, lang, place.sheet)[place.columns[field.name].index + 1]
            for value in made.computed.frames[table.name][field.name]:
                if isinstance(value, str):
                    seen += 1
                    assert width > text_units(value), (table.name, field.name, value)
    assert seen > 100


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_dropdown_lists_stand_in_columns_that_hold_their_values(template, lang):
    book = book_of(template, lang)
    sheet = book.pages["dictionary"].title
    known = widths(template, lang, sheet)
    for name, place in layout_of(book).lists.items():
        longest = max(text_units(value.text) for value in book.lists[name].values.values())
        assert known[place.column + 1] > min(longest, 32)
    (header,) = re.findall(rb'<row r="4"[^>]* ht="([0-9.]+)"', part(package("retail", "en"), "Dictionary"))
    assert float(header) > 30


def part(opened, title):
    return opened.parts.read(opened.sheet(title).info.part)


def charts(opened):
    names = [name for name in opened.parts.names if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    return [opened.parts.read(name).decode() for name in sorted(names)]


def test_charts_of_whole_numbers_say_them_and_show_no_halves():
    columns = [one for one in charts(package("standard", "zh")) if '<c:barDir val="col"/>' in one]
    counted = [one for one in columns if re.search(r"<c:valAx>.*?<c:delete val=\"1\"/>", one, re.DOTALL)]
    assert len(counted) == 2  # new and lost customers; tasks by owner
    for one in counted:
        assert one.count("<c:dLbls>") == one.count("<c:ser>") == 2
        assert "<c:majorGridlines>" not in one.partition("<c:valAx>")[2]
    assert len(columns) > len(counted)  # satisfaction and money keep their axis


def test_texts_behind_a_dashboard_do_not_run_into_the_columns_beside_them():
    book = book_of("retail", "en")
    place = layout_of(book).tables["funnel"]
    opened = package("retail", "en")
    cell = opened.sheet(place.sheet).cell(f"{place.columns['stage'].letter}{place.first_row}")
    styles = opened.parts.read("xl/styles.xml").decode()
    xf = re.findall(
        r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.partition("<cellXfs")[2].partition("</cellXfs>")[0]
    )[cell.style]
    assert 'horizontal="left"' in xf


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", [*TEMPLATES, "lite"])
def test_what_reminds_fits_in_the_columns_of_its_page(template, lang):
    book = book_of(template, lang)
    fields = book.tables["reminders"].fields
    rules = [rule for table in book.tables.values() for rule in table.reminders]
    assert len(rules) > 5
    for rule in rules:
        assert text_units(rule.message) < fields["reason"].width, rule.message
        assert text_units(rule.remedy) < fields["remedy"].width, rule.remedy
