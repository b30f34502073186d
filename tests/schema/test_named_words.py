"""What a book tells people to look at or to fill in is called so in that very book."""

from __future__ import annotations

import re

import pytest

from crmbook.schema import load_book
from tests.books import TEMPLATES

QUOTED = re.compile("“([^”]*)”")


@pytest.mark.parametrize("template", [*TEMPLATES, "lite"])
def test_remedies_name_only_what_the_book_has(template):
    book = load_book(template, "zh")
    known = {sheet.title for sheet in book.sheets} | {table.title for table in book.tables.values()}
    known |= {field.title for table in book.tables.values() for field in table.fields.values()}
    known |= {value.text for one in book.lists.values() for value in one.values.values()}
    told = [
        (table.name, one.id, text)
        for table in book.tables.values()
        for one, text in (
            *((one, one.remedy) for one in table.reminders),
            *((one, one.remedy.text("zh")) for one in table.checks if one.remedy),
        )
    ]
    named = [(*place, name) for *place, text in told for name in QUOTED.findall(text)]
    assert len(named) > (3 if template == "lite" else 10)
    assert [one for one in named if one[-1] not in known] == []
