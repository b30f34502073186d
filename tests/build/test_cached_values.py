"""What a reader that does not calculate finds in a built workbook is what LibreOffice computes from it.

Every cell of every sheet is compared: the value that stands in the file against the one after a hard
recalculation. No computed cell shows an error value, at whatever day counts as today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook

from crmbook.formula import CellError
from tests import office
from tests.books import TEMPLATES, built, saved
from tests.formula.oracle.agreement import agree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import CellContent

    Values = dict[str, dict[str, CellContent]]

pytestmark = pytest.mark.office

DAYS = ("", "2019-01-01", "2024-02-29", "2023-02-25", "2040-12-31")
"""The example's own day, one before all rows, a leap day, one between the rows, one long after."""


def write(
    folder: Path, example: str, day: str, template: str = "standard", lang: str = "zh", mode: str = "always"
) -> Path:
    """Write the workbook of an example as of a day."""
    return saved(
        built(example, template, lang, day, mode), folder, f"{example}-{template}-{lang}-{day or 'own'}.xlsx"
    )


def differences(before: Values, after: Values) -> list[str]:
    """Return the cells whose stored value is not the recalculated one; an empty text shows as a blank does."""
    return [
        f"{sheet}!{ref}: stored {before[sheet].get(ref)!r}, recalculated {after[sheet].get(ref)!r}"
        for sheet in before
        for ref in sorted(before[sheet].keys() | after[sheet].keys())
        if not agree(before[sheet].get(ref, ""), after[sheet].get(ref, ""))
    ]


def errors(values: Values) -> list[str]:
    """Return the cells that show an error value."""
    shown = ((f"{sheet}!{ref}", value) for sheet, cells in values.items() for ref, value in cells.items())
    return [f"{place} {value}" for place, value in shown if isinstance(value, office.ErrorText)]


def assert_true_values(paths: list[Path], folder: Path, edges: int = 0) -> None:
    """See that LibreOffice computes what is stored; `edges` cells may differ that stand at the very edge of a band.

    A field that a workbook holds as a value has 15 digits there, from which formulas go on, and ours from all.
    """
    copies = office.recalculate(*paths, out_dir=folder / "out", timeout=900)
    for path, copy in zip(paths, copies, strict=True):
        before, after = office.read_values(path), office.read_values(copy)
        assert not errors(before), path.name
        found = differences(before, after)
        assert len(found) <= edges, (path.name, found[:40])


def test_the_sample_shows_what_libreoffice_computes(tmp_path: Path) -> None:
    books = [write(tmp_path, "sample", day) for day in DAYS[:3]]
    assert_true_values([*books, write(tmp_path, "sample", "", lang="en")], tmp_path)


@pytest.mark.slow
def test_every_template_shows_what_libreoffice_computes(tmp_path: Path) -> None:
    others = [template for template in TEMPLATES if template != "standard"]
    assert_true_values([write(tmp_path, "sample", "", template) for template in others], tmp_path)


@pytest.mark.slow
def test_the_large_examples_show_what_libreoffice_computes(tmp_path: Path) -> None:
    books = [write(tmp_path, "company", "")]
    assert_true_values(books, tmp_path)
    assert_true_values([write(tmp_path, "cdnow", "", mode="auto")], tmp_path, edges=2)


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("day", DAYS)
def test_no_computed_cell_shows_an_error(template: str, day: str) -> None:
    computed = built("sample", template, "zh", day, "always").computed
    wrong = {
        key: [value for value in column if isinstance(value, CellError)]
        for key, column in computed.results.items()
    }
    assert not {key: values for key, values in wrong.items() if values}


@pytest.mark.slow
def test_other_readers_find_the_same_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "company", "", mode="auto")
    workbook = CalamineWorkbook.from_path(str(path))
    for sheet, cells in office.read_values(path).items():
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        plain = [value for row in rows for value in row if type(value) in {float, int}]
        days = [value for row in rows for value in row if hasattr(value, "year")]
        numbers = [value for value in cells.values() if type(value) is float]
        assert len(plain) + len(days) == len(numbers), sheet
        assert set(plain) <= set(numbers), sheet
