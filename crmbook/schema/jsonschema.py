"""JSON Schema of the YAML files, for completion and checking in editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmbook.schema.model import ListsFile, PagesFile, RulesFile, TableSpec, TemplateSpec

if TYPE_CHECKING:
    from crmbook.schema.model import Model

FileKind = Literal["table", "lists", "rules", "pages", "template"]

_FILES: dict[FileKind, type[Model]] = {
    "table": TableSpec,
    "lists": ListsFile,
    "rules": RulesFile,
    "pages": PagesFile,
    "template": TemplateSpec,
}
FILE_KINDS = tuple(_FILES)
"""Every kind of file."""
_EXTENDS = {"type": "string", "description": "Table of which this file is a change, or a changed copy"}


def json_schema(kind: FileKind) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file.

    A table or template that ``extends`` another may leave out what it takes over.
    """
    schema = _FILES[kind].model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    if kind == "table":
        schema["properties"]["extends"] = _EXTENDS
    if kind in ("table", "template"):
        name = "table" if kind == "table" else "template"
        needed = schema.pop("required")
        schema["anyOf"] = [{"required": needed}, {"required": ["extends"]}, {"required": [name]}]
    return schema
