"""Data validations: what a cell of a field accepts, offers and says.

A dropdown points at a defined name over the dictionary, not at a typed list (255 characters, split at commas): only a
book without a dictionary has those, of lists that are short enough. What may be new every day (a company, a person in charge) or what sync puts right (a customer's name in place of
an ID) is offered and never objected to. Where a team may know better (a city that is not in the list) the validation
warns; where a value cannot be right it stops. Computed cells
refuse typing altogether, and so do those that a role only sees. Scoring rules take what is like their own values: sync knows the list and the limits of each,
a validation, which holds for the whole column, only numbers from words.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe
from crmbook.build.prompts import TEXT_LIMIT, clip, prompt_of
from crmbook.schema import LAST_ROW, SCORING, FieldValidation
from crmbook.values import FIRST_DAY

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.build.names import Names
    from crmbook.schema import Field, TableLayout

LAST_DAY: Final = date(2199, 12, 31)
LARGEST: Final = 1e15  # beyond this a cell no longer holds every whole number
TITLE_LIMIT: Final = 32
REFUSE: Final[dict[str, Any]] = {"validate": "custom", "value": "=FALSE", "ignore_blank": False}


def build_validation(
    field: Field, table_layout: TableLayout, names: Names, lang: Language
) -> dict[str, Any] | None:
    """Return the options of a field's validation for its first data row, or nothing if all is accepted."""
    rule = REFUSE if field.derived or field.read_only else _accept(field, table_layout, names)
    prompt = _prompt(field, lang)
    if rule is None and not prompt:
        return None
    return {"validate": "any"} | (rule or {}) | prompt | _refusal(field, rule, lang)


def _accept(field: Field, table_layout: TableLayout, names: Names) -> dict[str, Any] | None:
    source = names.source_of(field)
    match field.traits.validation:
        case FieldValidation.INTEGER:
            return {"validate": "integer", **_between(field)}
        case FieldValidation.NUMBER:
            return {"validate": "decimal", **_between(field)}
        case FieldValidation.DATE:
            low, high = field.min or FIRST_DAY, field.max or LAST_DAY
            return {"validate": "date", "criteria": "between", "minimum": low, "maximum": high}
        case FieldValidation.LIST if source:
            return {"validate": "list", "source": source}
        case FieldValidation.DEPENDENT_LIST if field.list and field.list in names.parents and field.by:
            by = f"${table_layout.columns[field.by].letter}{table_layout.first_row}"
            return {"validate": "list", "source": _dependent(names, field.list, by), "error_type": "warning"}
        case FieldValidation.UNIQUE:
            letter, first = table_layout.columns[field.name].letter, table_layout.first_row
            unique = f"=COUNTIF(${letter}${first}:${letter}${LAST_ROW},${letter}{first})=1"
            return {"validate": "custom", "value": unique, "error_type": "warning"}
    if table_layout.table.rows in SCORING and field.type == "value":
        return _like_the_seed(field, table_layout)
    may_be_new = field.suggest or field.traits.validation is FieldValidation.REFERENCE
    objection: dict[str, Any] = {"show_error": False} if may_be_new else {"error_type": "warning"}
    return {"validate": "list", "source": source, **objection} if source else None


def _like_the_seed(field: Field, table_layout: TableLayout) -> dict[str, Any] | None:
    """Return the rule for a parameter (a number, if all are) or for the result of a band (as the others of its rule)."""
    if table_layout.table.rows == "parameters":
        seeds = [row.get(field.name) for row in table_layout.table.seed]
        numbers = [seed for seed in seeds if isinstance(seed, int | float)]
        low = 0 if min(numbers, default=0) >= 0 else -LARGEST
        bounds = {"criteria": "between", "minimum": low, "maximum": LARGEST}
        return {"validate": "decimal", **bounds} if len(numbers) == len(seeds) else None
    cell, first = (
        f"${table_layout.columns[field.name].letter}{table_layout.first_row}",
        table_layout.first_row,
    )
    column = f"${table_layout.columns[field.name].letter}${first}:${table_layout.columns[field.name].letter}${LAST_ROW}"
    rule = table_layout.columns["rule"].letter
    mine = f"${rule}${first}:${rule}${LAST_ROW},${rule}{first},{column}"
    return {"validate": "custom", "value": f'=COUNTIFS({mine},IF(ISNUMBER({cell}),"*",">-1E+15"))=0'}


def _dependent(names: Names, values: str, by: str) -> str:
    """Return the run of values whose parent is the row's `by`: the list is kept sorted by parent."""
    texts, parents = names.lists[values], names.parents[values]
    start = f"MATCH({by},{parents},0)"
    return f"=INDEX({texts},{start}):INDEX({texts},{start}+COUNTIF({parents},{by})-1)"


def _between(field: Field) -> dict[str, Any]:
    low = -LARGEST if field.min is None else field.min
    high = LARGEST if field.max is None else field.max
    return {"criteria": "between", "minimum": low, "maximum": high}


def _prompt(field: Field, lang: Language) -> dict[str, Any]:
    said = prompt_of(field, lang)
    if not said:
        return {}
    return {"input_title": clip(field.title, TITLE_LIMIT), "input_message": said}


def _refusal(field: Field, rule: dict[str, Any] | None, lang: Language) -> dict[str, Any]:
    if rule is None or not rule.get("show_error", True):
        return {}
    kind = rule["validate"]
    if field.read_only and not field.derived:
        kind = "read-only"
    elif kind == "custom" and not field.derived:
        kind = "result" if field.type == "value" else "unique"
    bounds = {"low": rule.get("minimum"), "high": rule.get("maximum")}
    bounded = field.min is not None or field.max is not None
    words = describe(
        f"workbook.refuse-{kind}{'-between' if bounded and 'minimum' in rule else ''}", lang, bounds
    )
    return {"error_title": clip(field.title, TITLE_LIMIT), "error_message": clip(words, TEXT_LIMIT)}
