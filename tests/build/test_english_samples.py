"""An English book is English, its sample people, companies and texts as well: no Chinese sign in any part of the file."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pandas as pd
import pytest

from crmbook.build.example import load_example
from crmbook.build.tablesheet import column_width
from crmbook.schema.shipped import shipped
from tests.books import TEMPLATES, book_of, built

THEME = "xl/theme/theme1.xml"
"""Lists a font for each script of the world."""
CHINESE = re.compile(r"[\u3000-\u300f\u3012-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+")
"""All signs of Chinese but 【 and 】, in which the column of issues names fields."""
SAMPLES = (*TEMPLATES, "lite")


@pytest.mark.parametrize("template", SAMPLES)
def test_an_english_sample_holds_nothing_chinese(template):
    package = zipfile.ZipFile(io.BytesIO(built("sample", template, "en").data))
    found = {
        name: sorted(set(CHINESE.findall(package.read(name).decode())))
        for name in package.namelist()
        if name != THEME
    }
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("template", SAMPLES)
def test_an_english_sample_has_the_rows_and_figures_of_the_chinese_one(template):
    example = load_example("sample", template)
    english, chinese = (example.frames(book_of(template, lang)) for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for name, frame in english.items():
        assert frame.notna().equals(chinese[name].notna()), name
        figures = frame.select_dtypes(exclude=["object", "string"])
        pd.testing.assert_frame_equal(figures, chinese[name][figures.columns])


@pytest.mark.parametrize("template", SAMPLES)
def test_the_texts_of_an_english_sample_fit_their_columns(template):
    book = book_of(template, "en")
    for name, frame in load_example("sample", template).frames(book).items():
        for field in (book.tables[name].fields[label] for label in frame):
            if field.type in {"text", "email"}:  # long texts wrap
                longest = max(map(len, frame[field.name].dropna()), default=0)
                assert longest < column_width(field, book), (name, field.name)


def test_each_word_of_the_samples_has_one_meaning():
    with (shipped("examples") / "sample" / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["zh"] for row in rows}) == len(rows)
    assert len({row["en"] for row in rows}) == len(rows), "two texts that are told apart would be one"
    used = "".join(path.read_text(encoding="utf-8") for path in shipped("examples").glob("sample/*/*.csv"))
    assert [row["zh"] for row in rows if row["zh"] not in used] == []
