"""Native charts over the small tables of a page; their titles are in the cells above them.

A title in a cell follows the chosen period in every office program; LibreOffice would keep one that a chart takes from
a cell as it was when the file was written.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.page import merge, name_place
from crmbook.schema import heading_name, no_chart_name, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.build.page import Canvas
    from crmbook.schema import Book, Chart, Page

_KINDS: Final[dict[str, dict[str, str]]] = {
    "bar": {"type": "bar"},
    "column": {"type": "column"},
    "stacked_column": {"type": "column", "subtype": "stacked"},
    "line": {"type": "line"},
    "pie": {"type": "pie"},
    "doughnut": {"type": "doughnut"},
    "area": {"type": "area"},
}
ROUND: Final = frozenset({"pie", "doughnut"})
ROW_PIXELS: Final = 20
GAP: Final = 8
SPAN: Final = " · "
"""Between a title and the time that the figures are of."""


def write_chart(canvas: Canvas, chart: Chart, corner: tuple[int, int], size: tuple[int, int]) -> None:
    """Draw `chart` over cells: its upper left corner as row and column, 0-based, its width and height in pixels."""
    drawn = canvas.plan.writer.chart(**_KINDS[chart.kind])
    for index, field in enumerate(chart.values):
        drawn.add_series(_series(canvas, chart, field, index))
    drawn.set_title({"none": True})
    drawn.set_size({"width": size[0] - GAP, "height": size[1] - GAP})
    drawn.show_hidden_data()  # the tables for charts are in hidden columns
    area: dict[str, Any] = {"border": {"color": theme.LINE}}
    if no_chart_text(canvas.plan.book, canvas.page, chart):  # which is read through the chart
        area["fill"] = {"none": True}
        drawn.set_plotarea({"fill": {"none": True}})
    drawn.set_chartarea(area)
    if chart.kind not in ROUND:
        _set_axes(canvas, drawn, chart)
    one_series = len(chart.values) == 1 and chart.kind not in ROUND
    drawn.set_legend({"none": True} if one_series else {"position": "bottom"})
    canvas.sheet.insert_chart(*corner, drawn.target, {"x_offset": 2, "y_offset": 2, "object_position": 2})


def write_heading(canvas: Canvas, chart: Chart, corner: tuple[int, int], width: int) -> None:
    """Write the title of a chart into the row above it, with the time that its figures are of."""
    plan, (row, column) = canvas.plan, corner
    look = plan.writer.format(
        bold=True, font_size=12, font_color=plan.accent, bottom=1, bottom_color=theme.LINE
    )
    merge(canvas, row, column, width, look)
    canvas.sheet.set_row(row, 24)
    if chart.span is None:
        canvas.sheet.write_string(row, column, chart.title, look)
        return
    title, span = chart.title.replace('"', '""'), plan.layout.names[chart.span]
    text = f'="{title}"&IF({span}="","","{SPAN}"&{span})'
    canvas.sheet.write_formula(row, column, text, look, chart_heading(chart, plan.values))
    name_place(canvas, heading_name(canvas.page.name, chart.id), row, column)


def chart_heading(chart: Chart, cells: Mapping[str, Any]) -> str:
    """Return what is above a chart: its title, and the time that its figures are of."""
    span = cells.get(chart.span) if chart.span else None
    return f"{chart.title}{SPAN}{span}" if isinstance(span, str) and span else chart.title


def write_no_chart(canvas: Canvas, chart: Chart, corner: tuple[int, int], width: int) -> None:
    """Write below a chart, which lets it be seen, what will be there as soon as there are data; else nothing."""
    plan, text = canvas.plan, no_chart_text(canvas.plan.book, canvas.page, chart)
    if not text or chart.span is None:
        return
    look = plan.writer.format(font_color=theme.COMPUTED, align="center")
    merge(canvas, *corner, width, look)
    empty, shown = (one.replace('"', '""') for one in (_empty(plan.book), text))
    drawn = "+".join(f'COUNTIF({area},"{sign}0")' for area in _areas(canvas, chart) for sign in "<>")
    formula = f'=IF({plan.layout.names[chart.span]}="{empty}","{shown}",IF({drawn}=0,"{shown}",""))'
    cached = no_chart(plan.book, canvas.page, chart, plan.values, plan.frames)
    canvas.sheet.write_formula(*corner, formula, look, cached)
    name_place(canvas, no_chart_name(canvas.page.name, chart.id), *corner)


def _areas(canvas: Canvas, chart: Chart) -> list[str]:
    """Return the areas of the figures that a chart draws."""
    table_layout, rows = canvas.plan.layout.tables[chart.table], max(len(canvas.plan.frames[chart.table]), 1)
    letters = [table_layout.columns[name].letter for name in chart.values]
    first, last = table_layout.first_row, table_layout.first_row + rows - 1
    return [f"{quoted(table_layout.sheet)}!${letter}${first}:${letter}${last}" for letter in letters]


def no_chart(
    book: Book, page: Page, chart: Chart, cells: Mapping[str, Any], frames: Mapping[str, Any]
) -> str:
    """Return what is read in place of a chart: where there is nothing to draw that it will come, else nothing."""
    text = no_chart_text(book, page, chart)
    if not text or chart.span is None or cells.get(chart.span) == _empty(book):
        return text
    figures = (one for name in chart.values for one in frames[chart.table][name])
    is_drawn = any(isinstance(one, Real) and not math.isnan(one) and one != 0 for one in figures)
    return "" if is_drawn else text


def no_chart_text(book: Book, page: Page, chart: Chart) -> str:
    """Return what is read in place of a chart that has no data; empty where nobody can say that it has none."""
    return page.labels.get("no_chart", "") if chart.span is not None and _empty(book) else ""


def _empty(book: Book) -> str:
    """Return the words that replace a time where there are no data."""
    words = book.lists.get("chart_words")
    return words.values["empty"].text if words and "empty" in words.values else ""


def _series(canvas: Canvas, chart: Chart, field: str, index: int) -> dict[str, Any]:
    table_layout = canvas.plan.layout.tables[chart.table]
    rows = max(len(canvas.plan.frames[chart.table]), 1)
    colour = (canvas.plan.accent, *theme.CHART_COLOURS[1:])[index % len(theme.CHART_COLOURS)]

    def cells(name: str) -> list[Any]:
        column = table_layout.columns[name].index
        return [
            table_layout.sheet,
            table_layout.first_row - 1,
            column,
            table_layout.first_row + rows - 2,
            column,
        ]

    series: dict[str, Any] = {
        "name": [table_layout.sheet, table_layout.header_row - 1, table_layout.columns[field].index],
        "categories": cells(chart.category),
        "values": cells(field),
    }
    if chart.kind in ROUND:
        fills = [{"fill": {"color": theme.CHART_COLOURS[n % len(theme.CHART_COLOURS)]}} for n in range(rows)]
        shown = {"percentage": True, "num_format": "0%;;", "font": {"color": theme.PAPER, "bold": True}}
        return series | {"points": fills, "data_labels": shown}
    if chart.apart:
        series["points"] = _points(canvas, chart)
    if chart.kind == "line":
        marker = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        return series | {"line": {"color": colour, "width": 2.25}, "marker": marker}
    shape = _number_format(canvas, chart, field)
    labels = {
        "data_labels": {"value": True, "num_format": f"{shape};-{shape};;"}
    }  # none beside an empty place
    labels = labels if len(chart.values) == 1 or _counts(canvas, chart) else {}
    return series | {"fill": {"color": colour}, "gap": 60, **labels}


def _points(canvas: Canvas, chart: Chart) -> list[dict[str, Any] | None]:
    """Return the colours of those bars that differ from the others."""
    book = canvas.plan.book
    table = book.tables[chart.table]
    axis_field = chart.category if table.fields[chart.category].list else table.key
    values = book.lists[table.fields[axis_field].list or ""].values
    apart = {values[name].text for name in chart.apart if name in values}
    rows = canvas.plan.frames[chart.table][axis_field]
    return [{"fill": {"color": theme.LOSS}} if row in apart else None for row in rows]


def _counts(canvas: Canvas, chart: Chart) -> bool:
    """Return whether a chart has columns of whole numbers, which say themselves how many they are.

    Of few of them an office program would put halves and fifths along the axis.
    """
    fields = canvas.plan.book.tables[chart.table].fields
    return "column" in chart.kind and all(fields[name].type == "integer" for name in chart.values)


def _number_format(canvas: Canvas, chart: Chart, name: str) -> str:
    """Return how the numbers of a field are written in a chart: counts with thousands apart, others as in the table."""
    field = canvas.plan.book.tables[chart.table].fields[name]
    return "#,##0" if field.type == "integer" else field.format


def _set_axes(canvas: Canvas, drawn: Any, chart: Chart) -> None:
    grid = {"visible": True, "line": {"color": theme.LINE, "width": 0.75}}
    category = canvas.plan.book.tables[chart.table].fields[chart.category]
    along: dict[str, Any] = {
        "line": {"color": theme.LINE},
        "num_font": {"size": 9},
        "num_format": category.format,
    }
    values: dict[str, Any] = {
        "major_gridlines": grid,
        "line": {"none": True},
        "num_font": {"size": 9},
        "min": 0,
    }
    fields = canvas.plan.book.tables[chart.table].fields
    if fields[chart.values[0]].type == "money":
        shape = _number_format(canvas, chart, chart.values[0])
        values["num_format"] = f'[=0]{shape};[<2]"";{shape}'  # of nothing, programs draw an axis from 0 to 1
    tops = [top for name in chart.values if isinstance(top := fields[name].max, int | float)]
    if len(tops) == len(chart.values):
        values |= {"max": max(tops), "major_unit": max(tops) / 5}
    if _counts(canvas, chart):
        values |= {"visible": False, "major_gridlines": {"visible": False}}
    if chart.kind == "bar":  # its category axis is the vertical one, read from the top
        along |= {"reverse": True, "major_tick_mark": "none"}
        values |= {"visible": False}
        if len(chart.values) == 1:  # each bar says its number
            values |= {"major_gridlines": {"visible": False}}
        along, values = values, along
    drawn.set_x_axis(along)
    drawn.set_y_axis(values)
