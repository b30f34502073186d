"""A workbook that brings nothing is told from what is stored, also where its book began as a shipped example."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.base import Options
from crmbook.schema import example_workspace, load_book
from crmbook.store import Store, private_location
from crmbook.sync import sync_workbooks
from crmbook.sync.checkout import Wish, new_record, start_book
from crmbook.sync.unchanged import report_unchanged

DAY = date(2023, 4, 1)


@pytest.mark.sample(1)
@pytest.mark.parametrize("example", ["cdnow", "company"])
def test_the_book_of_an_example_is_not_read_again(example, tmp_path):
    """Its rows do not matter here: it has none."""
    path, options = tmp_path / "book.xlsx", Options(DAY)
    book = load_book("standard", "zh", example_workspace(example))
    with Store.open(private_location(tmp_path)) as store:
        start_book(store, new_record(book, example), book, {}, Wish(path, DAY, is_beside=True))
    sync_workbooks([path], options)
    told = report_unchanged([path], options, {})
    assert told is not None
    assert [one.state for one in told.workbooks] == ["unchanged"]


@pytest.mark.parametrize(
    ("name", "has_one"),
    [("cdnow", True), ("company", False), ("", False), ("none", False), ("../examples/cdnow", False)],
)
def test_only_a_shipped_example_has_schemas_of_its_own(name, has_one):
    assert (example_workspace(name) is not None) == has_one
