"""Ids of rows: each is new, says its number, and no office program takes one for a number."""

from __future__ import annotations

from crmbook.build import number_of, row_ids


def test_hidden_ids_are_new_and_end_in_a_letter():
    first = row_ids("customers", 40)
    more = row_ids("customers", 2, 40)
    other = row_ids("visits", 40)
    assert len({*first, *more, *other}) == 82
    assert all(text[-1].isalpha() for text in (*first, *more))
    assert [number_of(text) for text in (*first, *more)] == list(range(42))
    assert number_of("customers") == number_of("") == -1
