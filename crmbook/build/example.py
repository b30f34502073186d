"""Examples: one CSV per table with machine field names and list values, one ``example.yaml`` about them.

crmbook ships some; a workspace has the sample rows of its own templates, as CSV or as YAML.

::

    examples/company/example.yaml      {template, as_of, lang, title}
    examples/company/customers.csv     customer_id,name,gender,…   (derived fields only where typed over)
    examples/sample/standard/…         one folder per template
    <workspace>/samples/agency/…       the same of a workspace; tenants.csv or tenants.yaml, a list of {field: value}
    examples/company/words.csv         zh,en: what its texts are in an English book
    examples/sample/words.csv          the same for all samples
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML

from crmbook.base import CrmbookError
from crmbook.schema import Storage, example_workspace, shipped, table_frame, template_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from crmbook.base import Value
    from crmbook.schema import Book, Field, ListValue


@dataclass(frozen=True, slots=True)
class Example:
    """An example's folder and what its ``example.yaml`` says."""

    folder: Path
    template: str
    as_of: date
    titles: Mapping[str, str]

    is_own: bool = False
    """Whether a workspace has it: a name that its book does not know is a mistake there"""

    @property
    def workspace(self) -> Path | None:
        """The example's own changes to the schemas, where it has any (the CDNOW book counts in dollars)."""
        return example_workspace(self.folder.name)

    def frames(self, book: Book) -> dict[str, pd.DataFrame]:
        """Return the rows of every table that the example has, as canonical values of `book`.

        Raises
        ------
        CrmbookError
            ``example.bad-value`` for a value that does not fit its field; of rows of a workspace ``example.unknown-name``.
        """
        words = self._words() if book.lang == "en" else {}
        frames = {}
        for path in sorted(self.folder.iterdir()):
            table = book.tables.get(path.stem) if path.suffix in _READERS else None
            if table is None:
                if self.is_own and path.suffix in _READERS and path.name != _ABOUT:
                    raise _unknown(path, path.stem, book.tables)
                continue
            rows = _READERS[path.suffix](path)
            names = list(dict.fromkeys(name for row in rows for name in row))
            strange = [name for name in names if name not in table.fields]
            if strange and self.is_own:
                raise _unknown(path, strange[0], table.fields)
            columns = {
                name: [
                    _canonical(book, table.fields[name], words.get(value, value))
                    for value in (row.get(name) or "" for row in rows)
                ]
                for name in names
                if name in table.fields
            }
            frames[table.name] = table_frame(table, columns)
        return {name: frames[name] for name in book.tables if name in frames}

    def _words(self) -> dict[str, str]:
        """Return what the example's texts are in English, of an example that says so."""
        candidates = (folder / "words.csv" for folder in (self.folder, self.folder.parent))
        path = next((one for one in candidates if one.exists()), None)
        return {} if path is None else {row["zh"]: row["en"] for row in _read_csv(path)}


def load_sample(book: Book, workspace: Path | None, today: date) -> Example:
    """Return the sample rows of a book's template: those of the workspace, else those that crmbook ships.

    A template that has none takes those of the template that it extends, as far as they are about what it still has.

    Raises
    ------
    CrmbookError
        ``example.no-sample`` if there are none for any of them.
    """
    for name in template_line(book.template, workspace):
        found = _own_sample(workspace, name, today) or _shipped_sample(name)
        if found is not None:
            return found if name == book.template else replace(found, is_own=False)
    known = ", ".join(path.parent.name for path in sorted(shipped("examples").glob("sample/*/example.yaml")))
    raise CrmbookError("example.no-sample", template=book.template, known=known)


def _own_sample(workspace: Path | None, template: str, today: date) -> Example | None:
    """Return the sample rows that a workspace has for a template, as of `today` unless they say; None without any."""
    folder = workspace / "samples" / template if workspace else None
    if folder is None or not folder.is_dir():
        return None
    about = folder / _ABOUT
    said = YAML(typ="safe").load(about.read_text(encoding="utf-8")) if about.is_file() else None
    day = (said or {}).get("as_of", today)
    as_of = day if isinstance(day, date) else date.fromisoformat(str(day))
    return Example(folder, template, as_of, {}, is_own=True)


def _shipped_sample(template: str) -> Example | None:
    is_there = (shipped("examples") / "sample" / template / _ABOUT).is_file()
    return load_example("sample", template) if is_there else None


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _read_yaml(path: Path) -> list[dict[str, str]]:
    rows = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CrmbookError("example.bad-rows", file=path)
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]


_READERS: Final = {".csv": _read_csv, ".yaml": _read_yaml}
_ABOUT: Final = "example.yaml"
_BETWEEN: Final = re.compile("[、，,;；]")
"""What is between the machine names of several list values."""
_TRUTHS: Final = {"true": True, "false": False}


def _unknown(path: Path, name: str, known: Iterable[str]) -> CrmbookError:
    return CrmbookError("example.unknown-name", file=path, name=name, known=", ".join(known))


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
    """Return the canonical value of a CSV cell; list values are given by machine name, or as their text."""
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
            case Storage.BOOLEAN:
                return _TRUTHS[text.casefold()]
    except (ValueError, KeyError):
        raise CrmbookError("example.bad-value", table=field.table, field=field.name, value=text) from None
    entries: Mapping[str, ListValue] = getattr(book.lists.get(field.list or ""), "values", {})
    if field.type == "multi_enum":
        named = [part.strip() for part in _BETWEEN.split(text)]
        parts = named if all(part in entries for part in named) else text.split("、")
        return "、".join(entries[part].text if part in entries else part for part in parts)
    return entries[text].text if text in entries else text
