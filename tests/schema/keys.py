"""The keys of the schema language, as its models have them, and those that a document uses.

A key belongs to its model: ``min`` of a field is another key than ``min`` of a parameter.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping

from crmbook.schema.model import (
    BandsSpec,
    ImportsFile,
    ImportsSpec,
    ListsFile,
    ListSpec,
    LocaleFile,
    Model,
    PagesFile,
    PageSpec,
    ParameterSpec,
    RulesFile,
    TableSpec,
    TemplateSpec,
)

FILES = (TableSpec, ListsFile, RulesFile, ImportsFile, LocaleFile, TemplateSpec, PagesFile)
CHANGES = {
    "overrides": TableSpec,
    "lists": ListSpec,
    "bands": BandsSpec,
    "parameters": ParameterSpec,
    "pages": PageSpec,
}
"""What stands under these keys of a template are changes of such things."""


def keys_of(model):
    """Return the keys of a model, as they are written, each with its annotation."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def inner_models(annotation):
    """Yield the models that an annotation speaks of, however deep it wraps them."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in typing.get_args(annotation):
        yield from inner_models(part)


def all_models(roots=FILES):
    """Return every model that a file may hold."""
    found, waiting = {}, list(roots)
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            waiting += [one for annotation in keys_of(model).values() for one in inner_models(annotation)]
    return found


def all_keys():
    """Return every key as ``(model, key)``."""
    return {(name, key) for name, model in all_models().items() for key in keys_of(model)}


def used_in_file(data):
    """Yield every key that a file uses, as ``(model, key)``."""
    for model in FILES:
        own = {key: value for key, value in data.items() if key in keys_of(model)}
        marks = {"table"} if model is TableSpec else {"template"} if model is TemplateSpec else set(own)
        if own and marks <= set(own):
            yield from used(model, own)


def used(model, data):
    """Yield every key of `model` that `data` uses, and those of what stands below."""
    for key, annotation in keys_of(model).items():
        if key not in data or data[key] is None:
            continue
        yield model.__name__, key
        if model is TemplateSpec and key in CHANGES:
            for change in data[key].values():
                yield from used(CHANGES[key], change or {})
        elif model is TemplateSpec and key == "imports":
            yield from used(ImportsSpec, data[key])
        else:
            yield from _used_below(annotation, data[key])


def _used_below(annotation, value):
    """Yield the keys of the models that `value`, written for `annotation`, holds."""
    models = list(inner_models(annotation))
    is_of_names = "Mapping" in str(annotation) and "|" not in str(annotation)
    values = value.values() if is_of_names and isinstance(value, Mapping) else [value]
    for one in values:
        for item in one if isinstance(one, (list, tuple)) else [one]:
            if isinstance(item, Mapping):
                fitting = [model for model in models if set(item) <= set(keys_of(model))]
                yield from used(fitting[0], item) if fitting else ()
