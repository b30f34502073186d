"""Data validations: what a cell of a field accepts, offers and says.

A dropdown always points at a defined name over the dictionary, never at a typed list (255 characters, split at
commas). Where sync can put a value right (a customer's name in place of an ID) or a team may know better (a
city that is not in the list) the validation warns; where a value cannot be right it stops. Computed cells
refuse typing altogether.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crmbook.issues import describe
from crmbook.schema.fieldtypes import Storage, Validation

if TYPE_CHECKING:
    from crmbook.issues import Language
    from crmbook.schema import Field, TableLayout

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
LARGEST: Final = 1e15  # beyond this a cell no longer holds every whole number
TITLE_LIMIT: Final = 32
TEXT_LIMIT: Final = 255


def build_validation(field: Field, layout: TableLayout, lang: Language) -> dict[str, Any] | None:
    """Return the options of a field's validation for its first data row, or nothing if all is accepted."""
    rule = _refuse() if field.formula and not field.override else _accept(field, layout)
    prompt = _prompt(field, lang)
    if rule is None and not prompt:
        return None
    return {"validate": "any"} | (rule or {}) | prompt | _refusal(field, rule, lang)


def _refuse() -> dict[str, Any]:
    return {"validate": "custom", "value": "=FALSE", "ignore_blank": False}


def _accept(field: Field, layout: TableLayout) -> dict[str, Any] | None:
    cell = f"{layout.letter(field.name)}{layout.first_row}"
    match field.traits.validation:
        case Validation.INTEGER:
            return {"validate": "integer", **_between(field)}
        case Validation.NUMBER:
            return {"validate": "decimal", **_between(field)}
        case Validation.DATE:
            low, high = field.min or FIRST_DAY, field.max or LAST_DAY
            return {"validate": "date", "criteria": "between", "minimum": low, "maximum": high}
        case Validation.LIST if field.list:
            return {"validate": "list", "source": f"={layout.book.list_name(field.list)}"}
        case Validation.OPEN_LIST if field.list:
            return {"validate": "list", "source": f"={layout.book.list_name(field.list)}", "error_type": "warning"}
        case Validation.DEPENDENT_LIST if field.list and field.by:
            source = _dependent(layout.book.list_name(field.list), layout.book.parent_name(field.list), layout.letter(field.by))
            return {"validate": "list", "source": source.format(row=layout.first_row), "error_type": "warning"}
        case Validation.REFERENCE if field.to:
            return {"validate": "list", "source": f"={layout.book.key_name(field.to)}", "error_type": "warning"}
        case Validation.UNIQUE:
            column = f"${layout.letter(field.name)}${layout.first_row}:${layout.letter(field.name)}$1048576"
            return {"validate": "custom", "value": f"=COUNTIF({column},{cell})=1", "error_type": "warning"}
    return None


def _dependent(values: str, parents: str, by: str) -> str:
    """Return the run of `values` whose parent is the row's `by`: the list is kept sorted by parent."""
    start = f"MATCH(${by}{{row}},{parents},0)"
    return f"=INDEX({values},{start}):INDEX({values},{start}+COUNTIF({parents},${by}{{row}})-1)"


def _between(field: Field) -> dict[str, Any]:
    low, high = field.traits.limits
    low = field.min if field.min is not None else low
    high = field.max if field.max is not None else high
    return {
        "criteria": "between",
        "minimum": -LARGEST if low is None else low,
        "maximum": LARGEST if high is None else high,
    }


def _prompt(field: Field, lang: Language) -> dict[str, Any]:
    if not field.help or (field.formula and not field.override):
        return {}
    return {"input_title": clip(field.title, TITLE_LIMIT), "input_message": clip(field.help, TEXT_LIMIT)}


def _refusal(field: Field, rule: dict[str, Any] | None, lang: Language) -> dict[str, Any]:
    if rule is None:
        return {}
    code = f"workbook.refuse-{rule['validate']}"
    low, high = rule.get("minimum"), rule.get("maximum")
    bounded = field.min is not None or field.max is not None or field.traits.limits != (None, None)
    words = describe(f"{code}-between" if low is not None and bounded else code, lang, {"low": low, "high": high})
    return {"error_title": clip(field.title, TITLE_LIMIT), "error_message": clip(words, TEXT_LIMIT)}


def clip(text: str, limit: int) -> str:
    """Return `text`, shortened to `limit` UTF-16 units, the unit in which the file format counts."""
    while len(text.encode("utf-16-le")) // 2 > limit:
        text = text[:-2] + "…"
    return text
