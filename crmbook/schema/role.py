"""What a role sees of a book, and what of it the role may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoleSheet:
    """What a role sees of a sheet; no fields means all of them, no `where` all rows."""

    name: str
    fields: tuple[str, ...] = ()
    where: str = ""
    read_only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """The sheets, fields and rows that a role needs."""

    name: str
    title: str
    sheets: tuple[RoleSheet, ...]

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The tables of which it sees some rows only, each with the formula that names these."""
        return tuple((sheet.name, sheet.where) for sheet in self.sheets if sheet.where)
