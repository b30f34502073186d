"""The ground of every model: strict, closed, immutable; and the small types that recur in all of them.

A value that does not fit raises a pydantic error whose type is one of our message codes, so that
`crmbook.schema.validate` can turn it into a problem with a location.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from crmbook.base import Language
from crmbook.schema.names import is_machine_name


class Model(BaseModel):
    """Base of all models: unknown keys are refused, types are not guessed, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _machine_name(text: str) -> str:
    if not is_machine_name(text):
        raise PydanticCustomError("schema.bad-name", "not a machine name")
    return text


def _identifier(text: str) -> str:
    return _machine_name(text.replace("-", "_")) and text


def _formula_text(text: str) -> str:
    if not text.startswith("=") or not text[1:].strip():
        raise PydanticCustomError("schema.not-a-formula", "a formula begins with =")
    return text


def _words(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("schema.empty-text", "words are missing")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise PydanticCustomError(
            "schema.bad-pattern", "{reason}", {"reason": error.msg, "offset": error.pos or 0}
        ) from error
    return text


_NONE: Mapping[str, str] = MappingProxyType({})


def refuse_keys(
    *,
    missing: Iterable[str] = (),
    misplaced: Iterable[str] = (),
    kind: str = "",
    formula_only: Iterable[str] = (),
    beside: Mapping[str, str] = _NONE,
) -> None:
    """Raise one pydantic error for all keys that are missing, or are where they mean nothing.

    Parameters
    ----------
    kind
        The field type in which the `misplaced` keys have no meaning.
    formula_only
        Keys that mean something only beside a formula.
    beside
        Keys that mean something only beside another, with that other.
    """
    found = [("schema.missing-key", key) for key in sorted(missing)]
    found += [("schema.misplaced-key", key) for key in sorted(misplaced)]
    found += [("schema.needs-formula", key) for key in sorted(formula_only)]
    found += [("schema.needs-key", key) for key in sorted(beside)]
    kind = kind or next(iter(beside.values()), "")
    if found:
        raise PydanticCustomError("schema.keys", "keys do not fit", {"found": found, "kind": kind})


MachineName = Annotated[
    str, AfterValidator(_machine_name), Field(json_schema_extra={"pattern": "^[a-z][a-z0-9_]*$"})
]
"""Lower case letters, digits and underscores, beginning with a letter."""
Identifier = Annotated[
    str, AfterValidator(_identifier), Field(json_schema_extra={"pattern": "^[a-z][a-z0-9_-]*$"})
]
"""A machine name that may have hyphens too: the id of a rule."""
FormulaText = Annotated[str, AfterValidator(_formula_text), Field(json_schema_extra={"pattern": "^="})]
"""An Excel formula over machine names, beginning with ``=``."""
Words = Annotated[str, AfterValidator(_words)]
"""Text for people, not empty."""
Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression that the whole value must match."""


class Label(Model):
    """Words in both languages."""

    zh: Words
    """Chinese"""
    en: Words
    """English"""

    def text(self, lang: Language) -> str:
        """Return the words in `lang`."""
        return self.zh if lang == "zh" else self.en
