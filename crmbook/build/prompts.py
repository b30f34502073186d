"""What a cell says of its field when it is chosen: the meaning, whether it must be filled, who computes it, an example.

This is the one place on a sheet that explains a field: no header bears a comment. The dictionary says the same of all fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.base import describe

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.schema import Field

TEXT_LIMIT: Final = 255
"""UTF-16 units that a prompt or a refusal holds."""


def prompt_of(field: Field, lang: Language) -> str:
    """Return what the cells of a field say; empty where nothing is to be said that typing would not show.

    Where not all of it has room, the example goes first.
    """
    if field.derived and not field.read_only and not field.help:
        return ""
    lines = [field.help, *_duties(field, lang)]
    if field.example and str(field.example) not in field.help:
        lines.append(describe("workbook.note-example", lang, {"example": field.example}))
    lines = [line for line in lines if line]
    while len(lines) > 1 and units("\n".join(lines)) > TEXT_LIMIT:
        lines.pop()
    return clip("\n".join(lines), TEXT_LIMIT)


def _duties(field: Field, lang: Language) -> list[str]:
    """Return who fills a field, and whether a person must fill it: an identifier that is left blank is assigned."""
    codes = ["read-only"] if field.read_only else []
    codes += ["required"] if field.required and field.typed and field.type != "id" else []
    if field.formula:
        codes.append("override" if field.override else "computed")
    return [describe(f"workbook.note-{code}", lang, {}) for code in codes]


def clip(text: str, limit: int) -> str:
    """Return `text`, shortened to `limit` UTF-16 units, the unit in which the file format counts."""
    while units(text) > limit:
        text = text[:-2] + "…"
    return text


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode("utf-16-le")) // 2
