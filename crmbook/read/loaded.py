"""A workbook's file as it was read once: its bytes, and what is found out about them once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from crmbook.base import digest, read_bytes
from crmbook.ooxml import Package

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class LoadedFile:
    """A file and its bytes."""

    path: Path
    data: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; see `crmbook.base.read_bytes` for the errors."""
        return cls(path, read_bytes(path))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return digest(self.data)

    @cached_property
    def package(self) -> Package:
        """The package in the bytes, opened when it is first asked for; see `Package.open` for the errors."""
        return Package.open(self.data)
