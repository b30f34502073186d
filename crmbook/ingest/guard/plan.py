"""What was found, as data: a plan that a person confirms or discards, and that is stored until then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from crmbook.base import Issue, Location, Severity, advise, describe, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.base import Language


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that looks like an accident.

    Attributes
    ----------
    code
        Message code.
    table, label
        Machine names; no label where whole rows are meant. For a dropdown list the label is the list's name.
    count, of
        How many rows or cells it concerns, and of how many.
    rows
        Ids of the first rows concerned.
    sheet, field
        Titles of the sheet and the column, as the workbook shows them.
    keys
        What people know those rows by.
    """

    code: str
    table: str
    label: str = ""
    count: int = 0
    of: int = 0
    rows: tuple[str, ...] = ()
    sheet: str = ""
    field: str = ""
    keys: tuple[str, ...] = ()

    def text(self, lang: Language) -> str:
        """Return what was found, in words."""
        return describe(self.code, lang, self._values(lang))

    def remedy(self, lang: Language) -> str:
        """Return what to do about it, in words."""
        return advise(self.code, lang, self._values(lang))

    def issue(self, lang: Language) -> Issue:
        """Return the finding as an issue of the workbook, its words in `lang`."""
        return Issue(
            code=self.code,
            severity=Severity.ERROR,
            location=Location(sheet=self.sheet),
            table=self.table,
            field_name=self.label,
            params=self._values(lang),
        )

    def _values(self, lang: Language) -> dict[str, object]:
        sample = joined(self.keys, lang) + (" …" if self.count > len(self.keys) else "")
        return {
            "sheet": self.sheet,
            "field": self.field,
            "count": self.count,
            "of": self.of,
            "sample": sample.strip(),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All findings of one workbook.

    Attributes
    ----------
    id
        Hash of the findings and of every cell they concern: whoever confirms it confirms these and no others.
    findings
        In the order of the tables.
    """

    id: str
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan that `to_json` wrote."""
        return cls(data["id"], tuple(_finding(item) for item in data["findings"]))


def _finding(data: Mapping[str, Any]) -> Finding:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Finding(**values)
