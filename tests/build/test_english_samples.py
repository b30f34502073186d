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
from tests.desk import NAME, Desk, settled

THEME = "xl/theme/theme1.xml"
"""Lists a font for each script of the world."""
CHINESE = re.compile(r"[\u3000-\u300f\u3012-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+")
"""All signs of Chinese but 【 and 】, in which the column of issues names fields."""
SAMPLES = (*TEMPLATES, "lite")
FILLED = (*(("sample", template) for template in SAMPLES), ("company", "standard"))


def frames(example, template, lang):
    found = load_example(example, template if example == "sample" else None)
    return found.frames(book_of(template, lang))


@pytest.mark.parametrize("template", SAMPLES)
def test_an_english_sample_holds_nothing_chinese(template):
    package = zipfile.ZipFile(io.BytesIO(built("sample", template, "en").data))
    found = {
        name: sorted(set(CHINESE.findall(package.read(name).decode())))
        for name in package.namelist()
        if name != THEME
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_an_english_book_with_mistakes_and_reminders_holds_nothing_chinese_after_a_sync(tmp_path):
    settled(tmp_path, "en")
    desk = Desk(tmp_path / NAME, "en")
    row = desk.place("customers").first_row
    wrong = {"phone": "12", "email": "nobody", "birth_date": "long ago", "registered_on": "last winter"}
    desk.type("customers", row, **wrong)
    desk.type("interactions", desk.place("interactions").first_row, customer_id="Nobody", date="someday")
    desk.sync()
    assert desk.value("customers", "issues", row).count("; 【") == 3
    package = zipfile.ZipFile(desk.path)
    said = {
        name: set(CHINESE.findall(package.read(name).decode()))
        for name in package.namelist()
        if name != THEME
    }
    assert {name: words for name, words in said.items() if words} == {}


def test_the_english_company_holds_nothing_chinese():
    for name, frame in frames("company", "standard", "en").items():
        cells = [str(cell) for column in frame for cell in frame[column].dropna()]
        assert [cell for cell in cells if CHINESE.search(cell)] == [], name


def test_the_english_company_has_people_of_its_own_and_each_bears_one_name():
    english, chinese = (frames("company", "standard", lang) for lang in ("en", "zh"))
    people = english["customers"]
    assert people["name"].is_unique
    assert people["email"].is_unique
    named = [name.lower().replace(" ", ".") for name in people["name"]]
    assert people["email"].tolist() == [f"{name}@example.com" for name in named]
    told = dict(zip(chinese["customers"]["name"], people["name"], strict=True))
    assert english["prospects"]["name"].tolist() == [told[name] for name in chinese["prospects"]["name"]]
    for name, frame in english.items():
        if "owner" in frame:
            assert len(set(zip(chinese[name]["owner"], frame["owner"], strict=True))) <= 8, name


@pytest.mark.parametrize(("example", "template"), FILLED)
def test_an_english_book_has_the_rows_and_figures_of_the_chinese_one(example, template):
    english, chinese = (frames(example, template, lang) for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for name, frame in english.items():
        assert frame.notna().equals(chinese[name].notna()), name
        figures = frame.select_dtypes(exclude=["object", "string"])
        pd.testing.assert_frame_equal(figures, chinese[name][figures.columns])


@pytest.mark.parametrize(("example", "template"), FILLED)
def test_the_texts_of_an_english_book_fit_their_columns(example, template):
    book = book_of(template, "en")
    for name, frame in frames(example, template, "en").items():
        for field in (book.tables[name].fields[label] for label in frame):
            if field.type in {"text", "email"}:  # long texts wrap
                longest = max(map(len, frame[field.name].dropna()), default=0)
                assert longest < column_width(field, book), (name, field.name)


@pytest.mark.parametrize(("folder", "used_in"), [("sample", "sample/*/*.csv"), ("company", "company/*.csv")])
def test_each_word_of_an_example_has_one_meaning(folder, used_in):
    with (shipped("examples") / folder / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["zh"] for row in rows}) == len(rows)
    assert len({row["en"] for row in rows}) == len(rows), "two texts that are told apart would be one"
    tables = [path for path in shipped("examples").glob(used_in) if path.name != "words.csv"]
    used = "".join(path.read_text(encoding="utf-8") for path in tables)
    assert [row["zh"] for row in rows if row["zh"] not in used] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_addresses_by_which_prospects_are_reached_are_read_whole(lang):
    book, prospects = book_of("standard", lang), frames("company", "standard", lang)["prospects"]
    longest = max(map(len, prospects["contact"].dropna()))
    assert longest + 2 < column_width(book.tables["prospects"].fields["contact"], book)


@pytest.mark.parametrize("template", SAMPLES)
def test_words_around_a_count_are_right_for_one_too(template):
    """“Deals: 1”, for nobody has “1 deals”."""
    book = book_of(template, "en")
    words = [value.text for one in book.lists.values() for value in one.values.values()]  # noqa: PD011 - of a list, no frame
    assert [text for text in words if re.search(r"\{count\} \w+s\b", text)] == []
