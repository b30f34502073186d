"""The shipped examples: one CSV per table with machine field names and list values, one ``example.yaml`` about them.

::

    examples/company/example.yaml      {template, as_of, lang, title}
    examples/company/customers.csv     customer_id,name,gender,…   (derived fields only where typed over)
    examples/sample/standard/…         one folder per template
    examples/sample/words.csv          zh,en: what the texts of all samples are in an English book
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from crmbook.base import CrmbookError
from crmbook.schema import table_frame
from crmbook.schema import shipped
from crmbook.schema import Storage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from crmbook.base import Value
    from crmbook.schema import Book, Field
    from crmbook.schema import ListValue


@dataclass(frozen=True, slots=True)
class Example:
    """An example's folder and what its ``example.yaml`` says."""

    folder: Path
    template: str
    as_of: date
    titles: Mapping[str, str]

    @property
    def workspace(self) -> Path | None:
        """The example's own changes to the schemas, where it has any (the CDNOW book counts in dollars)."""
        return self.folder if (self.folder / "schemas").is_dir() else None

    def frames(self, book: Book) -> dict[str, pd.DataFrame]:
        """Return the rows of every table that the example has, as canonical values of `book`.

        Raises
        ------
        CrmbookError
            ``example.bad-value`` for a value that does not fit its field.
        """
        tables = [table for table in book.tables.values() if (self.folder / f"{table.name}.csv").exists()]
        words = self._words() if book.lang == "en" else {}
        frames = {}
        for table in tables:
            with (self.folder / f"{table.name}.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
            names = [name for name in table.fields if rows and name in rows[0]]
            columns = {
                name: [
                    _canonical(book, table.fields[name], words.get(row[name], row[name])) for row in rows
                ]
                for name in names
            }
            frames[table.name] = table_frame(table, columns)
        return frames

    def _words(self) -> dict[str, str]:
        """Return what the example's texts are in English, of an example that says so."""
        path = self.folder.parent / "words.csv"
        if not path.exists():
            return {}
        with path.open(encoding="utf-8", newline="") as file:
            return {row["zh"]: row["en"] for row in csv.DictReader(file)}


def load_example(name: str, template: str | None = None) -> Example:
    """Return a shipped example; `template` chooses among those of the sample.

    Raises
    ------
    CrmbookError
        ``example.unknown`` if there is none of that name, ``example.no-sample`` if none is for the template.
    """
    root = shipped("examples")
    known = sorted(
        path.parent.name for path in root.glob(f"{name}/*/example.yaml" if template else "*/example.yaml")
    )
    folder = root / name / template if template else root / name
    if not (template or name in known) or not (folder / "example.yaml").is_file():
        if template:
            raise CrmbookError("example.no-sample", template=template, known=", ".join(known))
        raise CrmbookError("example.unknown", name=name, known=", ".join(known))
    about = YAML(typ="safe").load((folder / "example.yaml").read_text(encoding="utf-8"))
    as_of = about["as_of"]
    day = as_of if isinstance(as_of, date) else date.fromisoformat(str(as_of))
    return Example(folder, str(about["template"]), day, dict(about["title"]))


def _canonical(book: Book, field: Field, text: str) -> Value:
    """Return the canonical value of a CSV cell; list values stand by machine name, or as their text."""
    if text == "":
        return None
    try:
        match field.storage:
            case Storage.NUMBER:
                return float(text) if not text.lstrip("-").isdigit() else int(text)
            case Storage.DATE:
                return date.fromisoformat(text)
            case Storage.DATETIME:
                return datetime.fromisoformat(text)
    except ValueError:
        raise CrmbookError("example.bad-value", table=field.table, field=field.name, value=text) from None
    entries: Mapping[str, ListValue] = getattr(book.lists.get(field.list or ""), "values", {})
    if field.type == "multi_enum":
        return "、".join(entries[part].text if part in entries else part for part in text.split("、"))
    return entries[text].text if text in entries else text
