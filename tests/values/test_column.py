"""A column read at once: what reading it cell by cell gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmbook.values import parse_column, parse_value
from crmbook.values.parsed import Domain, ValueKind

DOMAINS = [
    Domain(ValueKind.ID),
    Domain(ValueKind.REF),
    Domain(ValueKind.TEXT),
    Domain(ValueKind.LONG_TEXT, longest=6),
    Domain(ValueKind.TEXT, personal=True),
    Domain(ValueKind.TEXT, pattern="[a-z]+"),
]
PIECES = st.sampled_from(["a", "|", " ", "1", "é", "e\u0301", "\u0338", "*", "张", "\u3000", "\t", "\u200b"])
CELLS = st.lists(st.lists(PIECES, max_size=4).map("".join) | st.none() | st.just(1.0), max_size=6)


@pytest.mark.sample(2)
@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: f"{domain.kind}-{domain.longest}")
@settings(max_examples=150, deadline=None, derandomize=True)
@given(cells=CELLS)
@example(cells=["a|", " |a"])
@example(cells=["a", "\u0338a"])
@example(cells=["x" * 256, "y"])
@example(cells=["a", ""])
def test_every_cell_is_read_as_by_itself(domain, cells):
    column = parse_column(domain, cells)
    for place, raw in enumerate(cells):
        if raw is None:
            continue
        alone = parse_value(domain, raw)
        assert column.cells[place] == alone.value
        told = column.findings.get(place)
        assert (told is None) == (not alone.problem and not alone.note)
