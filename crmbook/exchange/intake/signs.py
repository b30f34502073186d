"""By what a row is known again: its values as they are compared, without what people write now one way, now another."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.check import bare_email, bare_name, bare_phone
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.schema import Field, Table

_INSERTED: Final = re.compile(r"\([^()]*\)")
"""What is in brackets in a company's name: the place of a branch."""
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_JOINT: Final = "\x1f"
_FILLER: Final = re.compile(r"(?:1\d\d)?0?1?2345678(?:9\d*+)?|13800138000", re.ASCII)
_AGAIN: Final = 8
"""Numbers that only fill a cell which must not stay blank: the digits in their order, one digit eight times at the end."""
_NOBODYS: Final = frozenset({"test", "tests", "testing", "no", "none", "noemail", "nomail", "null", "unknown", "xxx", "aaa", "abc", "asdf", "123", "1234", "12345", "123456", "无", "测试"})  # fmt: skip
_DOMAINS: Final = frozenset({"test", "test.com", "test.cn", "none", "none.com", "no.com", "noemail.com", "xxx.com", "x.com", "a.com", "abc.com", "123.com"})  # fmt: skip
_OFFICES: Final = frozenset({"info", "sales", "office", "contact", "service", "support", "admin", "hr", "mail", "hello", "kefu", "market", "marketing", "purchase", "caigou", "finance", "noreply", "no-reply"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signs:
    """The values of rows by which they are known, in the order of the rows; None where a row has none.

    Attributes
    ----------
    external, key
        Identifier in the program that a list came from; the book's own key.
    identity
        By fields that count together, see `crmbook.schema.Table.identity`.
    names
        What a row is called.
    tellers
        By field, what tells two rows of one name apart.
    """

    external: Sequence[str | None]
    key: Sequence[str | None]
    identity: Mapping[tuple[str, ...], Sequence[str | None]]
    names: Sequence[str | None]
    tellers: Mapping[str, Sequence[str | None]]


def signs_of(table: Table, frame: pd.DataFrame, external: str = "") -> Signs:
    """Return the signs of a frame's rows; `external` is the label of the column that identifies rows elsewhere."""
    blank = [None] * len(frame)

    def compared(label: str) -> Sequence[str | None]:
        return list(_iter_compared(table, label, frame[label])) if label in frame.columns else blank

    singles = {name: compared(name) for names in table.identity for name in names}
    identity = {names: _joined([singles[name] for name in names]) for names in table.identity}
    tellers = {name: column for name, column in singles.items() if name != table.name_field}
    names = compared(table.name_field) if table.name_field else blank
    outside = spelled(frame[external]) if external in frame.columns else blank
    key = spelled(frame[table.key]) if table.key in frame.columns else blank
    return Signs(outside, key, identity, names, tellers)


def is_shared(table: Table, names: tuple[str, ...], text: str) -> bool:
    """Return whether several people may have a value between them: every number but a mobile one."""
    kinds = {table.fields[name].type for name in names}
    return "phone" in kinds and not is_mobile(text)


def is_mobile(text: str) -> bool:
    """Return whether a number as compared is a mobile one, which is one person's."""
    return _MOBILE.fullmatch(text) is not None


def is_placeholder(text: str) -> bool:
    """Return whether a number or an address as compared is nobody's: it only fills the cell."""
    if text.isdecimal():
        return len(text) - len(text.rstrip(text[-1])) >= _AGAIN or _FILLER.fullmatch(text) is not None
    name, at, domain = text.partition("@")
    return bool(at) and (name in _NOBODYS or domain in _DOMAINS or not name or not domain)


def is_role_address(text: str) -> bool:
    """Return whether an e-mail address is an office's and not a person's, such as info@."""
    name, at, _ = text.partition("@")
    return bool(at) and name in _OFFICES


def has_legal_form(text: str, compared: str) -> bool:
    """Return whether a name has a legal form such as 有限公司, which it was `compared` without."""
    return _letters(text) != _letters(compared)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _joined(columns: Sequence[Sequence[str | None]]) -> list[str | None]:
    if len(columns) == 1:
        return list(columns[0])
    return [None if None in texts else _JOINT.join(map(str, texts)) for texts in zip(*columns, strict=True)]


def spelled(column: pd.Series) -> list[str | None]:
    """Return the cells of a column as text, None for a blank."""
    return [
        (item.strip() or None)
        if item.__class__ is str
        else None
        if item is None or item != item  # noqa: PLR0124 - NaN and NaT
        else spell(item).strip() or None
        for item in column.tolist()
    ]


def _iter_compared(table: Table, label: str, column: pd.Series) -> Iterator[str | None]:
    """Yield the texts of a column as compared; each distinct one is looked at once."""
    target, known = table.fields[label], dict[str | None, str | None]({None: None})
    for text in spelled(column):
        if text not in known:
            known[text] = _compared(target, str(text))
        yield known[text]


def _compared(target: Field, text: str) -> str | None:
    contact = target.type == "text" and target.personal and bool(target.pattern)
    if target.type == "phone" or (contact and "@" not in text):
        return bare_phone(text)
    return bare_email(text) if target.type == "email" or contact else _bare(text)


def _bare(text: str) -> str | None:
    """Return a name without a place in brackets and without a legal form, unless that is all there is."""
    written = unicodedata.normalize("NFKC", text)
    return bare_name(_INSERTED.sub("", written)) or bare_name(written)
