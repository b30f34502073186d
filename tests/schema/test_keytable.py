"""The tables of all keys in the manuals say what the models are, and where ``null`` may stand."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest

from crmbook.schema import SchemaError, load_book, parse_source
from crmbook.schema.keytable import PAGES, iter_models, null_in, render_keys, renewed
from crmbook.schema.model import FieldSpec, TableSpec
from crmbook.schema.validate import validate
from tests.schema.keys import all_models, keys_of

ROOT = Path(__file__).parents[2]
TABLE = {
    "table": "visits",
    "title": {"zh": "拜访", "en": "Visits"},
    "key": "visit_id",
    "fields": {
        "visit_id": {"title": {"zh": "编号", "en": "ID"}, "type": "id"},
        "note": {"title": {"zh": "备注", "en": "Note"}, "type": "text"},
    },
}


@pytest.mark.parametrize("lang", PAGES)
def test_the_manuals_are_up_to_date(lang):
    text = (ROOT / PAGES[lang]).read_text(encoding="utf-8")
    assert text == renewed(text, lang), "run: python -m crmbook.schema.keytable"


def test_every_key_of_every_model_is_there():
    words = {"Label", "NumberFormats"}
    assert {model.__name__ for model in iter_models()} == set(all_models()) - words
    for lang in PAGES:
        rows = [line for line in render_keys(lang).splitlines() if line.startswith("| `")]
        assert len(rows) == sum(len(keys_of(model)) for model in iter_models())


def test_a_manual_without_a_place_for_them_is_left_alone():
    with pytest.raises(ValueError, match="keytable"):
        renewed("# The schema language\n", "en")


@pytest.mark.parametrize(
    ("model", "key"), [(model, key) for model in (TableSpec, FieldSpec) for key in keys_of(model)]
)
def test_null_is_taken_in_a_definition_where_the_table_says_so(model, key):
    data = deepcopy(TABLE)
    (data if model is TableSpec else data["fields"]["note"])[key] = None
    found, problems = validate(parse_source(json.dumps(data), "x.yaml")[0], TableSpec)
    assert (found is not None) == (null_in(model, key) == "anywhere"), problems


@pytest.mark.parametrize(
    ("change", "is_sound"),
    [
        ("aliases: null", True),
        ("reminders: null", True),
        ("help: null", True),
        ("fields: {phone: {aliases: null, personal: null, help: null}}", True),
        ("title: null", False),
        ("fields: {phone: {type: null}}", False),
    ],
)
def test_null_in_a_change_takes_back_what_stood_there(tmp_path, change, is_sound):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "mine.yaml").write_text(f"table: customers\n{change}\n", encoding="utf-8")
    if not is_sound:
        with pytest.raises(SchemaError):
            load_book("standard", "zh", tmp_path)
        return
    table = load_book("standard", "zh", tmp_path).tables["customers"]
    phone = table.fields["phone"]
    left = {
        "aliases": "客户信息" in table.aliases,
        "reminders": bool(table.reminders),
        "help": bool(table.help),
        "fields": "手机" in phone.aliases or phone.personal or bool(phone.help),
    }
    assert left == {name: not change.startswith(f"{name}:") for name in left}
