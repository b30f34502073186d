"""The JSON Schema tells an editor what the loader accepts; judged by a reader of the keywords it uses."""

from __future__ import annotations

import json
import re

import pytest

from crmbook.schema import FIELD_TYPES, SchemaError, json_schema, shipped
from crmbook.schema.jsonschema import FILE_KINDS
from crmbook.schema.source import parse_source
from tests.schema.world import WORLD

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
LENGTHS = {"minItems": list, "minLength": str, "minProperties": dict}
READ = {
    "$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "description", "enum",
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


SHIPPED = [path for kind in ("schemas", "templates") for path in sorted(shipped(kind).glob("*.yaml"))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(path):
    assert problems(path.read_text(encoding="utf-8"), kind_of(path)) == []


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
