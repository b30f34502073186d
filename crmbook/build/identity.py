"""How a workbook and its rows are known again: the stamp in its custom properties, the hidden id of each row.

Office programs keep custom properties and never show them in a sheet. Other programs drop them, so a second stamp, all
of crmbook's own properties, is in a hidden defined name. The first one counts, unless it is gone or names another
workbook than the second: somebody copied the properties of one workbook into another then, and the defined name lies
in the very part that lists the sheets.

A row id is opaque, made of letters and digits and ends in a letter, because a fill handle counts digits up.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ooxml import Package
    from crmbook.schema import Book

_PREFIX: Final = "crmbook."
SECOND_STAMP: Final = "_crmbook.stamp"
"""The defined name that holds the second stamp."""
_LITERAL: Final = 250
"""Excel allows 255 characters in a text of a formula."""
_LONGEST: Final = 8000
"""Excel allows 8,192 characters in a formula; a longer stamp is in the properties alone."""
_WHICH: Final = (_PREFIX + "book", _PREFIX + "workbook")
_OPTIONAL: Final = ("example", "store", "holder", "owner", "where", "role")
"""Parts of a stamp that only some workbooks have, under the same names as its attributes."""
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The identity of a workbook: the book it belongs to, its own id, how often it was written.

    Attributes
    ----------
    template, lang, fingerprint, example
        The schema it was built from.
    store
        Id of the store that keeps the book.
    holder
        Whose working copy it is.
    owner, where, role
        What a copy is limited to, see `crmbook.build.scope.Scope`.
    """

    book_id: str
    workbook_id: str
    export: int = 1
    template: str = ""
    lang: str = ""
    fingerprint: str = ""
    example: str = ""
    store: str = ""
    holder: str = ""
    owner: str = ""
    where: str = ""
    role: str = ""


def write_stamp(package: Package, book: Book, stamp: Stamp) -> None:
    """Write `stamp`, and the schema that the workbook was built from, into its custom properties."""
    properties: dict[str, str | int] = {
        "book": stamp.book_id,
        "workbook": stamp.workbook_id,
        "export": stamp.export,
        "template": book.template,
        "lang": book.lang,
        "schema": book.fingerprint,
    }
    properties |= {name: text for name in _OPTIONAL if (text := getattr(stamp, name))}
    for name, value in properties.items():
        package.set_property(_PREFIX + name, value)
    _write_second(package)


def restore_stamp(package: Package) -> bool:
    """Put the first stamp back from the second one, where that counts; return whether it had to be."""
    found = _properties(package)
    if found is package.properties:
        return False
    for name, value in found.items():
        package.set_property(name, value)
    return True


def _write_second(package: Package) -> None:
    """Write the second stamp: whatever crmbook keeps in the custom properties."""
    text = urlencode({name: value for name, value in package.properties.items() if name.startswith(_PREFIX)})
    parts = [text[start : start + _LITERAL] for start in range(0, len(text), _LITERAL)]
    formula = "&".join(f'"{part}"' for part in parts)
    if len(formula) <= _LONGEST:
        package.set_defined_name(SECOND_STAMP, formula, hidden=True)


def _properties(package: Package) -> Mapping[str, Any]:
    """Return crmbook's own properties as the second stamp has them where it counts, else all properties of the first."""
    first = package.properties
    second = _second_stamp(package)
    if not second or all(str(first.get(name) or "") == second.get(name) for name in _WHICH):
        return first
    return second


def _second_stamp(package: Package) -> dict[str, str]:
    """Return what the second stamp holds, by names of properties; nothing where there is none."""
    formula = package.find_defined_name(SECOND_STAMP) or ""
    found = dict(parse_qsl("".join(re.findall(r'"([^"]*)"', formula)), keep_blank_values=True))
    return found if all(found.get(name) for name in _WHICH) else {}


_EXPORTS: Final = 1 << 31
"""No workbook is written that often; a store holds no larger number."""


def read_stamp(package: Package) -> Stamp | None:
    """Return the stamp of a workbook, or None if it carries none."""
    properties = _properties(package)
    found = {
        name: str(properties.get(_PREFIX + name) or "")
        for name in ("book", "workbook", "export", "template", "lang", "schema", *_OPTIONAL)
    }
    if not found["book"] or not found["workbook"]:
        return None
    return Stamp(
        book_id=found["book"],
        workbook_id=found["workbook"],
        export=_number(properties.get(_PREFIX + "export")),
        template=found["template"],
        lang=found["lang"],
        fingerprint=found["schema"],
        **{name: found[name] for name in _OPTIONAL},
    )


def _number(value: object) -> int:
    """Return a number of the properties, 0 for none that sync gives; LibreOffice writes whole numbers as 1.0."""
    try:
        number = int(float(str(value or 0)))
    except (ValueError, OverflowError):
        return 0
    return number if 0 <= number < _EXPORTS else 0


def row_ids(table: str, count: int, first: int = 0) -> list[str]:
    """Return ids for `count` new rows of `table`, numbered from `first`: a prefix of the table, a number, a letter."""
    prefix = hashlib.blake2s(table.encode(), digest_size=2).hexdigest()
    return [
        f"{prefix}{number:x}{_ALPHABET[number % len(_ALPHABET)]}" for number in range(first, first + count)
    ]


def number_of(row_id: str) -> int:
    """Return the number in a row id; -1 for a text that is none."""
    number = row_id[4:-1]
    try:
        return int(number, 16)
    except ValueError:
        return -1


def by_sync_property(table: str) -> str:
    """Return the custom property that names the fields of `table` whose values sync computes."""
    return f"crmbook.by-sync.{table}"
