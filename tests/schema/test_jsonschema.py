"""The JSON Schema tells an editor what the loader accepts; judged by a reader of the keywords it uses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crmbook.schema import FIELD_TYPES, SchemaError, json_schema, load_book, shipped
from crmbook.schema.jsonschema import FILE_KINDS
from crmbook.schema.source import parse_source
from tests.schema.world import WORLD

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
LENGTHS = {"minItems": list, "minLength": str, "minProperties": dict}
READ = {
    "$defs", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "if", "then", "const", "default", "description", "enum",
    "exclusiveMinimum", "format", "items", "maximum", "minimum", "minItems", "minLength", "minProperties", "pattern",
    "properties", "propertyNames", "required", "title", "type",
}  # fmt: skip


def misfits(value, schema, root, path="$"):
    """Yield the paths at which `value` does not fit `schema`."""
    assert set(schema) <= READ, set(schema) - READ
    if "$ref" in schema:
        yield from misfits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in schema:
        options = [list(misfits(value, option, root, path)) for option in schema["anyOf"]]
        if all(options):
            yield from min(options, key=len)
    for part in schema.get("allOf", ()):
        if not list(misfits(value, part["if"], root, path)):
            yield from misfits(value, part["then"], root, path)
    if "type" in schema and not fits(value, schema["type"]):
        yield path
        return
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        yield path
    yield from misfits_of_size(value, schema, path)
    if isinstance(value, dict):
        yield from misfits_of_keys(value, schema, root, path)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from misfits(item, schema["items"], root, f"{path}[{index}]")


def fits(value, kind):
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def misfits_of_size(value, schema, path):
    too_small = any(
        key in schema and isinstance(value, kind) and len(value) < schema[key]
        for key, kind in LENGTHS.items()
    )
    if isinstance(value, (int, float)):
        too_small |= value < schema.get("minimum", value) or value > schema.get("maximum", value)
        too_small |= value <= schema.get("exclusiveMinimum", value - 1)
    if too_small or (
        "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value)
    ):
        yield path


def misfits_of_keys(value, schema, root, path):
    yield from (f"{path}.{key}" for key in schema.get("required", ()) if key not in value)
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    named = re.compile(schema.get("propertyNames", {}).get("pattern", ""))
    yield from (f"{path}.{key}" for key in value if not named.search(key))
    for key, inner in value.items():
        if key in known:
            yield from misfits(inner, known[key], root, f"{path}.{key}")
        elif isinstance(rest, dict):
            yield from misfits(inner, rest, root, f"{path}.{key}")
        elif not rest:
            yield f"{path}.{key}"


def problems(text, kind, **options):
    data = json.loads(json.dumps(parse_source(text, "f.yaml")[0].plain(), default=str))
    schema = json_schema(kind, **options)
    return list(misfits(data, schema, schema))


def kind_of(path):
    if path.parent.name == "templates":
        return "pages" if path.stem == "pages" else "template"
    return path.stem if path.stem in ("lists", "rules", "imports") else "table"


ROOT = Path(__file__).parents[2]
IN_FOLDERS = sorted(
    path
    for root in (ROOT, *(ROOT / "examples").rglob("*"))
    for kind in ("schemas", "templates")
    for path in (root / kind).glob("*.yaml")
)
MANUAL = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(encoding="utf-8"), re.DOTALL
)
SHIPPED = [path for kind in ("schemas", "templates") for path in sorted(shipped(kind).glob("*.yaml"))]


@pytest.mark.sample(19)
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(path):
    assert problems(path.read_text(encoding="utf-8"), kind_of(path)) == []


@pytest.mark.sample(13)
@pytest.mark.parametrize("path", IN_FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_fits_the_schema_of_its_folder(path):
    assert problems(path.read_text(encoding="utf-8"), path.parent.name) == []


def test_the_files_of_examples_are_among_them():
    assert {path.parents[1].name for path in IN_FOLDERS} >= {ROOT.name, "cdnow"}


@pytest.mark.parametrize(
    "block", [text for text in MANUAL if text.startswith(("table:", "lists:", "bands:", "imports:"))]
)
def test_what_the_manual_shows_fits_the_schema_of_its_folder(block):
    assert problems(block, "schemas") == []


VISITS = """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: ID, en: ID}, type: id}
  mood: {title: {zh: 心情, en: Mood}, type: enum, list: mood}
