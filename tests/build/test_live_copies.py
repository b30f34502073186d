"""Which computed fields of each kind of copy are live formulas, and why the others stand there as values."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.build.build import build_workbook
from crmbook.build.example import load_example
from crmbook.build.extract import Extract
from crmbook.build.identity import Stamp, row_ids
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope, tables_in_scope
from crmbook.ooxml import Package
from tests.books import TEMPLATES, book_of

WHY = {
    "bands": "the role does not see 评分规则",
    "parameters": "the role does not see 评分规则",
    "before_start": "the role does not see the period of 总结",
    "period_start": "the role does not see the period of 总结",
    "period_end": "the role does not see the period of 总结",
    "feedback": "whoever sells does not see complaints",
    "maintenance": "whoever sells does not see the later stages",
    "recovery": "whoever sells does not see the later stages",
    "evaluation": "whoever serves does not see the early stages",
    "prospects": "whoever serves does not see the early stages",
    "relationships": "whoever serves does not see the early stages",
    "transactions": "whoever serves does not see purchases",
    "lifecycle": "whoever serves does not see purchases",
    "loyalty": "whoever serves does not see purchases",
    "lessons": "only the school's whole book has the lessons",
}
"""What a field may read that its copy does not hold: only that makes it a value."""

COUNTS = {
    ("standard", "sales"): (70, 13),
    ("standard", "service"): (39, 11),
    ("b2b", "sales"): (70, 13),
    ("b2b", "service"): (38, 10),
    ("ecommerce", "sales"): (71, 13),
    ("ecommerce", "service"): (39, 13),
    ("retail", "sales"): (74, 14),
    ("retail", "service"): (39, 16),
    ("education", "sales"): (71, 17),
    ("education", "service"): (41, 14),
}
"""Live fields and values of the copies for roles."""


def copied(template, scope, example="sample"):
    """A copy as it is checked out, of the rows of an example."""
    book = book_of(template)
    source = load_example(example, template if example == "sample" else None)
    tables = {
        name: frame.set_axis(pd.Index(row_ids(name, len(frame)), dtype=object))
        for name, frame in source.frames(book).items()
    }
    stamp = Stamp("book", "copy", owner=scope.owner, where=scope.where, role=scope.role)
    extract = Extract(role_book(book, scope.role))
    return build_workbook(book, tables_in_scope(book, scope, tables), source.as_of, stamp, extract=extract)


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope(owner="王芳"), Scope(where='[@customer_id]="001"')],
    ids=["whole", "owner", "where"],
)
def test_a_copy_of_some_rows_computes_everything_itself(template, scope):
    made = copied(template, scope)
    assert made.by_sync == {
        ("customers", "lunar_birthday"),  # no office program has the Chinese calendar
        ("customers", "next_lunar_birthday"),
    }
    assert made.live | made.by_sync == {key for key in book_of(template).formulas if key[0]}


@pytest.mark.sample(1)
@pytest.mark.parametrize(("template", "role"), COUNTS)
def test_a_role_copy_computes_all_that_it_can_and_there_is_a_reason_for_each_other_field(template, role):
    made = copied(template, Scope(role=role))
    assert (len(made.live), len(made.by_sync)) == COUNTS[template, role]
    view = role_book(book_of(template), role)
    extract = Extract(view)
    for key in made.by_sync:
        formula = view.formulas[key]
        if formula.call_of_ours is not None:
            continue
        hidden = {table for table, field in formula.references if (table, field) not in extract.present}
        hidden |= {name for name in formula.names if ("", name) not in extract.present}
        assert hidden, key
        assert hidden <= WHY.keys(), key
        assert not any(table in view.tables for table in hidden), key
    assert all(extract.keeps(view.formulas[key]) for key in made.live)
    names = {(table.name, table.name_field) for table in view.tables.values() if table.name_field}
    assert names & view.formulas.keys() <= made.live


def test_the_roles_counted_are_all_there_are():
    assert {(template, role) for template in TEMPLATES for role in book_of(template).roles} == COUNTS.keys()


def said_above(made, title):
    """What stands beside the help of a page."""
    return Package.open(made.data).sheet(title).cell("F2").value


@pytest.mark.slow
def test_the_summary_of_a_copy_says_whose_rows_it_counts():
    book = book_of()
    summary, card = book.pages["summary"].title, book.pages["card"].title
    assert said_above(copied("standard", Scope()), summary) is None
    mine = copied("standard", Scope(owner="王芳"))
    assert said_above(mine, summary) == "只统计本簿所含的行：负责人为王芳的客户"
    assert said_above(mine, card) is None
    both = copied("standard", Scope(owner="王芳", where='[@region]="北京"'))
    assert said_above(both, summary).endswith('负责人为王芳的客户；符合条件 [@region]="北京" 的客户')


def test_the_summary_of_a_copy_counts_what_the_copy_holds():
    mine = copied("standard", Scope(owner="王芳"), "company")
    held = mine.computed.frames
    assert 0 < len(held["customers"]) < 100
    assert mine.computed.cells["customers_total"] <= len(held["customers"])
    assert mine.computed.frames["funnel"]["customers"].max() <= len(held["customers"])
