"""The manual names every key and type, and what it shows can be loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmbook.schema import FIELD_TYPES, json_schema, load_book
from crmbook.schema.jsonschema import FILE_KINDS

MANUAL = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)", MANUAL)) | set(re.findall(r"[{ ,]([a-z_]+):", MANUAL))
BLOCKS = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_key_is_in_the_manual(kind):
    schema = json_schema(kind)
    models = [schema, *(inner for name, inner in schema["$defs"].items() if not name.endswith("Change"))]
    keys = {key for model in models for key in model.get("properties", {})}
    assert keys - NAMED == set()


def test_every_field_type_is_in_the_manual():
    assert set(FIELD_TYPES) - NAMED == set()


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
