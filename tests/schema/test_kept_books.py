"""Books that a process keeps: the same one for the same files, another one once a file is another."""

from __future__ import annotations

import copy
import hashlib
import pickle
import shutil
import subprocess
import sys
import threading

import pytest

from crmbook.schema import SchemaError, load_book
from crmbook.schema import load as loading
from tests.books import TEMPLATES
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


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def anew(workspace):
    """Load a book as the next process does."""
    loading._books.clear()
    return load_book("standard", "zh", workspace)


@pytest.mark.sample(3)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", [*TEMPLATES, "lite"])
def test_the_next_process_has_the_book_that_was_made(cache, template, lang):
    loading._books.clear()
    made = load_book(template, lang)
    loading._books.clear()
    recalled = load_book(template, lang)
    assert recalled is not made
    assert {**vars(recalled), "order": None} == {**vars(made), "order": None}
    assert recalled.order == made.order
    assert [list(table.fields) for table in recalled.tables.values()] == [
        list(table.fields) for table in made.tables.values()
    ]


def test_a_kept_book_needs_none_of_what_makes_one(cache):
    anew(None)
    script = (
        "import sys; from crmbook.schema import load_book; load_book('standard', 'zh'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    slow = {
        "pydantic",
        "ruamel",
        "openpyxl",
        "crmbook.schema.model",
        "crmbook.schema.making",
        "crmbook.formula.parser",
    }
    assert slow & set(done.stdout.split()) == set()


def test_a_saved_file_gives_another_book_in_the_next_process_too(cache, workspace):
    assert titled(workspace, "评语") == "评语"
    loading._books.clear()
    assert titled(workspace, "附注") == "附注"


@pytest.mark.parametrize("damage", ["cut", "one bit", "empty", "other book", "foreign class", "call"])
def test_a_damaged_kept_book_counts_as_none(cache, tmp_path, damage):
    loading._books.clear()
    whole = load_book("lite", "zh")
    loading._books.clear()
    (entry,) = cache.glob("*.book")
    content = entry.read_bytes()
    evil = tmp_path / "evil"
    said = {
        "cut": content[: len(content) // 2],
        "one bit": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "empty": b"",
        "other book": signed(pickle.dumps({"a": 1})),
        "foreign class": signed(pickle.dumps(tmp_path)),
        "call": signed(b"cos\nsystem\n(Vtouch " + str(evil).encode() + b"\ntR."),
    }
    entry.write_bytes(said[damage])
    assert vars(load_book("lite", "zh")) == vars(whole)
    assert not evil.exists()
    assert entry.read_bytes()[32:] == content[32:]  # and it is kept again


def signed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def test_kept_books_do_not_fill_the_disk(cache, workspace):
    cache.mkdir()
    for number in range(30):
        (cache / f"{number}.book").write_bytes(b"old")
    (cache / "fingerprint.txt").write_bytes(b"stays")
    anew(workspace)
    assert len(list(cache.glob("*.book"))) == 1
    assert (cache / "fingerprint.txt").exists()
