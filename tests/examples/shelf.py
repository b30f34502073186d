"""The shipped example books, read as the builder reads them: one folder, one book."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from crmbook.schema import Book, Storage, load_book
from crmbook.schema.recompute import Computed, recompute, table_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.schema import Field

EXAMPLES = Path(__file__).parents[2] / "examples"
TEMPLATES = ("standard", "b2b", "ecommerce", "retail", "education")
NAMES = (*(f"sample/{template}" for template in TEMPLATES), "company", "cdnow")


@dataclass(frozen=True)
class Example:
    """A book, the texts of its CSV files, and its tables as frames of typed values."""

    name: str
    book: Book
    as_of: date
    texts: Mapping[str, list[dict[str, str]]]
    frames: Mapping[str, pd.DataFrame]

    def computed(self, as_of: date | None = None) -> Computed:
        return recompute(self.book, self.frames, as_of or self.as_of)


@cache
def load_example(name: str, lang: str = "zh") -> Example:
    folder = EXAMPLES / name
    about = YAML(typ="safe").load((folder / "example.yaml").read_text(encoding="utf-8"))
    book = load_book(about["template"], lang, folder if (folder / "schemas").is_dir() else None)
    texts = {}
    for path in sorted(folder.glob("*.csv")):
        if path.name == "words.csv":  # what the texts are in English
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            texts[path.stem] = list(csv.DictReader(stream))
    frames = {
        table: table_frame(
            book.tables[table],
            {
                name: [_value(book, book.tables[table].fields[name], row[name]) for row in rows]
                for name in rows[0]
            },
        )
        for table, rows in texts.items()
    }
    return Example(name, book, about["as_of"], texts, frames)


@cache
def computed_example(name: str) -> Computed:
    return load_example(name).computed()


def _value(book: Book, field: Field, text: str) -> object:
    if not text:
        return None
    if field.storage is Storage.NUMBER:
        return float(text)
    if field.storage is Storage.DATE:
        return date.fromisoformat(text)
    known = book.lists[field.list].values if field.list else {}  # noqa: PD011 - a list's own values
    return known[text].text if text in known else text
