"""What the keys of a model mean: the text below each attribute, read from the source when somebody asks.

pydantic would read it whenever a model is made, which is at every start of crmbook, and only the manual and the JSON
Schema for editors show it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmbook.schema.model.base import Model

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def descriptions(model: type[Model]) -> Mapping[str, str]:
    """Return by key what it means; those of the models it is built on too."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, Model) and owner is not Model:
            found |= _below_attributes(owner)
    return found


def described_schema(model: type[Model]) -> dict[str, Any]:
    """Return the JSON Schema of a model in which every key says what it means."""
    schema: dict[str, Any] = model.model_json_schema()
    models = {one.__name__: one for one in _all_models()}
    for name, inner in [(model.__name__, schema), *schema.get("$defs", {}).items()]:
        for key, text in descriptions(models[name]).items() if name in models else ():
            written = models[name].model_fields[key].alias or key
            inner["properties"][written].setdefault("description", text)
    return schema


def _all_models() -> list[type[Model]]:
    found: list[type[Model]] = [Model]
    for model in found:  # it grows while it is gone through
        found += model.__subclasses__()
    return found


def _below_attributes(model: type[Model]) -> dict[str, str]:
    """Return the texts right below the attributes of a class."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    return {
        before.target.id: inspect.cleandoc(after.value.value)
        for before, after in pairwise(getattr(body, "body", []))
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }
