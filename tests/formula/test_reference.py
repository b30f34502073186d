"""The reference page says what the code does."""

from __future__ import annotations

from pathlib import Path

from crmbook.formula import FUNCTIONS
from crmbook.formula.reference import reference_page

PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), (
        "run: python -m crmbook.formula.reference docs/formulas.md"
    )


def test_every_function_has_an_entry() -> None:
    page = reference_page()
    assert [name for name, function in FUNCTIONS.items() if f"#### `{function.usage}`" not in page] == []
