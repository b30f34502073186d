"""What explains a field: the cells when they are chosen, and no note on a header, in any template."""

from __future__ import annotations

import pytest

from crmbook.build.prompts import TEXT_LIMIT, prompt_of, units
from crmbook.ooxml import Package, parse_areas, read_notes
from crmbook.schema import layout_of
from tests.books import TEMPLATES, book_of, empty


@pytest.mark.sample(2)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", ["lite", *TEMPLATES])
def test_no_header_bears_a_note_and_every_meaning_is_said_by_its_cells(template, lang):
    book, package = book_of(template, lang), Package.open(empty(template, lang).data)
    assert {sheet.name: len(read_notes(package, sheet.name)) for sheet in package.sheets} == dict.fromkeys(
        [sheet.name for sheet in package.sheets], 0
    )
    assert [name for name in package.parts.names if "comments" in name] == []
    for name, place in layout_of(book).tables.items():
        if not book.tables[name].managed:
            continue
        said = {
            area.left - 1: one.prompt
            for one in package.validations(place.sheet)
            for area in parse_areas(one.sqref)
        }
        for field in book.tables[name].fields.values():
            if field.help:
                assert field.help[:200] in said[place.columns[field.name].index], (name, field.name)


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        (("customers", "name"), ["客户姓名", "必填"]),
        (("transactions", "amount"), ["必填", "例如：500"]),
        (("followups", "contact_frequency"), ["自动计算，请勿填写"]),
        (("loyalty", "frequency"), ["自动计算；可直接填写（以填写的为准，清空后恢复公式）"]),
    ],
)
def test_a_prompt_says_meaning_duty_and_example(field, lines):
    book = book_of()
    said = prompt_of(book.tables[field[0]].fields[field[1]], "zh")
    assert [line for line in lines if line not in said] == []


def test_what_sync_assigns_is_no_duty():
    said = prompt_of(book_of().tables["transactions"].fields["transaction_id"], "zh")
    assert said == "留空，同步时自动分配\n例如：1001"


def test_an_example_that_the_meaning_names_is_not_said_again():
    field = book_of().tables["followups"].fields["next_followup"]
    assert str(field.example) in field.help
    assert prompt_of(field, "zh").count(str(field.example)) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_prompt_is_cut(lang):
    fields = [field for table in book_of(lang=lang).tables.values() for field in table.fields.values()]
    assert [field.name for field in fields if units(field.help) > TEXT_LIMIT] == []
    assert max(units(prompt_of(field, lang)) for field in fields) <= TEXT_LIMIT
    assert [field.name for field in fields if prompt_of(field, lang).endswith("…")] == []
