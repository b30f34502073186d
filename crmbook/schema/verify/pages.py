"""Pages: named cells distinct, charts over tables and fields of their page, parts of what the page has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.schema.names import looks_like_a_cell
from crmbook.schema.problem import Problem, problem
from crmbook.schema.verify.tables import repeated_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.model import ChartSpec, PageSpec

_FULL: Final = frozenset({"dictionary", "issues", "conflicts", "duplicates", "bulk", "reminders", "rules"})
"""Pages that crmbook fills from top to bottom: nothing else has a place there."""


def iter_page_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the pages of the template."""
    taken: set[str] = set()
    for name, page in draft.pages.items():
        for index, cell in enumerate(page.cells):
            location = draft.location("pages", name, "cells", index, "id")
            if cell.id in taken:
                yield problem("schema.duplicate-id", location, cell.id)
            if looks_like_a_cell(cell.id):
                yield problem("schema.bad-name", location, cell.id)
            taken.add(cell.id)
            if cell.list and cell.list not in draft.nodes["lists"]:
                at = draft.location("pages", name, "cells", index, "list")
                yield problem("schema.unknown-list", at, cell.list, draft.nodes["lists"])
            elif cell.list in draft.lists and cell.default is not None:
                values = draft.lists[cell.list].values
                if cell.default not in values:
                    at = draft.location("pages", name, "cells", index, "default")
                    yield problem("schema.unknown-value", at, cell.default, values)
        yield from repeated_ids(draft, "pages", name, "charts", [chart.id for chart in page.charts])
        yield from repeated_ids(draft, "pages", name, "advice", [advice.id for advice in page.advice])
        for index, chart in enumerate(page.charts):
            yield from _chart_problems(draft, name, page, index, chart)
        yield from repeated_ids(draft, "pages", name, "blocks", [block.id for block in page.blocks])
        yield from _block_problems(draft, name, page)
        yield from _link_problems(draft, name, page)
        yield from _offer_problems(draft, name, page)
        yield from _full_problems(draft, name, page)


def _block_problems(draft: Draft, name: str, page: PageSpec) -> Iterator[Problem]:
    node = draft.nodes["pages"][name]
    drawn = node.at("charts").items if node.has("charts") else ()  # those with mistakes among them
    charts = [str(chart.at("id").value) for chart in drawn if chart.has("id")]
    for index, block in enumerate(page.blocks):
        for position, cell in enumerate(block.cells):
            at = draft.location("pages", name, "blocks", index, "cells", position)
            cells = draft.cells_of(name, at)
            if cell not in cells:
                yield problem("schema.unknown-cell", at, cell, cells)
        if block.table is not None and block.table not in page.tables:
            yield _not_on_page(draft, name, ("blocks", index), block.table)
        if block.chart is not None and block.chart not in charts:
            at = draft.location("pages", name, "blocks", index, "chart")
            yield problem("schema.unknown-chart", at, block.chart, charts)


def _link_problems(draft: Draft, name: str, page: PageSpec) -> Iterator[Problem]:
    yield from repeated_ids(draft, "pages", name, "links", [links.id for links in page.links])
    known = [*draft.all_tables, *draft.nodes["pages"]]
    for index, links in enumerate(page.links):
        for position, sheet in enumerate(links.sheets):
            location = draft.location("pages", name, "links", index, "sheets", position)
            if sheet not in known and draft.is_own(
                location
            ):  # shipped ones are written for templates that drop pages
                yield problem("schema.unknown-sheet", location, sheet, known)


def _not_on_page(draft: Draft, name: str, path: tuple[str | int, ...], table: str) -> Problem:
    """Return that a part of a page shows a table which is not on it, or which there is not at all."""
    at = draft.location("pages", name, *path, "table")
    if table in draft.all_tables:
        return problem("schema.not-on-page", at, table, page=name)
    return problem("schema.unknown-table", at, table, draft.all_tables)


def _full_problems(draft: Draft, name: str, page: PageSpec) -> Iterator[Problem]:
    """Yield what is put on a page of which crmbook fills every place."""
    if name in _FULL:
        for key in ("cells", "charts", "blocks", "advice"):
            if getattr(page, key):
                yield problem("schema.full-page", draft.key_location("pages", name, key), key, page=name)


def _offer_problems(draft: Draft, name: str, page: PageSpec) -> Iterator[Problem]:
    for index, cell in enumerate(page.cells):
        at = draft.location("pages", name, "cells", index, "below")
        if cell.below is not None and cell.below not in draft.cells_of(name, at):
            yield problem("schema.unknown-cell", at, cell.below, draft.cells_of(name, at))
        if cell.offers is None:
            continue
        path = ("pages", name, "cells", index, "offers")
        fields = draft.fields_of(cell.offers.table, draft.location(*path))
        if cell.offers.table not in draft.all_tables:
            yield problem(
                "schema.unknown-table", draft.location(*path, "table"), cell.offers.table, draft.all_tables
            )
        elif cell.offers.field not in fields:
            yield problem("schema.unknown-field", draft.location(*path, "field"), cell.offers.field, fields)


def _chart_problems(
    draft: Draft, name: str, page: PageSpec, index: int, chart: ChartSpec
) -> Iterator[Problem]:
    path = ("charts", index)
    at = draft.location("pages", name, *path, "span")
    cells = draft.cells_of(name, at)
    if chart.span is not None and chart.span not in cells:
        yield problem("schema.unknown-cell", at, chart.span, cells)
    if chart.table not in page.tables:
        yield _not_on_page(draft, name, path, chart.table)
        return
    uses: list[tuple[str, tuple[str | int, ...]]] = [(chart.category, (*path, "category"))]
    uses += [(value, (*path, "values", location)) for location, value in enumerate(chart.values)]
    for field, location in uses:
        at = draft.location("pages", name, *location)
        fields = draft.fields_of(chart.table, at)
        if field not in fields:
            yield problem("schema.unknown-field", at, field, fields)
    table = draft.tables.get(chart.table)
    category = table.fields.get(chart.category) if table is not None else None
    if category is None:
        return
    axis_field = category if category.list or table is None else table.fields.get(table.key or "", category)
    values = draft.lists[axis_field.list].values if axis_field.list in draft.lists else {}
    for position, value in enumerate(chart.apart):
        if value not in values:
            at = draft.location("pages", name, *path, "apart", position)
            yield problem("schema.unknown-value", at, value, values)
