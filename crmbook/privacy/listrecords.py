"""Lists of records without a person: address cards (vCard), and JSON whose entries are the rows of a list."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.privacy.listrows import PersonRows

_CARD: Final = re.compile(rb"BEGIN:VCARD\r?\n(?:(?!BEGIN:VCARD).)*?END:VCARD\r?\n?", re.DOTALL)
_FOLDED: Final = re.compile(rb"\r?\n[ \t]")
_LINE: Final = re.compile(
    r"^(?P<label>(?:[\w-]++\.)?+(?P<kind>[\w-]++)[^:\r\n]*+:)(?P<value>[^\r\n]*+)", re.MULTILINE
)
_TELLING: Final = frozenset({"FN", "N", "TEL", "EMAIL"})
"""Properties of a card that say whose it is."""
_BOM: Final = b"\xef\xbb\xbf"


def cards_without(data: bytes, persons: PersonRows) -> bytes:
    """Return address cards without the person's, and without what others' notes say that is the person's alone."""

    def stays(match: re.Match[bytes]) -> bytes:
        card = _FOLDED.sub(b"", match[0]).decode("utf-8", "surrogateescape")
        told = [line for line in _LINE.finditer(card) if line["kind"].upper() in _TELLING]
        if any(_is_persons(line["kind"].upper(), line["value"], persons) for line in told):
            return b""
        terms = persons.gone.terms
        kept = _LINE.sub(lambda line: line["label"] + terms.stays(line["value"]), card)
        return match[0] if kept == card else kept.encode("utf-8", "surrogateescape")

    return _CARD.sub(stays, data)


def _is_persons(kind: str, value: str, persons: PersonRows) -> bool:
    if kind == "N":
        parts = [part.strip() for part in value.split(";")]
        family, given = (*parts, "", "")[:2]
        return any(map(persons.is_name, (family + given, f"{given} {family}")))
    if kind == "FN":
        return persons.is_name(value)
    return persons.is_contact(re.sub(r"^(?:tel|mailto):", "", value, flags=re.IGNORECASE))


def json_without(data: bytes, persons: PersonRows) -> bytes | None:
    """Return JSON, or lines of it, without the person's entries; None where it is none."""
    try:
        value = json.loads(data)
    except ValueError:
        return _json_lines_without(data, persons)
    kept = _value_without(value, persons)
    if kept == value:
        return data
    start = _BOM if data.startswith(_BOM) else b""
    return start + json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def _json_lines_without(data: bytes, persons: PersonRows) -> bytes | None:
    lines = data.splitlines(keepends=True)
    try:
        values = [json.loads(line) if line.strip() else None for line in lines]
    except ValueError:
        return None
    gone = _find(values, persons)
    kept = []
    for at, (line, value) in enumerate(zip(lines, values, strict=True)):
        stays = _value_without(value, persons)
        if at not in gone:
            end = line[len(line.rstrip(b"\r\n")) :]
            text = json.dumps(stays, ensure_ascii=False).encode("utf-8", "surrogatepass")
            kept.append(line if stays == value else text + end)
    return b"".join(kept)


def _value_without(value: Any, persons: PersonRows) -> Any:
    """Return what may stay of a value; no entry of a list that is a row of the person."""
    terms = persons.gone.terms
    if isinstance(value, str):
        return terms.stays(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if terms.stays(str(value)) == str(value) else None
    if isinstance(value, list):
        gone = _find(value, persons)
        return [_value_without(item, persons) for at, item in enumerate(value) if at not in gone]
    if isinstance(value, dict):
        return {
            name: _value_without(item, persons) for name, item in value.items() if terms.stays(name) == name
        }
    return value


def _find(entries: Sequence[Any], persons: PersonRows) -> set[int]:
    """Return which entries of a list are the person's rows, their names being headers."""
    headers = list(dict.fromkeys(name for one in entries if isinstance(one, dict) for name in one))
    rows = [[_text(one.get(name)) for name in headers] if isinstance(one, dict) else [] for one in entries]
    return {at - 1 for at in persons.find([headers, *rows]) if at} if headers else set()


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
