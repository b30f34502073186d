"""The JSON Schema says to an editor what the loader accepts."""

from __future__ import annotations

import pytest

from crmbook.schema import FIELD_TYPES, json_schema
from crmbook.schema.jsonschema import FILE_KINDS


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_kind_of_file_has_a_closed_schema(kind):
    schema = json_schema(kind)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    for name, inner in schema["$defs"].items():
        if inner.get("type") == "object":
            assert inner["additionalProperties"] is False, name


def test_editor_learns_field_types_and_what_keys_mean():
    field = json_schema("table")["$defs"]["FieldSpec"]["properties"]
    assert field["type"]["enum"] == list(FIELD_TYPES)
    assert field["pattern"]["description"]
    assert all("description" in entry for entry in field.values())


@pytest.mark.parametrize(("kind", "name"), [("table", "table"), ("template", "template")])
def test_file_that_extends_another_may_leave_things_out(kind, name):
    alternatives = [entry["required"] for entry in json_schema(kind)["anyOf"]]
    assert ["extends"] in alternatives
    assert [name] in alternatives
