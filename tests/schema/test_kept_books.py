"""Books that a process keeps: the same one for the same files, another one once a file is another."""

from __future__ import annotations

import copy
import shutil
import threading

import pytest

from crmbook.schema import SchemaError, load_book
from tests.desk import NAME, Desk, settled


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "schemas").mkdir()
    return tmp_path


def titled(workspace, title: str) -> str:
    text = f"extends: customers\nfields:\n  notes:\n    title: {{zh: {title}, en: Remark}}\n"
    (workspace / "schemas" / "customers.yaml").write_text(text, encoding="utf-8")
    return load_book("standard", "zh", workspace).tables["customers"].fields["notes"].title


def test_the_same_files_give_the_very_same_book():
    assert load_book("standard", "zh") is load_book("standard", "zh")
    assert load_book("standard", "zh") is not load_book("standard", "en")
    assert load_book("standard", "zh") is not load_book("retail", "zh")


def test_a_saved_file_gives_another_book(workspace):
    plain = load_book("standard", "zh", workspace)
    assert titled(workspace, "评语") == "评语"
    assert titled(workspace, "附注") == "附注"  # of the same length, within the same instant
    shutil.rmtree(workspace / "schemas")
    assert load_book("standard", "zh", workspace) is plain


def test_a_mistake_is_told_each_time_and_gone_once_it_is_mended(workspace):
    broken = workspace / "schemas" / "customers.yaml"
    broken.write_text("extends: customers\nfields: {notes: {titel: x}}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SchemaError):
            load_book("standard", "zh", workspace)
    assert titled(workspace, "评语") == "评语"


@pytest.mark.slow
def test_a_book_stays_as_it_is_while_a_workbook_is_synced(tmp_path):
    settled(tmp_path)
    book = load_book("standard", "zh")
    before = copy.deepcopy(book)
    desk = Desk(tmp_path / NAME)
    desk.type("customers", 2, notes="已回访")
    assert desk.sync().written
    assert load_book("standard", "zh") is book
    assert vars(book) == vars(before)


@pytest.mark.slow
def test_few_books_are_kept(workspace):
    first = load_book("standard", "zh", workspace)
    for number in range(8):
        titled(workspace, f"评语{number}")
    shutil.rmtree(workspace / "schemas")
    again = load_book("standard", "zh", workspace)
    assert again is not first
    assert vars(again) == vars(first)


def test_threads_may_load_at_once(workspace):
    titled(workspace, "评语")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(load_book("standard", "zh", workspace)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(book == found[0] for book in found)
    assert load_book("standard", "zh", workspace) in found
