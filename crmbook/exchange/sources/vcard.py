"""Address cards (vCard 2.1 to 4.0): one row for each card, a column for each property, a second one for a second number.

A card is read line by line: a line that makes no sense, or a card that never ends, is named, and what else is in the
file is taken.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from vobject.base import ParseError, textLineToContentLine

from crmbook.base import Issue, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vobject.base import ContentLine

NAME: Final = "姓名"
_SALUTATION: Final = "称谓"
_COMPANY, _DEPARTMENT = "公司名称", "部门"
_TEXTS: Final = {
    "TITLE": "职位", "ROLE": "职责", "NOTE": "备注", "EMAIL": "电子邮件", "URL": "网址", "NICKNAME": "昵称",
    "CATEGORIES": "分组", "X-WECHAT": "微信", "X-QQ": "QQ",
}  # fmt: skip
CARD_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"ORG": _COMPANY, "ADR": "地址", "BDAY": "出生日期"}
    | {name: header for name, header in _TEXTS.items() if name not in {"EMAIL", "CATEGORIES"}}
)
"""Properties that hold one value each, and the headers of their values."""
_ORDER: Final = (NAME, "电话", "电子邮件", _COMPANY, _DEPARTMENT, "职位", "地址", "出生日期", "备注")
_SKIPPED: Final = frozenset({
    "BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "PHOTO", "LOGO", "SOUND", "KEY", "SORT-STRING", "LABEL", "MAILER",
    "TZ", "GEO", "CLASS", "AGENT", "SOURCE", "CLIENTPIDMAP", "XML", "KIND", "PROFILE", "NAME", "LANG", "FN", "N",
    "X-ABLABEL", "X-ABADR", "X-ABUID", "X-ABSHOWAS", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME",
})  # fmt: skip
_PROPERTY: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)", re.ASCII)
_GROUP: Final = re.compile(r"(?:[\w-]+\.)?(?:X-ADDRESSBOOKSERVER-)?KIND\s*[:;].*\bgroup\s*", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[;:]\s*(?:ENCODING=)?QUOTED-PRINTABLE\s*[;:]", re.IGNORECASE)
_PIECE: Final = re.compile(r"\\.|;|[^;\\]+|\\", re.DOTALL)
_DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")
_CHINESE: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")


@dataclass(slots=True)
class Card:
    """One card: cells by header, and the line where it begins."""

    line: int
    cells: dict[str, Any] = field(default_factory=dict)

    def add(self, header: str, value: Any) -> None:
        """Put a value under a header, or under its next number; one that is there already is not put twice."""
        name, count = header, 1
        while name in self.cells:
            if self.cells[name] == value:
                return
            count += 1
            name = f"{header} {count}"
        if value:
            self.cells[name] = value


def read_cards(text: str, location: Location) -> tuple[list[Card], list[Issue]]:
    """Return the cards of a text, and what in them makes no sense."""
    cards: list[Card] = []
    issues: list[Issue] = []
    lines: list[tuple[int, str]] | None = None

    def broken(line: int, value: str) -> None:
        where = Location(file=location.file, line=line)
        issues.append(
            Issue("import.broken-card", Severity.WARNING, where, value=value[:60], params={"line": line})
        )

    def add(found: list[tuple[int, str]]) -> None:
        card = _card(found, broken)
        if not any(_GROUP.fullmatch(line) for _, line in found):
            cards.append(card)
            return
        where, name = Location(file=location.file, line=card.line), str(card.cells.get(NAME, ""))
        params = {"line": card.line}
        issues.append(Issue("import.card-of-a-group", Severity.WARNING, where, value=name, params=params))

    for number, line in _logical_lines(text):
        word = re.sub(r"\s", "", line).upper()
        if word == "BEGIN:VCARD":
            if lines:
                broken(lines[0][0], lines[0][1])
                add(lines)
            lines = [(number, line)]
        elif lines is None:
            broken(number, line)
        elif word == "END:VCARD":
            add(lines)
            lines = None
        else:
            lines.append((number, line))
    if lines:
        broken(lines[0][0], lines[0][1])
        add(lines)
    return cards, issues


def columns_of(cards: Iterable[Card]) -> dict[str, list[Any]]:
    """Return the cells of cards by header, the usual headers first, those of one kind together."""
    cards = list(cards)
    headers = {header: None for card in cards for header in card.cells}
    usual = {header: at for at, header in enumerate(_ORDER)}
    first = {header: at for at, header in enumerate(headers)}

    def rank(header: str) -> tuple[int, int, int]:
        base, _, count = header.rpartition(" ")
        base, number = (base, int(count)) if base and count.isdecimal() else (header, 1)
        return usual.get(base, len(usual)), first.get(base, 0), number

    return {header: [card.cells.get(header) for card in cards] for header in sorted(headers, key=rank)}


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, whole again where it was folded, or broken inside quoted-printable."""
    lines = re.split(r"\r\n?|\n", text)
    at = 0
    while at < len(lines):
        start, line = at, lines[at]
        at += 1
        if _QUOTED.search(line):
            while line.endswith("=") and at < len(lines):
                line = line[:-1] + lines[at].lstrip(" \t")
                at += 1
        while at < len(lines) and lines[at][:1] in {" ", "\t"} and lines[at].strip():
            line += lines[at][1:]
            at += 1
        if line.strip():
            yield start + 1, line


