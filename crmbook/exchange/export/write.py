"""An export → bytes in the format that was asked for → files of which each is whole, readable by their owner alone."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Final

from crmbook.base import make_private_folder, refuse_existing, write_atomically
from crmbook.exchange.export.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmbook.exchange.export.model import Export, Format, Outgoing
    from crmbook.schema import Book

SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv", ".xlsx": "xlsx", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".db": "sqlite",
    ".sqlite": "sqlite", ".sqlite3": "sqlite", ".vcf": "vcard",
}  # fmt: skip
"""Endings of file names by which a format is known."""
FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx", "json", "jsonl", "sqlite", "vcard")
_SINGLE: Final = frozenset({"csv", "jsonl", "vcard"})
"""Formats of which a file holds one table."""
_ENDINGS: Final[dict[Format, str]] = {
    "csv": ".csv", "xlsx": ".xlsx", "json": ".json", "jsonl": ".jsonl", "sqlite": ".db", "vcard": ".vcf",
}  # fmt: skip


def format_of(path: Path, said: str = "") -> Format:
    """Return the format that was said, else the one that a file name says; CSV for a folder.

    Raises
    ------
    ExportError
        ``export.unknown-format``, ``export.unknown-ending``.
    """
    if said:
        found = SUFFIXES.get(f".{said.lower().removeprefix('.')}") or next(
            (one for one in FORMATS if one == said.lower()), None
        )
        if found is None:
            near = next(iter(get_close_matches(said.lower(), FORMATS, n=1, cutoff=0.3)), FORMATS[0])
            raise ExportError("export.unknown-format", value=said, near=near, known=FORMATS)
        return found
    if is_folder(path):
        return "csv"
    ending = path.suffix.lower()
    if ending not in SUFFIXES:
        near = next(iter(get_close_matches(ending, list(SUFFIXES), n=1, cutoff=0.3)), ".csv")
        raise ExportError("export.unknown-ending", path=path, near=near, known=tuple(SUFFIXES))
    return SUFFIXES[ending]


def is_folder(path: Path) -> bool:
    """Return whether a path names a folder: one that is there, or to be made."""
    return path.is_dir() or not path.suffix


def plain_name(text: str) -> str:
    """Return a text as the name of a file, without signs that some system takes no names with; it may be empty."""
    signs = ("-" if sign in '<>:"/\\|?*' or not sign.isprintable() else sign for sign in text)
    return "".join(signs).strip(" .")


def write_export(book: Book, export: Export, path: Path, kind: Format, *, force: bool = False) -> list[Path]:
    """Write an export; return the files. If one cannot be made, none is written.

    Parameters
    ----------
    path
        A file, or a folder for a file of each table.

    Raises
    ------
    ExportError
        ``export.one-table`` if several tables were to go into a file that holds one; ``export.no-contacts``.
    CrmbookError
        ``file.exists`` unless `force`; see `crmbook.base.write_atomically`.
    """
    made = list(_made(book, export, path, kind).items())
    if not force:
        for target, _ in made:
            refuse_existing(target)
    if is_folder(path) and not path.is_dir():
        make_private_folder(path)
    for target, data in made:
        write_atomically(target, data, private=True)
    return [target for target, _ in made]


def _made(book: Book, export: Export, path: Path, kind: Format) -> dict[Path, bytes]:
    """Return the files with what is to be in them."""
    if kind not in _SINGLE:
        whole = _whole_writer(kind)
        target = path / f"{export.template}{_ENDINGS[kind]}" if is_folder(path) else path
        return {target: whole(export)}
    write = _writer(book, kind)
    tables = _cards(export) if kind == "vcard" else list(export.tables)
    if not is_folder(path):
        if len(tables) != 1:
            raise ExportError("export.one-table", path=path, count=len(tables), titles=_titles(tables))
        return {path: write(export, tables[0])}
    return {path / f"{_stem(one, kind)}{_ENDINGS[kind]}": write(export, one) for one in tables}


def _cards(export: Export) -> list[Outgoing]:
    """Return the tables that go out as cards: of several those that can."""
    from crmbook.exchange.export.cards import can_be_cards

    tables = [one for one in export.tables if can_be_cards(one)]
    return tables or list(export.tables[:1])


def _titles(tables: list[Outgoing]) -> tuple[str, ...]:
    return tuple(one.title for one in tables)


def _stem(table: Outgoing, kind: Format) -> str:
    """Return the name of a table's file, without signs that some system takes no names with."""
    return plain_name(table.table.name if kind == "jsonl" else table.title) or table.table.name


def _whole_writer(kind: Format) -> Callable[[Export], bytes]:
    if kind == "xlsx":
        from crmbook.exchange.export.sheets import as_xlsx

        return as_xlsx
    if kind == "sqlite":
        from crmbook.exchange.export.database import as_sqlite

        return as_sqlite
    from crmbook.exchange.export.records import as_json

    return as_json


def _writer(book: Book, kind: Format) -> Callable[[Export, Outgoing], bytes]:
    if kind == "csv":
        from crmbook.exchange.export.delimited import as_csv

        return as_csv
    if kind == "jsonl":
        from crmbook.exchange.export.records import as_json_lines

        return as_json_lines
    from crmbook.exchange.export.cards import as_vcard

    return partial(as_vcard, book)
