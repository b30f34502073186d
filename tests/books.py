"""Built workbooks for tests: each made once per test process, always the same bytes."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from crmbook.build.build import Built, build_workbook
from crmbook.build.example import load_example
from crmbook.build.identity import Stamp
from crmbook.schema import load_book

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema import Book

TEMPLATES = ("standard", "b2b", "ecommerce", "retail", "education")
STAMP = Stamp("book-1", "workbook-1")
CDNOW_STAMP = Stamp("book-2", "workbook-2", example="cdnow")


@cache
def book_of(template: str = "standard", lang: str = "zh", example: str = "") -> Book:
    workspace = load_example(example).workspace if example in ("company", "cdnow") else None
    return load_book(template, "en" if lang == "en" else "zh", workspace)


@cache
def built(
    example: str = "sample", template: str = "standard", lang: str = "zh", as_of: str = "", mode: Any = "auto"
) -> Built:
    source = load_example(example, template if example == "sample" else None)
    book = book_of(template, lang, example)
    day = date.fromisoformat(as_of) if as_of else source.as_of
    return build_workbook(
        book, source.frames(book), day, CDNOW_STAMP if example == "cdnow" else STAMP, mode=mode
    )


@cache
def empty(template: str = "standard", lang: str = "zh") -> Built:
    return build_workbook(book_of(template, lang), {}, date(2024, 2, 29), STAMP)


def saved(work: Built, folder: Path, name: str = "book.xlsx") -> Path:
    path = folder / name
    path.write_bytes(work.data)
    return path
