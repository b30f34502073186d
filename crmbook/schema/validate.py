"""From a tree of YAML to a model, every misfit as a problem at the location of its key or value."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from crmbook.schema.fieldtypes import FIELD_TYPES
from crmbook.schema.model import Model
from crmbook.schema.overlay import put_back, with_entry, without
from crmbook.schema.problem import Problem, nearest, problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from crmbook.schema.node import Node

M = TypeVar("M", bound=Model)
_KEY = "[key]"
_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "≥", "max_length": "≤"}
_EXPECTED = {
    "string_type": "text",
    "int_type": "whole-number",
    "float_type": "number",
    "bool_type": "truth",
    "date_type": "date",
    "datetime_type": "date",
    "date_from_datetime_inexact": "date",
    "dict_type": "mapping",
    "mapping_type": "mapping",
    "model_type": "mapping",
    "tuple_type": "list",
    "is_instance_of": "mapping",
}


def validate(node: Node, model: type[M]) -> tuple[M | None, tuple[Problem, ...]]:
    """Return `node` as an instance of `model` and no problems, or nothing and all its problems."""
    try:
        return model.model_validate(node.plain()), ()
    except ValidationError as error:
        misfits = list(error.errors(include_url=False))
    misspelled = {
        (*misfit["loc"][:-1], nearest(str(misfit["loc"][-1]), model_keys(model, misfit["loc"][:-1])))
        for misfit in misfits
        if misfit["type"] == "extra_forbidden"
    }
    misfits = [one for one in misfits if one["type"] != "missing" or one["loc"] not in misspelled]
    return None, tuple(found for misfit in _joined(misfits, node) for found in _problems(misfit, node, model))


def undo_removals(node: Node, model: type[Model]) -> tuple[Node, tuple[Problem, ...]]:
    """Return `node` with what was taken out of it and may not be missing, and each of those as a problem.

    What only the removal would break is not wrong then, and is not reported.
    """
    if not node.has_removals():
        return node, ()
    try:
        model.model_validate(node.plain())
    except ValidationError as error:
        missing = [one for one in error.errors(include_url=False) if one["type"] == "missing"]
    else:
        return node, ()
    found = []
    for misfit in missing:
        path, name = _steps(node, misfit["loc"]), str(misfit["loc"][-1])
        removed = node.at(*path).gone.get(name)
        if removed is not None and removed.removed_at is not None:
            found.append(problem("schema.cannot-remove", removed.removed_at, name))
            node = put_back(node, *path, name)
    return node, tuple(found)


def _steps(node: Node, loc: tuple[int | str, ...]) -> list[int | str]:
    """Return the steps of a misfit's location that lead into a node, without those that name the member of a union."""
    steps: list[int | str] = []
    for step in loc:
        if node.has(*steps, step):
            steps.append(step)
    return steps


def salvage(node: Node, model: type[M]) -> M | None:
    """Return `model` from what of `node` is sound, so that the rest can be looked at; None where too little is.

    Of a mapping of entries (a table's fields) the bad entries are left out, of everything else the whole key.
    """
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        for misfit in error.errors(include_url=False, include_context=False, include_input=False):
            node = _without(node, misfit["loc"])
    try:
        return model.model_validate(node.plain())
    except ValidationError:
        return None


def _without(node: Node, loc: tuple[int | str, ...]) -> Node:
    if not loc or not isinstance(loc[0], str):
        return node
    outer, inner = loc[0], loc[1] if len(loc) > 1 else None
    if outer == "fields" and isinstance(inner, str) and node.has("fields"):
        return with_entry(node, "fields", without(node.at("fields"), inner))
    return without(node, outer)


def _joined(misfits: list[ErrorDetails], node: Node) -> Iterator[ErrorDetails]:
    """Yield the misfits, those of one value as one: a union reports what each of its members expected."""
    steps = {
        id(step) for misfit in misfits if misfit["type"] not in _EXPECTED for step in _path(node, misfit)
    }
    expected: dict[int, set[str]] = {}
    for misfit in misfits:
        if misfit["type"] in _EXPECTED:
            expected.setdefault(id(_find(node, misfit)), set()).add(_EXPECTED[misfit["type"]])
    for misfit in misfits:
        if misfit["type"] not in _EXPECTED:
            yield misfit
        elif id(_find(node, misfit)) not in steps:
            kinds = expected.pop(id(_find(node, misfit)), None)
            if kinds:
                kinds -= {"whole-number"} if "number" in kinds else set()
                yield {**misfit, "ctx": {"expected": tuple(sorted(kinds))}}


def _path(node: Node, misfit: ErrorDetails) -> list[Node]:
    """Return the nodes on the way to a misfit; steps that only name the member of a union are passed over."""
    path = [node]
    for step in misfit["loc"]:
        if path[-1].has(step):
            path.append(path[-1].at(step))
    return path


def _find(node: Node, misfit: ErrorDetails) -> Node:
    return _path(node, misfit)[-1]


def _problems(misfit: ErrorDetails, root: Node, model: type[BaseModel]) -> Iterator[Problem]:
    node, kind, context = _find(root, misfit), misfit["type"], misfit.get("ctx", {})
    loc = misfit["loc"]
    if kind == "extra_forbidden":
        known = model_keys(model, loc[:-1])
        yield problem("schema.unknown-key", node.key_location, str(loc[-1]), known)
    elif kind == "missing":
        yield problem("schema.missing-key", node.key_location, str(loc[-1]))
    elif kind == "schema.keys":
        for code, key in context["found"]:
            removed = node.gone[key].removed_at if code == "schema.missing-key" and key in node.gone else None
            location = removed or node.at(key).key_location
            yield problem("schema.cannot-remove" if removed else code, location, key, kind=context["kind"])
    elif loc and loc[-1] == _KEY:
        yield problem(kind, node.key_location, str(loc[-2]))
    elif kind in _EXPECTED:
        yield problem("schema.wrong-type", node.location, _shown(node), expected=context["expected"])
    else:
        yield _value_problem(kind, node, context)


def _value_problem(kind: str, node: Node, context: Mapping[str, Any]) -> Problem:
    value = _shown(node)
    if kind == "literal_error":
        known = [name.strip("'") for name in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return problem("schema.unknown-value", node.location, value, known)
    if kind == "schema.unknown-field-type":
        return problem(kind, node.location, value, FIELD_TYPES)
    if kind == "schema.bad-pattern":
        return problem(kind, node.character(int(context["offset"])), value)
    if kind.startswith("schema."):
        return problem(kind, node.location, value)
    limits = [f"{sign} {context[key]:g}" for key, sign in _LIMITS.items() if key in context]
    return problem("schema.out-of-range", node.location, value, limit=", ".join(limits))


def _shown(node: Node) -> str:
    if isinstance(node.value, Mapping):
        return "{" + ", ".join(node.entries) + "}"
    if node.items or isinstance(node.value, tuple):
        return "[…]"
    return node.raw or str(node.value)


def model_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the keys that may be at `loc` inside `model`."""
    found = [model]
    for step in loc:
        found = [inner for outer in found for inner in _step(outer, step)] or found
    return tuple(info.alias or name for inner in found for name, info in inner.model_fields.items())


def _step(model: type[BaseModel], step: int | str) -> list[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if step in (name, info.alias):
            return _models(info.annotation)
    return []


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models inside an annotation: behind optional, lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if (
        get_origin(annotation) in (Union, types.UnionType, Annotated, tuple)
        or get_origin(annotation) is not None
    ):
        return [model for inner in get_args(annotation) for model in _models(inner)]
    return []