lists: {mood: {title: {zh: 心情, en: Mood}, values: {good: {zh: 好, en: Good}}}}
bands: {far: {title: {zh: 远, en: Far}, bands: [{from: 0, result: 1}]}}
"""
CHANGE = "table: customers\nfields: {wechat: {title: {zh: 微信, en: WeChat}, type: text}, hobbies: null, owner: {required: true}}\n"
TEMPLATE = "template: mine\ntitle: {zh: 我的, en: Mine}\nextends: standard\n"


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (VISITS, "schemas"), (CHANGE, "schemas"), ("extends: customers\nhelp: {zh: 顾客, en: Clients}\n", "schemas"), (TEMPLATE, "templates"),
        ("template: standard\ndrop: [tasks]\n", "templates"), ("pages: {guide: {help: null}}\n", "templates"),
        ("lists: {gender: {values: {other: {zh: 其他, en: Other}}}}\nparameters: {active_days: {value: 40}}\n", "schemas"),
    ],
)  # fmt: skip
def test_what_a_workspace_may_say_fits(text, folder, tmp_path):
    assert problems(text, folder) == []
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_book("mine" if text == TEMPLATE else "standard", "en", tmp_path).tables


@pytest.mark.parametrize(
    ("text", "old", "new", "misfit"),
    [
        (VISITS, ", list: mood", "", "$.fields.mood.list"),
        (VISITS, "type: enum, list: mood", "type: ref", "$.fields.mood.to"),
        (VISITS, "  mood:", "  Mood:", "$.fields.Mood"),
        (VISITS, "table: visits", "table: Visits", "$.table"),
        (VISITS, "key: visit_id", "key: 拜访", "$.key"),
        (VISITS, "key: visit_id", "key: visit_id\nrows: one for customers", "$.rows"),
        (VISITS, "key: visit_id\n", "", "$.key"),
        (VISITS, "good: {", "'1': {", "$.lists.mood.values.1"),
        (VISITS, "type: id", "type: id, formula: '1+1'", "$.fields.visit_id.formula"),
        (CHANGE, "type: text", "type: enum", "$.fields.wechat.list"),
        (CHANGE, "wechat:", "WeChat:", "$.fields.WeChat"),
        (CHANGE, "fields:", "feilds:", "$.feilds"),
        (CHANGE, "table: customers", "table: visits", "$.table"),
    ],
)  # fmt: skip
def test_what_no_file_may_say_does_not_fit(text, old, new, misfit):
    assert text.count(old) == 1
    assert misfit in problems(text.replace(old, new), "schemas")


@pytest.mark.parametrize(
    ("text", "kind", "misfit"),
    [
        (WORLD["schemas/orders.yaml"].replace("required: true", "requird: true"), "table", "$.fields.customer_id.requird"),
        (WORLD["schemas/orders.yaml"].replace("type: boolean", "type: bool"), "table", "$.fields.done.type"),
        (WORLD["schemas/orders.yaml"].replace("key: order_id\n", ""), "table", "$.key"),
        (WORLD["schemas/lists.yaml"].replace("of: north", "off: north"), "lists", "$.lists.city.values.beijing.off"),
        (WORLD["schemas/rules.yaml"].replace("from: 1000", "from: x"), "rules", "$.bands.level.bands[1].from"),
        (WORLD["templates/pages.yaml"].replace("kind: column", "kind: colum"), "pages", "$.pages.guide.charts[0].kind"),
        (WORLD["templates/standard.yaml"] + "overrides: {orders: {stages: 1}}\n", "template", "$.overrides.orders.stages"),
        (WORLD["templates/standard.yaml"] + "lists: {city: {valeus: {}}}\n", "template", "$.lists.city.valeus"),
    ],
)  # fmt: skip
def test_mistake_is_seen_by_the_editor(text, kind, misfit):
    assert misfit in problems(text, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("table: customers\nfields: {city: null, name: {required: false}}\n", "table"),
        ("extends: customers\nchecks: [{id: named, drop: true}]\n", "table"),
        ("lists: {gender: {values: {other: {zh: 其他, en: Other}}, fixed: null}}\n", "lists"),
        ("pages: {guide: {cells: [{id: sales, title: {zh: 总额}}]}}\n", "pages"),
    ],
)
def test_file_of_a_workspace_may_hold_changes_only(text, kind):
    assert problems(text, kind, partial=True) == []
    assert problems(text.replace("table: customers", "tabel: customers"), kind, partial=True) == (
        ["$.tabel"] if "table:" in text else []
    )


def test_template_that_extends_another_needs_no_sheets():
    text = "template: mine\ntitle: {zh: 我的, en: Mine}\nextends: standard\n"
    assert problems(text, "template") == []
    assert problems(text.replace("extends: standard\n", ""), "template") == ["$.sheets"]


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize("partial", [False, True])
def test_every_reference_has_its_definition(kind, partial):
    schema = json_schema(kind, partial=partial)
    assert schema["additionalProperties"] is False
    assert '"patternProperties"' not in json.dumps(schema)
    named = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert named <= set(schema["$defs"])


def test_editor_learns_field_types_and_what_keys_mean():
    field = json_schema("table")["$defs"]["FieldSpec"]["properties"]
    assert field["type"]["enum"] == list(FIELD_TYPES)
    assert all("description" in entry for entry in field.values())
    assert "required" in json_schema("table", partial=True)["$defs"]["FieldSpec"]["properties"]


def test_unknown_kind_of_file_is_told_with_the_nearest():
    with pytest.raises(SchemaError) as caught:
        json_schema("tables")
    (found,) = caught.value.problems
    assert (found.code, found.suggestion) == ("schema.unknown-file-kind", "table")
    assert found.line("en").startswith("there is no kind of file “tables”. Did you mean “table”?")
