"""JSON Schema of the YAML files, for completion and checking in editors.

A kind of its own describes each folder of a workspace: whatever may be in a file of ``schemas/`` or ``templates/``,
changes of what is shipped included. An editor knows a file by its folder alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import Location
from crmbook.schema.fieldtypes import FIELD_TYPES
from crmbook.schema.model import (
    ImportsFile,
    ListsFile,
    LocaleFile,
    PagesFile,
    RulesFile,
    TableSpec,
    TemplateSpec,
)
from crmbook.schema.model.described import described_schema
from crmbook.schema.problem import SchemaError, problem
from crmbook.schema.shelves import read_library

if TYPE_CHECKING:
    from crmbook.schema.model import Model

FileKind = Literal[
    "table", "lists", "rules", "pages", "imports", "locale", "template", "schemas", "templates"
]

_FILES: dict[FileKind, type[Model]] = {
    "table": TableSpec,
    "lists": ListsFile,
    "rules": RulesFile,
    "pages": PagesFile,
    "imports": ImportsFile,
    "locale": LocaleFile,
    "template": TemplateSpec,
}
_FOLDERS: Final[dict[FileKind, tuple[FileKind, ...]]] = {
    "schemas": ("table", "lists", "rules", "imports", "locale"),
    "templates": ("template", "pages"),
}
"""What files of a folder may hold, together too."""
_WHOLE: Final[dict[FileKind, tuple[str, tuple[str, ...]]]] = {
    "schemas": ("table", ("title", "key", "fields")),
    "templates": ("template", ("title", "sheets")),
}
"""The key of a file that defines a thing anew, and what such a definition needs."""
FILE_KINDS: Final[tuple[FileKind, ...]] = (*_FILES, *_FOLDERS)
"""Every kind of file, and the folders of a workspace."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KEYED = ("properties", "$defs")
"""Mappings whose keys are names of ours."""
_DEMANDS = ("required", "minItems", "minProperties")
_CONDITIONS = ("allOf",)
"""Hold for changes as well: their condition is that a thing is defined as a whole."""
_TABLE_CHANGES = ("overrides",)
_SHELF_CHANGES = {
    "lists": "ListSpec",
    "bands": "BandsSpec",
    "parameters": "ParameterSpec",
    "pages": "PageSpec",
}


def json_schema(kind: FileKind, *, partial: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, or of all files of a workspace's folder.

    Parameters
    ----------
    partial
        For files that change others, in a workspace: every key may be left out, ``null`` removes an entry.

    Raises
    ------
    SchemaError
        If there is no such kind of file.
    """
    if kind in _FOLDERS:
        return _folder_schema(kind)
    if kind not in _FILES:
        raise SchemaError([problem("schema.unknown-file-kind", Location(), kind, FILE_KINDS)])
    schema: dict[str, Any] = _named(described_schema(_FILES[kind]))
    schema["$schema"] = _DIALECT
    _want_what_types_need(schema)
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
    relaxed: dict[str, Any] = _relaxed(schema) if partial else schema
    return relaxed


def _folder_schema(folder: FileKind) -> dict[str, Any]:
    """Return the schema of the files of a folder: all keys of its kinds, and what a whole definition needs."""
    parts = {kind: json_schema(kind, partial=True) for kind in _FOLDERS[folder]}
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for part in parts.values():
        definitions |= part.get("$defs", {})
        properties |= {key: inner for key, inner in part["properties"].items() if key not in properties}
    whole, needed = _WHOLE[folder]
    shelves = [key for kind in _FOLDERS[folder] if kind != whole for key in parts[kind]["properties"]]
    names = _shipped(whole)
    return {
        "$schema": _DIALECT,
        "$defs": definitions,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "anyOf": [
            {"required": [whole, *needed]},
            *({"required": [key], "properties": {whole: {"enum": names}}} for key in (whole, *shelves)),
            {"required": ["extends"]},
        ],
    }


def _shipped(key: str) -> list[str]:
    """Return the names of the shipped tables or templates, which a file may change without saying all of them anew."""
    library = read_library()
    return sorted(library.tables if key == "table" else library.templates)


def _want_what_types_need(schema: dict[str, Any]) -> None:
    """Let a field that is defined as a whole have the keys that its type needs: a list, or a table."""
    field = schema.get("$defs", {}).get("FieldSpec")
    if field is None:
        return
    field["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["title", "type"]},
            "then": {"required": sorted(kind.needs)},
        }
        for name, kind in FIELD_TYPES.items()
        if kind.needs
    ]


def _named(node: Any) -> Any:
    """Return a schema whose mappings refuse keys that are no names, instead of passing them over."""
    if isinstance(node, list):
        return [_named(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _named(value) for key, value in node.items()}
    patterns = plain.get("patternProperties")
    if isinstance(patterns, dict) and len(patterns) == 1:
        [(pattern, inner)] = patterns.items()
        del plain["patternProperties"]
        plain |= {"propertyNames": {"pattern": pattern}, "additionalProperties": inner}
    return plain


def _take_one_or_many(properties: dict[str, Any], key: str) -> None:
    """Let `key` hold one item as well as a list of them."""
    many = properties[key]
    description = many.pop("description", "")
    properties[key] = {"anyOf": [many["items"], many], "description": description}


def _describe_changes(schema: dict[str, Any]) -> None:
    """Describe what may be below the keys with which a template changes tables, lists, rules and pages."""
    parts = {
        "TableSpec": json_schema("table"),
        **{f"{kind}": _named(described_schema(_FILES[kind])) for kind in ("lists", "rules", "pages")},
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
        key: {name: _relaxed(inner) for name, inner in node[key].items()} for key in _KEYED if key in node
    }
    rest = {key: value for key, value in node.items() if key not in (*_KEYED, *_DEMANDS, *_CONDITIONS)}
    kept = {key: node[key] for key in _CONDITIONS if key in node}
    relaxed = {**{key: _relaxed(value) for key, value in rest.items()}, **named, **kept}
    if "properties" in named:
        properties = {key: _or_null(value) for key, value in named["properties"].items()}
        relaxed["properties"] = {**properties, "drop": {"const": True}} if "id" in properties else properties
    if isinstance(relaxed.get("additionalProperties"), dict):
        relaxed["additionalProperties"] = _or_null(relaxed["additionalProperties"])
    return relaxed


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
