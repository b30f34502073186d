"""The reference pages say what the code does, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbook.formula import FUNCTIONS
from crmbook.formula.reference import PAGES, reference_page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lang", PAGES)
def test_the_page_is_up_to_date(lang) -> None:
    written = (ROOT / PAGES[lang]).read_text(encoding="utf-8")
    assert written == reference_page(lang), "run: python -m crmbook.formula.reference"


@pytest.mark.parametrize("lang", PAGES)
def test_every_function_has_an_entry(lang) -> None:
    page = reference_page(lang)
    assert [name for name, function in FUNCTIONS.items() if f"#### `{function.usage}`" not in page] == []