def _card(lines: list[tuple[int, str]], broken: Callable[[int, str], None]) -> Card:
    card = Card(lines[0][0])
    found: list[ContentLine] = []
    for number, line in lines[1:]:
        name = _PROPERTY.match(line)
        if name is not None and name[1].upper() in _SKIPPED - {"FN", "N", "VERSION"}:
            continue
        try:
            found.append(textLineToContentLine(line, number))
        except (
            ParseError,
            LookupError,
            TypeError,
            ValueError,
        ):  # as vobject takes parameters it did not expect
            broken(number, line)
    is_old = any(line.name == "VERSION" and line.value.strip() == "2.1" for line in found)
    _add_name(card, {line.name: _parts(line.value, is_old=is_old) for line in reversed(found)})
    for line in found:
        if line.name not in _SKIPPED:
            _add(card, line, _parts(line.value, is_old=is_old))
    return card


def _parts(value: str, *, is_old: bool) -> list[str]:
    """Return the parts of a value between semicolons, without the signs that guard their own."""
    breaks = {} if is_old else {"n": "\n", "N": "\n"}
    guarded = ";" if is_old else ";,:\\"
    parts = [""]
    for piece in _PIECE.findall(value):
        if piece == ";":
            parts.append("")
        elif piece[0] == "\\" and len(piece) == 2:
            parts[-1] += breaks.get(piece[1]) or (piece[1] if piece[1] in guarded else piece)
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _add_name(card: Card, lines: Mapping[str, list[str]]) -> None:
    whole = ";".join(lines.get("FN", [])).strip(" ;")
    family, given, additional, before, after, *_ = [*lines.get("N", []), *[""] * 5]
    is_chinese = _CHINESE.search(family + given) is not None
    parts = [family, additional, given] if is_chinese else [before, given, additional, family, after]
    card.add(NAME, whole or ("" if is_chinese else " ").join(filter(None, parts)))
    if before and before not in whole and (whole or is_chinese):
        card.add(_SALUTATION, before)


def _add(card: Card, line: ContentLine, parts: list[str]) -> None:
    """Put a property's value where it belongs; one that is not known goes under its own name."""
    text = ";".join(parts).strip()
    match line.name:
        case "TEL":
            card.add("电话", re.sub(r"^tel:", "", text, flags=re.IGNORECASE))
        case "EMAIL":
            card.add("电子邮件", re.sub(r"^mailto:", "", text, flags=re.IGNORECASE))
        case "ORG":
            card.add(_COMPANY, parts[0])
            card.add(_DEPARTMENT, "/".join(filter(None, parts[1:])))
        case "ADR":
            _add_address(card, [*parts, *[""] * 7])
        case "BDAY" | "ANNIVERSARY" as name:
            year = "1604" if "1604" in line.params.get("X-APPLE-OMIT-YEAR", ()) else ""
            card.add("出生日期" if name == "BDAY" else "纪念日", _day(text, unknown_year=year))
        case "GENDER":
            card.add("性别", parts[0])
        case "IMPP":
            card.add("即时通讯", text)
        case name:
            card.add(_TEXTS.get(name, name), text)


def _add_address(card: Card, parts: list[str]) -> None:
    """Put an address in one cell, as its country writes it, and its postcode in another."""
    box, extended, street, city, region, code, country = parts[:7]
    if _CHINESE.search("".join(parts)):
        found = ""
        for part in (country, region, city, street, extended, box):
            found += "" if part and part in found else part.replace("\n", " ")
        card.add("地址", found)
    else:
        lines = (box, extended, street, city, region, country)
        card.add("地址", ", ".join(part.replace("\n", " ") for part in lines if part))
    card.add("邮政编码", code)


def _day(text: str, *, unknown_year: str) -> Any:
    """Return a day; as text where it is none, or its year is not known."""
    found = _DAY.fullmatch(text)
    if found is None or found[1] == unknown_year:
        return f"--{found[2]}-{found[3]}" if found else text
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return text
