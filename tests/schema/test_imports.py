"""The words of other programs: they name what exists, a workspace adds to them, and no workbook depends on them."""

from __future__ import annotations

import pytest

from crmbook.schema import SchemaError, load_book
from tests.schema.problems import template_names

OWN = """
imports:
  nothing: [空着]
  tables:
    customers:
      headers:
        phone: [呼叫号]
  lists:
    gender: {male: [爷们]}
"""


def write(folder, text):
    (folder / "schemas").mkdir()
    (folder / "schemas" / "words.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_words_name_tables_fields_lists_and_values_that_exist():
    known = {name: load_book(name) for name in template_names()}
    fields = {
        (book.template, table.name, field)
        for book in known.values()
        for table in book.tables.values()
        for field in table.fields
    }
    for template, book in known.items():
        for table, words in book.imports.tables.items():
            assert table in book.tables
            for field in words.headers:
                assert {(template, table, field), ("standard", table, field)} & fields, (
                    template,
                    table,
                    field,
                )
            named = {*words.people, *words.beside, words.further, words.address} - {None}
            assert {field for field in named if not {(one, table, field) for one in known} & fields} == set()
        for name, values in book.imports.lists.items():
            assert set(values) <= set(book.lists[name].values), (template, name)


def test_a_workspace_adds_words_and_the_workbook_stays_the_same(tmp_path):
    shipped, book = load_book(), load_book("standard", "zh", write(tmp_path, OWN))
    words = book.imports
    assert words.nothing == ("空着",)
    assert words.tables["customers"].headers["phone"] == ("呼叫号",)
    assert words.tables["customers"].headers["email"] == shipped.imports.tables["customers"].headers["email"]
    assert words.lists["gender"] == {"male": ("爷们",), "female": shipped.imports.lists["gender"]["female"]}
    assert book.fingerprint == shipped.fingerprint


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("nothing: [空着]", "nothing: 空着", "schema.wrong-type", 3),
        ("headers:", "header:", "schema.unknown-key", 6),
        ("customers:", "Customers:", "schema.bad-name", 5),
    ],
)
def test_a_mistake_in_the_words_is_told_with_its_place(tmp_path, old, new, code, line):
    with pytest.raises(SchemaError) as caught:
        load_book("standard", "zh", write(tmp_path, OWN.replace(old, new)))
    assert [(one.code, one.location.line) for one in caught.value.problems] == [(code, line)]
