"""The formulas by which a role sees some rows only: they speak of what people type, and never of a day.

So a row never leaves a copy because time went by, or because another row was computed otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.formula import Formula, FormulaError, bind, parse
from crmbook.schema.model import RoleSheetSpec
from crmbook.schema.problem import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula import Scope
    from crmbook.schema.draft import Draft
    from crmbook.schema.node import Node
    from crmbook.schema.problem import Problem


def iter_row_problems(draft: Draft, scope: Scope) -> Iterator[Problem]:
    """Yield what is wrong with the rows of a template's roles.

    Parameters
    ----------
    scope
        The names of the book.
    """
    for role, spec in draft.template.roles.items():
        for index, sheet in enumerate(spec.sheets):
            is_some = isinstance(sheet, RoleSheetSpec) and sheet.where and sheet.table in draft.tables
            if is_some:
                node = draft.template_node.at("roles", role, "sheets", index, "where")
                yield from _problems(draft, scope, node, sheet)  # type: ignore[arg-type]


def _problems(draft: Draft, scope: Scope, node: Node, sheet: RoleSheetSpec) -> Iterator[Problem]:
    try:
        formula = bind(parse(str(sheet.where)), scope, sheet.table)
    except FormulaError as error:
        params = {**error.params, "formula": sheet.where, "within": sheet.table}
        offset = int(str(params.get("offset", 0)))
        word = str(params.pop("value", "") or params.get("field", ""))
        yield problem(error.code, node.character(offset), word, None, **params)
        return
    if unsteady := _unsteady(draft, formula):
        yield problem("schema.unsteady-rows", node.location, unsteady)


def _unsteady(draft: Draft, formula: Formula) -> str:
    """Return what a formula reads that changes although nobody types; empty for nothing."""
    for table, name in sorted(formula.references):
        spec = draft.tables.get(table)
        inner = spec.fields.get(name) if spec else None
        if spec is None or inner is None or inner.formula is not None or not spec.managed:
            return f"{table}[{name}]"
    return next(iter(sorted(formula.names)), "TODAY()" if formula.volatile else "")
