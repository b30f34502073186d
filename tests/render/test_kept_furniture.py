"""Furniture that the next process finds: just what would be made again, for the very same book and code alone."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace

import pytest

from crmbook.ooxml import Package
from crmbook.read import find_placement, read_workbook
from crmbook.render.repair import kept, repair
from crmbook.schema import layout_of, load_book
from tests.books import book_of, built


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_CACHE", str(tmp_path / "cache"))
    next_process()
    return tmp_path / "cache"


def next_process():
    kept._patterns.clear()


def repaired(data: bytes, book=None) -> tuple[bytes, list[str]]:
    book, package = book or load_book("standard", "zh"), Package.open(data)
    notes = repair(book, package, read_workbook(data, book))
    return package.to_bytes(), [note.code for note in notes]


def found(book):
    data = built().data
    package = Package.open(data)
    placement = find_placement(layout_of(book), read_workbook(data, book), package)
    return kept.find_pattern(book, placement, set(), {})


@pytest.fixture
def unmakable(monkeypatch):
    """From now on no furniture can be made."""

    def off():
        def fail(*_):
            raise AssertionError("made again")

        monkeypatch.setattr(kept, "_made", fail)

    return off


def test_the_next_process_finds_what_would_be_made(unmakable):
    book = load_book("standard", "zh")
    kept_now = found(book)
    kept_now.note_sound({"客户": b"1"})
    next_process()
    unmakable()
    again = found(book)
    assert again.pattern == kept_now.pattern
    assert again.sound == {"客户": b"1"}


def test_a_workbook_in_order_is_looked_at_once(unmakable, monkeypatch):
    data = built().data
    assert repaired(data) == (data, [])
    next_process()
    unmakable()
    monkeypatch.setitem(repair.__globals__, "repair_formats", None)
    assert repaired(data) == (data, [])


def test_what_a_program_dropped_since_comes_back_in_the_next_process(cache):
    data = built().data
    repaired(data)
    next_process()
    assert list(cache.glob("*.furniture"))
    package = Package.open(data)
    sheet = package.sheet(package.sheets[2].name).info.part
    for pattern in (
        rb"<dataValidations.*?</dataValidations>",
        rb"<conditionalFormatting.*</conditionalFormatting>",
    ):
        package = Package.open(data)
        package.replace_part(sheet, re.sub(pattern, b"", package.parts.read(sheet), flags=re.DOTALL))
        broken = package.to_bytes()
        assert broken != data
        assert repaired(broken)[1] != []
        next_process()


def test_looks_that_a_program_dropped_are_missed_although_the_sheet_is_as_it_was(cache):
    data = built().data
    repaired(data)
    next_process()
    package = Package.open(data)
    looks = package.parts.read("xl/styles.xml")
    plain = re.sub(
        rb"(<dxfs.*?>).*?(</dxfs>)",
        lambda m: m[0].replace(b"<b/>", b"").replace(b"FF", b"EE"),
        looks,
        flags=re.DOTALL,
    )
    assert plain != looks
    package.replace_part("xl/styles.xml", plain)
    kept_answer = repaired(package.to_bytes())
    next_process()
    for entry in cache.glob("*.furniture"):
        entry.unlink()
    assert kept_answer == repaired(package.to_bytes())


@pytest.mark.parametrize("damage", [b"", b"x" * 100, pickle.dumps(1)])
def test_a_damaged_entry_counts_as_none(cache, damage):
    data = built().data
    repaired(data)
    next_process()
    for entry in cache.glob("*.furniture"):
        entry.write_bytes(damage)
    assert repaired(data) == (data, [])


def test_a_book_that_was_changed_since_has_no_entry(cache):
    book = book_of()
    found(replace(book, title="anders"))
    assert not list(cache.glob("*.furniture"))
    assert not found(replace(book, title="anders")).entry
    assert found(load_book("standard", "zh")).entry


def test_books_places_and_live_formulas_have_entries_of_their_own():
    data = built().data
    book, english = load_book("standard", "zh"), load_book("standard", "en")
    package = Package.open(data)
    placement = find_placement(layout_of(book), read_workbook(data, book), package)
    some = {("customers", next(iter(book.tables["customers"].fields)))}
    name = next(iter(placement.fields))
    fewer = replace(placement, fields={**placement.fields, name: placement.fields[name][:-1]})
    entries = {
        kept.find_pattern(one, where, live, cells).entry
        for one, where, live, cells in (
            (book, placement, set(), {}),
            (book, placement, some, {}),
            (book, fewer, set(), {}),
            (book, placement, set(), {"as_of": (package.sheets[0].name, 1, 1)}),
        )
    }
    assert len(entries) == 4
    assert kept._entry(english, "") != kept._entry(book, "")
