"""Numbers whose decimals follow a comma are read so only where their column shows it."""

from __future__ import annotations

import pytest

from crmbook.exchange.mapping.commas import decimals_follow_commas, with_point


@pytest.mark.parametrize(
    ("column", "follow"),
    [
        (["1.234,50", "99", "1.200"], True),
        (["99,90", "0,5", "12"], True),
        (["99,90", "12", "13", "14"], False),
        (["5,00", "12"], False),
        (["1.234,50", "99.90"], False),
        (["99,90", "0,5", "1,234.50"], False),
        (["99,90", "0,5", "1,234,567"], False),
        ([1.5, None, "12"], False),
    ],
)
def test_a_column_shows_where_its_decimals_stand(column, follow):
    assert decimals_follow_commas(column) is follow


@pytest.mark.parametrize(
    ("raw", "read"), [("€ 1.234,50", "€ 1234.50"), ("-50,00", "-50.00"), ("1.200", "1200"), (1.5, 1.5)]
)
def test_a_number_gets_its_point(raw, read):
    assert with_point(raw) == read
