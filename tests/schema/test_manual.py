"""The manual names every key where it speaks of its model, some test's YAML uses it, and what the manual shows can be loaded."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from crmbook.schema import FIELD_TYPES, load_book, parse_source
from tests.schema.keys import all_keys, all_models, keys_of, used_in_file
from tests.schema.world import WORLD

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs" / "schema.zh.md").read_text(encoding="utf-8")
COOKBOOK = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
CHAPTERS = {
    "Words and names": ["Label"],
    "Tables": ["TableSpec", "CheckSpec", "AdvanceSpec", "ReminderSpec", "DoneSpec"],
    "Fields": ["FieldSpec", "HighlightSpec", "NumberFormats"],
    "Lists": ["ListsFile", "ListSpec", "ValueSpec"],
    "Scoring rules and parameters": ["RulesFile", "BandsSpec", "BandSpec", "ParameterSpec"],
    "Words of other programs": ["ImportsFile", "ImportsSpec", "TableImportSpec", "StatusSpec"],
    "Pages": ["PagesFile", "PageSpec", "TextSpec", "CellSpec", "OffersSpec", "ChartSpec", "BlockSpec", "LinksSpec", "AdviceSpec"],
    "Templates": ["TemplateSpec", "ThemeSpec", "SheetSpec", "AddedSheetSpec"],
    "Roles": ["RoleSpec", "RoleSheetSpec"],
    "Where a book is at home": ["LocaleFile", "LocaleSpec"],
}  # fmt: skip
TRIED = {
    ("FieldSpec", "absent"): "test_trim.py::test_what_is_left_of_a_formula_counts",
    ("FieldSpec", "after"): "test_workspace.py::test_workspace_adds_a_field_by_yaml_alone",
    (
        "LocaleSpec",
        "working_days",
    ): "test_working_days.py::test_handling_counts_working_days_where_the_book_says_so",
    ("LocaleSpec", "zone"): "../sync/test_time_zone.py::test_the_day_is_that_of_the_zone",
    **dict.fromkeys(
        [("SheetSpec", "hide"), *(("AddedSheetSpec", key) for key in ("page", "fields", "hide"))],
        "test_workspace.py::test_a_sheet_has_the_fields_that_it_says_and_stands_where_it_says",
    ),
}
"""Keys that only a test's own lines use."""


def chapter(heading):
    """Return the text under a heading, up to the next of its rank or a higher one."""
    match = re.search(rf"^(#+) {heading}\n(.*?)(?=^#{{1,3}} |\Z)", MANUAL, re.DOTALL | re.MULTILINE)
    assert match, heading
    return match[2]


@cache
def named_in(heading):
    """Return the words that a chapter names as keys."""
    text = chapter(heading)
    spans = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    return {word for span in spans for word in re.findall(r"\b[a-z_]+\b", span)}


@pytest.mark.parametrize("heading", CHAPTERS)
def test_every_key_is_named_where_the_manual_speaks_of_its_model(heading):
    models = all_models()
    missing = {
        (name, key)
        for name in CHAPTERS[heading]
        for key in keys_of(models[name])
        if key not in named_in(heading)
    }
    assert missing == set()


def test_every_model_has_its_chapter():
    assert sorted(name for names in CHAPTERS.values() for name in names) == sorted(all_models())


def yaml_of_tests():
    """Yield the text of every YAML file that tests load: what is shipped, the examples, the recipes, the small world."""
    for folder in (ROOT, *(ROOT / "examples").iterdir()):
        for path in (*folder.glob("schemas/*.yaml"), *folder.glob("templates/*.yaml")):
            yield path.read_text(encoding="utf-8")
    yield from WORLD.values()
    yield from re.findall(r"```yaml\n# \S+\n(.*?)```", COOKBOOK, re.DOTALL)


@pytest.mark.slow
def test_every_key_is_used_where_a_test_would_notice():
    """The shipped tables, the firms and the recipes are computed again by pandas; what they lack is tried by itself."""
    found = {key for text in yaml_of_tests() for key in used_in_file(parse_source(text, "x")[0].plain())}
    assert all_keys() - found == set(TRIED)
    for (_, key), test in TRIED.items():
        file, _, name = test.partition("::")
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text
        assert f"{key}:" in text


def test_every_field_type_is_in_the_manual():
    assert set(FIELD_TYPES) - named_in("Field types") == set()


def test_first_changes_work_as_shown(tmp_path):
    (tmp_path / "schemas").mkdir()
    field, table = (block for block in BLOCKS if block.startswith("table:"))
    (tmp_path / "schemas" / "mine.yaml").write_text(field, encoding="utf-8")
    (tmp_path / "schemas" / "visits.yaml").write_text(table, encoding="utf-8")
    book = load_book("standard", "zh", tmp_path)
    fields = list(book.tables["customers"].fields)
    assert fields[fields.index("wechat") - 1] == "email"
    assert "上门拜访" in [sheet.title for sheet in book.sheets]
    assert ("visits", "visits") in book.formulas


def test_the_chinese_manual_shows_the_same_yaml_and_names_the_same_keys():
    """The key of each line of a table, in their order: a key that is added has a line in both."""
    assert re.findall(r"```yaml\n(.*?)```", CHINESE, re.DOTALL) == BLOCKS
    keys = [
        [
            tuple(re.findall(r"`([a-z_.]+)`", line))
            for line in re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
        ]
        for text in (MANUAL, CHINESE)
    ]
    assert keys[0] == keys[1]
