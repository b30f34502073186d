"""What is in a cell with a person's name besides: other people, telephones, a salutation, a post.

::

    张三/李四, 王五、赵六（采购）, Hans Müller, Eva Braun     several people: the first is the row's
    李四 13900002222                                       a telephone
    张三先生, 孙七经理, Dr. Ann Lee                          what a person is called

The row bears the bare name of the first; what was there stays in the remarks as it was. Only what reads as people's
names throughout is taken for several: a company may have a slash or a comma in its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.mapping.phones import part_phones
from crmbook.exchange.mapping.salutations import Salutations
from crmbook.exchange.mapping.series import changed, series
from crmbook.exchange.mapping.texts import split_bracket
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.made import MadeTables
    from crmbook.exchange.mapping.model import ColumnRule
    from crmbook.schema import Book, Field, Table
    from crmbook.values import Surroundings

GENDER, POSITION, CONTACT, PHONE = "gender", "position", "contact_name", "phone"
"""Fields of what is with a person's name, and the name of a company's person; the list of genders, too."""
_BETWEEN: Final = re.compile(r"[/／、，,；;|｜\n]|\s&\s|\sand\s")
_AND: Final = "和"
_WESTERN: Final = re.compile(r"[^\W\d_][\w.'’-]*+(?:\s+[^\W\d_][\w.'’-]*+){1,3}")
_FIRMS: Final = frozenset({
    "ag", "bv", "co", "corp", "company", "gmbh", "group", "inc", "kg", "limited", "llc", "ltd", "plc", "sa", "sons", "srl",
})  # fmt: skip
"""Words of a company's name, which is nobody's."""


@dataclass(frozen=True, slots=True)
class _Named:
    """The bare name of a cell, and what else it says."""

    name: str
    gender: str
    post: str
    phones: tuple[str, ...]
    is_one_of_several: bool


class PeopleNames:
    """The names of people in what a list becomes.

    Parameters
    ----------
    columns
        The rules by which the list was taken.

    Attributes
    ----------
    companions
        (row, header) → text of each cell that names several people.
    """

    def __init__(
        self,
        book: Book,
        made: MadeTables,
        columns: Sequence[ColumnRule],
        entries: Mapping[str, Entries],
        around: Surroundings,
    ) -> None:
        self._book, self._made, self._columns, self._around = book, made, columns, around
        self._reader = PeopleReader(book, entries.get(GENDER))
        self.companions: dict[tuple[int, str], str] = {}

    def take(self, table: Table) -> None:
        """Let the names of a table's people be bare, and what else was there go where it belongs."""
        words = self._book.imports.tables.get(table.name)
        headers = {rule.field: rule.header for rule in self._columns if rule.table == table.name}
        for name in (table.name_field, CONTACT):
            if name is not None and name in headers and words is not None and name in words.people:
                self._take(table, table.fields[name], headers[name])

    def _take(self, table: Table, target: Field, header: str) -> None:
        column = self._made.column(target)
        phone = table.fields.get(PHONE)
        read = changed(column, lambda raw: self._read(raw, has_phone=phone is not None))
        if not read.notna().any():
            return
        found: list[_Named | None] = read.tolist()
        names = [raw if one is None else one.name for raw, one in zip(column, found, strict=True)]
        self._made.set(target, names)
        stood = [raw if raw != now else None for raw, now in zip(column, names, strict=True)]
        self._made.remark(table, header, series(stood, column.index))
        for row, raw, one in zip(column.index.tolist(), column, found, strict=True):
            if one is not None and one.is_one_of_several:
                self.companions[int(row), header] = spell(raw)
        if phone is not None and any(one is not None and one.phones for one in found):
            phones = [one.phones if one else None for one in found]
            self._made.put_several(phone, header, phones, self._columns)
        for label, said in (
            (GENDER, [one.gender or None if one else None for one in found]),
            (POSITION, [one.post or None if one else None for one in found]),
        ):
            if label in table.fields and any(said):
                self._made.fill(table.fields[label], header, said)

    def _read(self, raw: Any, *, has_phone: bool) -> _Named | None:
        """Return the name in a cell, None where it says nothing besides."""
        if not isinstance(raw, str):
            return None
        phones, text = part_phones(raw, self._around) if has_phone and _has_digit(raw) else ((), raw)
        if not text:  # somebody of whom only the telephone is known
            return None
        people = self._reader.several(text)
        name = split_bracket(people[0])[0] if people else text
        called = self._reader.salutations.read(name)
        if not (phones or people or called):
            return None
        if called is None:
            return _Named(tidy(name), "", "", phones, bool(people))
        return _Named(called.name, called.gender, called.post, phones, bool(people))


class PeopleReader:
    """Tells the people of a text apart."""

    def __init__(self, book: Book, genders: Entries | None) -> None:
        self.salutations = Salutations(book, genders)

    def several(self, text: str) -> tuple[str, ...]:
        """Return the people whom a text names, where they are several and it names nothing else."""
        parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
        if len(parts) == 1 and _AND in text:
            parts = [part.strip() for part in text.split(_AND)]
        if len(parts) > 1 and all(map(self._is_person, parts)):
            return tuple(parts)
        return ()

    def _is_person(self, text: str) -> bool:
        bare = tidy(split_bracket(text)[0])
        if self.salutations.is_name(bare):
            return True
        words = {word.strip(".").casefold() for word in bare.split()}
        return _WESTERN.fullmatch(bare) is not None and not words & _FIRMS and bare.istitle()


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
