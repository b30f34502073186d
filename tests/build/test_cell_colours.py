"""A single cell of a page has the colour that the schema says, by the cells of the pages alone."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from crmbook.build import theme
from crmbook.ooxml import Package, reference
from crmbook.read import target_of
from tests.books import book_of, built

LEVELS = {"high": "bad", "medium": "warn", "low": "info"}


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_alert_on_the_card_has_the_colour_of_its_level(lang):
    book, data = book_of(lang=lang), built(lang=lang).data
    name = book.cells["card_alert"].title
    [target] = [target_of(one) for one in Package(data).defined_names if one.name.replace("_", " ") == name]
    sheet = openpyxl.load_workbook(io.BytesIO(data))[target[0]]
    rules = sheet.conditional_formatting[reference(*target[1:])]
    found = {rule.formula[0].rpartition('"')[0].rpartition('"')[2]: rule.dxf for rule in rules}
    texts = {value.text: name for name, value in book.lists["alert"].values.items()}
    assert {texts[text]: shape.fill.bgColor.rgb[2:] for text, shape in found.items()} == {
        level: theme.HIGHLIGHTS[look]["bg_color"].lstrip("#") for level, look in LEVELS.items()
    }


def test_the_named_font_is_not_tied_to_the_office_theme():
    """Excel shows the theme's font, not the named one, where a format names a scheme."""
    fonts = re.search(rb"<fonts .*?</fonts>", Package(built().data).styles.data, re.DOTALL)[0]
    assert b"<scheme" not in fonts
    notes = {b"Tahoma"}
    assert set(re.findall(rb'<name val="([^"]*)"', fonts)) - notes == {book_of().font.encode()}
