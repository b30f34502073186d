"""The shipped samples: built, read back, checked, recomputed."""

from __future__ import annotations

import pytest

from crmbook.build.build import build_workbook
from crmbook.build.example import load_example
from crmbook.check import check_cells, check_rules, sorted_issues
from crmbook.read import read_workbook
from crmbook.schema import load_book
from crmbook.schema.recompute import recompute
from tests.books import STAMP

DOUBTFUL_PHONES = [("value.phone-doubtful", "客户基本信息!E2"), ("value.phone-doubtful", "客户基本信息!E3")]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("standard", DOUBTFUL_PHONES),
        ("lite", DOUBTFUL_PHONES),
        ("b2b", []),
        ("ecommerce", []),
        ("retail", []),
        ("education", []),
    ],
)
def test_a_built_sample_reads_back_as_it_was_written(template, told):
    source, book = load_example("sample", template), load_book(template, "zh")
    frames = source.frames(book)
    built = build_workbook(book, frames, source.as_of, STAMP)
    snapshot = read_workbook(built.data, book)
    checked = check_cells(book, snapshot, source.as_of)
    computed = recompute(book, checked.seen(snapshot), source.as_of, checked.cells)
    issues = sorted_issues(book, snapshot, [*checked.issues, *check_rules(book, snapshot, checked, computed)])
    assert [(issue.code, str(issue.location)) for issue in issues] == told
    assert snapshot.missing == ()
    assert checked.corrections == {}
    for key, result in built.computed.results.items():
        if "reminders" in book.formulas[key].tables_scanned:
            continue  # what is due is found by sync, which lists it: a check reads the rows of people
        assert computed.results[key].tolist() == result.tolist(), key
