"""JSON Schema of the YAML files, for completion and checking in editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmbook.base import Location
from crmbook.schema.model import ImportsFile, ListsFile, PagesFile, RulesFile, TableSpec, TemplateSpec
from crmbook.schema.problem import SchemaError, problem

if TYPE_CHECKING:
    from crmbook.schema.model import Model

FileKind = Literal["table", "lists", "rules", "pages", "imports", "template"]

_FILES: dict[FileKind, type[Model]] = {
    "table": TableSpec,
    "lists": ListsFile,
    "rules": RulesFile,
    "pages": PagesFile,
    "imports": ImportsFile,
    "template": TemplateSpec,
}
FILE_KINDS = tuple(_FILES)
"""Every kind of file."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMED = ("properties", "$defs")
"""Mappings whose keys are names of ours."""
_DEMANDS = ("required", "minItems", "minProperties")
_TABLE_CHANGES = ("overrides",)
_SHELF_CHANGES = {
    "lists": "ListSpec",
    "bands": "BandsSpec",
    "parameters": "ParameterSpec",
    "pages": "PageSpec",
}


def json_schema(kind: FileKind, *, partial: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file.

    Parameters
    ----------
    partial
        For files that change others, in a workspace: every key may be left out, ``null`` removes an entry.

    Raises
    ------
    SchemaError
        If there is no such kind of file.
    """
    if kind not in _FILES:
        raise SchemaError([problem("schema.unknown-file-kind", Location(), kind, FILE_KINDS)])
    schema = _FILES[kind].model_json_schema()
    schema["$schema"] = _DIALECT
    if kind == "table":
        schema["properties"]["extends"] = {
            "type": "string",
            "description": "Table of which this file is a change or, with a new `table`, a changed copy",
        }
        _take_one_or_many(schema["properties"], "advance")
    elif kind == "template":
        _describe_changes(schema)
        schema["anyOf"] = [
            {"required": schema.pop("required")},
            {"required": ["template", "title", "extends"]},
        ]
    return _relaxed(schema) if partial else schema


def _take_one_or_many(properties: dict[str, Any], key: str) -> None:
    """Let `key` hold one item as well as a list of them."""
    many = properties[key]
    description = many.pop("description", "")
    properties[key] = {"anyOf": [many["items"], many], "description": description}


def _describe_changes(schema: dict[str, Any]) -> None:
    """Describe what may stand below the keys with which a template changes tables, lists, rules and pages."""
    parts = {
        "TableSpec": json_schema("table"),
        **{f"{kind}": _FILES[kind].model_json_schema() for kind in ("lists", "rules", "pages")},
    }
    definitions: dict[str, Any] = {}
    for part in parts.values():
        definitions.update(part.pop("$defs"))
    table = parts["TableSpec"]
    table.pop("$schema")
    definitions["TableSpec"] = table
    known = set(schema["$defs"])
    changes = {f"{name}Change": _pointing_at_changes(_relaxed(inner)) for name, inner in definitions.items()}
    schema["$defs"].update({name: inner for name, inner in changes.items() if name not in known})
    for key, name in {**dict.fromkeys(_TABLE_CHANGES, "TableSpec"), **_SHELF_CHANGES}.items():
        schema["properties"][key]["additionalProperties"] = {"$ref": f"#/$defs/{name}Change"}


def _pointing_at_changes(node: Any) -> Any:
    """Return `node` with every reference to a definition turned to its relaxed twin."""
    if isinstance(node, dict):
        return {
            key: f"{value}Change" if key == "$ref" else _pointing_at_changes(value)
            for key, value in node.items()
        }
    return [_pointing_at_changes(item) for item in node] if isinstance(node, list) else node


def _relaxed(node: Any) -> Any:
    """Return a schema in which nothing is required and ``null`` or ``drop: true`` may remove an entry."""
    if isinstance(node, list):
        return [_relaxed(item) for item in node]
    if not isinstance(node, dict):
        return node
    named = {
        key: {name: _relaxed(inner) for name, inner in node[key].items()} for key in _NAMED if key in node
    }
    rest = {key: value for key, value in node.items() if key not in _NAMED and key not in _DEMANDS}
    relaxed = {**{key: _relaxed(value) for key, value in rest.items()}, **named}
    if "properties" in named:
        properties = {key: _or_null(value) for key, value in named["properties"].items()}
        relaxed["properties"] = {**properties, "drop": {"const": True}} if "id" in properties else properties
    if isinstance(relaxed.get("additionalProperties"), dict):
        relaxed["additionalProperties"] = _or_null(relaxed["additionalProperties"])
    return relaxed


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
