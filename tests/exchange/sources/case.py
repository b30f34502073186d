"""A messy file: its bytes, and what is to be read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbook.exchange.sources import SourceLayout, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmbook.exchange.sources import Source


@dataclass(frozen=True)
class Case:
    """One fault by itself.

    `rows` holds the cells by row number, `left` (row, kind), `issues` (code, cell or line); all of the first sheet.
    """

    name: str
    data: bytes
    headers: Sequence[str]
    rows: Mapping[int, Sequence[Any]]
    left: Sequence[tuple[int, str]] = ((1, "header"),)
    issues: Sequence[tuple[str, str | int]] = ()
    layout: SourceLayout = field(default_factory=SourceLayout)


def read(data: bytes, folder: Path, name: str = "名单.csv", layout: SourceLayout | None = None) -> Source:
    path = folder / name
    path.write_bytes(data)
    return read_source(path, layout) if layout else read_source(path)


def check(case: Case, folder: Path, name: str = "名单.csv") -> Source:
    """Read a case and compare all of it with what is expected; the types of cells too."""
    source = read(case.data, folder, name, case.layout)
    sheet = source.sheets[0]
    assert sheet.headers == tuple(case.headers)
    assert tuple(sheet.frame.columns) == sheet.headers
    found = {
        number: tuple(row) for number, row in zip(sheet.frame.index, sheet.frame.values.tolist(), strict=True)
    }
    assert found == {number: tuple(row) for number, row in case.rows.items()}
    expected = [[type(cell) for cell in row] for row in case.rows.values()]
    assert [[type(cell) for cell in row] for row in sheet.frame.values.tolist()] == expected
    assert [(one.row, one.kind) for one in sheet.left_out] == list(case.left)
    places = [(one.code, one.location.cell or one.location.line or "") for one in source.issues]
    assert places == list(case.issues)
    for issue in source.issues:
        assert issue.text("zh")
        assert issue.text("en")
    return source
