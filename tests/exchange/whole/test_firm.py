"""What a small firm has before it starts: lists of some hundred rows, of which every row and every cell is accounted for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crmbook.base import Severity
from crmbook.exchange import ListWish, open_lots, plan_lot
from crmbook.exchange.mapping import apply
from crmbook.values import narrow, spell
from tests.exchange.whole.test_files import begun, planned

FIRM = Path(__file__).with_name("firm")
NAMES = sorted(path.name for path in FIRM.iterdir())
ROWS = 800
TWICE, MAYBE_TWICE, LOST = 26, 3, 62
"""Rows that are there already in the list, those of which a person is asked, and telephones that lost their digits."""


def planned_with_mapping(path):
    lots = open_lots(path, begun().schema, (), ListWish())
    return [(lot, plan_lot(begun(), lot, ListWish())) for lot in lots]


@pytest.mark.slow
def test_the_list_of_a_firm_comes_with_few_errors_and_finds_who_is_in_it_twice():
    [(lot, plan)] = planned(FIRM / "客户名单.csv")
    actions = Counter(row.action for row in plan.rows if row.table == "customers")
    errors = Counter(issue.code for issue in plan.issues if issue.severity is Severity.ERROR)
    assert len(lot.sheet.frame) == ROWS
    assert actions == {"new": ROWS - TWICE - MAYBE_TWICE, "duplicate": TWICE, "doubtful": MAYBE_TWICE}
    assert errors.pop("import.lost-digits") == LOST  # refused by name, as nobody can tell them
    assert errors.total() < 20


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_lost_or_doubled(name):
    for lot, plan in planned(FIRM / name):
        rows = Counter(row.row for row in plan.rows if row.table == plan.rows[0].table)
        assert set(rows) == set(lot.sheet.frame.index)
        assert set(rows.values()) == {1}
        assert not {one.row for one in lot.sheet.left_out} & set(rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_in_a_field_or_an_own_column_or_named(name):
    for _, one in planned_with_mapping(FIRM / name):
        typed = apply(begun().listed, one.mapping, one.sheet)
        rules = {rule.header: rule for rule in one.mapping.columns}
        taken = one.sheet.frame.drop(index=list(typed.filtered))
        silent = set(one.mapping.nothing)
        for header in one.sheet.headers:
            rule = rules[header]
            for row, raw in taken[header].items():
                text = spell(raw).strip()
                if not text or narrow(text).casefold() in silent:
                    continue
                assert accounted(typed, rule, row, header, text), (header, row, text)


def accounted(typed, rule, row, header, text):
    """Return whether something of a cell came, or it is named."""
    if (row, header) in typed.leftovers or (row, header) in typed.companions:
        return True
    if not rule.table:
        return header in {"序号", "序", "行号"}
    held = typed.frames[rule.table] if rule.field else typed.own[rule.table]
    names = [rule.field] if rule.field else [name for name in held.columns if header.strip("*＊") in name]
    came = any(name in held.columns and held.loc[row, name] is not None for name in names)
    remarks = typed.frames[rule.table].get("notes")
    return came or (remarks is not None and text in spell(remarks.loc[row]))
