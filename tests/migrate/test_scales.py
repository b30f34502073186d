"""Bars of a workbook that an older schema wrote: measured by the scale that the new one gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.ooxml import Package
from tests.cli.run import run
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "潜在客户评估"


def bars(path: Path) -> list[list[float | None]]:
    formats = openpyxl.load_workbook(path)[SHEET].conditional_formatting
    found = [rule.dataBar for area in formats for rule in area.rules if rule.dataBar]
    return [[end.val for end in bar.cfvo] for bar in found]


@pytest.mark.slow
def test_bars_get_the_ends_that_a_newer_schema_knows(tmp_path) -> None:
    path, mine = tmp_path / "s.xlsx", tmp_path / "schemas" / "mine.yaml"
    mine.parent.mkdir()
    mine.write_text("{extends: evaluation, fields: {total_score: {max: null}}}\n", encoding="utf-8")
    run("build", "-o", path, "--example", "sample", "--workspace", tmp_path)
    assert bars(path) == [[0, None]]
    mine.unlink()
    run("sync", path, "--workspace", tmp_path)
    assert bars(path) == [[0, 100]]
    assert b'minLength="0" maxLength="100"' in Package.open(path).sheet(SHEET).frame.data  # not a tenth at 0
    assert b"autoMax" not in Package.open(path).sheet(SHEET).frame.data  # Excel would draw this one too
    assert lint(path.read_bytes()) == []
