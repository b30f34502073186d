"""What a book keeps of its specification as it was written: words in both languages, formulas as texts, import words.

Nothing here needs the models that check what is written, so that a kept book (`crmbook.schema.kept`) is read without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crmbook.base import Language
    from crmbook.schema.model import FieldSpec, ImportsSpec, Label, TableImportSpec


@dataclass(frozen=True, slots=True)
class Words:
    """Words in both languages."""

    zh: str
    en: str

    def text(self, lang: Language) -> str:
        """Return the words in `lang`."""
        return self.zh if lang == "zh" else self.en


def words_of(label: Label) -> Words:
    """Return the words of a specification."""
    return Words(label.zh, label.en)


@dataclass(frozen=True, slots=True)
class Written:
    """A field as its specification says it.

    Attributes
    ----------
    format
        Its own number format, where that is the same in both languages.
    formula, required_when
        Formulas as texts.
    units
        The words for its unit.
    """

    format: str | None = None
    formula: str | None = None
    required_when: str | None = None
    units: tuple[str, ...] = ()


def written_of(spec: FieldSpec) -> Written:
    """Return what a book keeps of a field's specification."""
    return Written(
        spec.format if isinstance(spec.format, str) else None,
        spec.formula,
        spec.required_when,
        (spec.unit.zh, spec.unit.en) if spec.unit is not None else (),
    )


@dataclass(frozen=True, slots=True)
class StatusWords:
    """What the status of a row says about taking it, see `crmbook.schema.model.StatusSpec`."""

    headers: tuple[str, ...]
    without: tuple[str, ...]
    negative: tuple[str, ...]
    closed: tuple[str, ...]
    undone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableWords:
    """How lists from elsewhere call a table and its fields, see `crmbook.schema.model.TableImportSpec`."""

    titles: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    external: tuple[str, ...]
    further: str | None
    address: str | None
    given: tuple[str, ...]
    family: tuple[str, ...]
    beside: tuple[str, ...]
    people: tuple[str, ...]
    status: StatusWords | None


@dataclass(frozen=True, slots=True)
class ImportWords:
    """The words that lists from elsewhere use, see `crmbook.schema.model.ImportsSpec`."""

    nothing: tuple[str, ...] = ()
    surnames: str = ""
    salutations: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    row_numbers: tuple[str, ...] = ()
    tables: Mapping[str, TableWords] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def import_words(spec: ImportsSpec, tables: Collection[str]) -> ImportWords:
    """Return the words for a book that has some tables only."""
    known = {name: _table_words(one) for name, one in spec.tables.items() if name in tables}
    return ImportWords(**{**vars(spec), "tables": known})


def _table_words(spec: TableImportSpec) -> TableWords:
    status = StatusWords(**vars(spec.status)) if spec.status is not None else None
    return TableWords(**{**vars(spec), "status": status})
