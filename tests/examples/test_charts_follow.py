"""What the charts of the pages draw follows another period and another customer in LibreOffice, without a sync.

LibreOffice is asked for the values of each series, and for the cells from which it takes them; both are compared with a count of
our own, two of them with pandas alone.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.schema import heading_name, layout_of
from tests import office
from tests.books import built, saved
from tests.examples.expected import FIELDS
from tests.examples.shelf import load_example
from tests.examples.test_figures import ledger_of

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMER = "008"
TODAY, DAY = date(2025, 6, 30), date(2024, 2, 14)
UNMOVED = {"summary.funnel", "summary.loyalty", "summary.pipeline", "summary.workload"}
"""Charts of how things stand on the as-of date, whatever the period."""

CHOOSE = """
def at(name):
    sheet, _, ref = document.NamedRanges.getByName(name).Content.replace("$", "").rpartition(".")
    return document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(ref)
def drawn():
    found = {}
    for title in PAGES:
        sheet = document.Sheets.getByName(title)
        for number in range(sheet.Charts.Count):
            series = []
            for sequence in sheet.Charts.getByIndex(number).EmbeddedObject.getDataSequences():
                spot = sequence.Values.SourceRangeRepresentation.replace("$", "").rpartition(".")[2]
                cells = sheet.getCellRangeByName(spot).getDataArray()
                series.append([list(sequence.Values.Data), [row[0] for row in cells]])
            found[title, number] = series
    return [[*key, series] for key, series in found.items()]
result = {"before": drawn(), "headings": {}}
for name, (kind, value) in TYPED.items():
    setattr(at(name), kind, value)
document.calculateAll()
result["after"] = drawn()
result["headings"] = {name: at(name).String for name in HEADINGS}
"""


def shown(value: Any) -> Any:
    """A value as a cell shows it: a day as its number, nothing as an empty text."""
    if isinstance(value, date):
        return float((value - date(1899, 12, 30)).days)
    return "" if value is None else value


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What LibreOffice draws before and after another quarter and another customer were chosen."""
    book = load_example("company").book
    layout = layout_of(book)
    pages = {book.pages[name].title: name for name in ("summary", "card")}
    spans = [(page, one.id) for page in pages.values() for one in book.pages[page].charts if one.span]
    headings = {heading_name(page, chart): f"{page}.{chart}" for page, chart in spans}
    typed = {
        layout.names["period"]: ("String", "季度"),
        layout.names["period_date"]: ("Value", shown(DAY)),
        layout.names["card_customer"]: ("String", CUSTOMER),
    }
    given = {"PAGES": list(pages), "TYPED": typed, "HEADINGS": list(headings)}
    head = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    path: Path = saved(built("company"), tmp_path_factory.mktemp("charts"))
    said: Any = office.run_macro_script(path, f"{head}\n{CHOOSE}", timeout=300)
    found: dict[str, Any] = {
        when: {
            f"{pages[title]}.{book.pages[pages[title]].charts[number].id}": series
            for title, number, series in said[when]
        }
        for when in ("before", "after")
    }
    found["headings"] = {headings[name]: text for name, text in said["headings"].items()}
    return found


@pytest.mark.slow
@pytest.mark.office
def test_every_chart_draws_what_was_counted_for_the_choice(answer: dict[str, Any]) -> None:
    example = load_example("company")
    mine = ledger_of("standard", example.book, example.frames, TODAY, "季度", CUSTOMER)
    mine.period_date = DAY
    wrong = []
    for page in ("summary", "card"):
        for chart in example.book.pages[page].charts:
            series = answer["after"][f"{page}.{chart.id}"]
            names = [chart.category, *chart.values]  # noqa: PD011 - fields of a chart, not a frame
            for name, (values, cells) in zip(names, series, strict=True):
                if cells != values:
                    wrong.append((page, chart.id, name, "cells", cells, values))
                if (chart.table, name) not in FIELDS:  # the names of stages and levels
                    continue
                wanted = [shown(value) for value in mine.column(chart.table, name)]
                if values != pytest.approx(wanted):
                    wrong.append((page, chart.id, name, values, wanted))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.office
def test_what_is_of_a_period_or_a_customer_is_drawn_anew(answer: dict[str, Any]) -> None:
    same = {name for name, series in answer["after"].items() if series == answer["before"][name]}
    assert same == UNMOVED
    assert len(answer["after"]) == 14


@pytest.mark.slow
@pytest.mark.office
def test_months_of_sales_are_those_of_pandas(answer: dict[str, Any]) -> None:
    sales = load_example("company").frames["transactions"]
    months = pd.period_range(end="2024-03", periods=12, freq="M")
    (drawn, _), (amounts, _) = answer["after"]["summary.sales"]
    by_month = sales[sales["date"] <= "2024-03-31"].groupby(sales["date"].dt.to_period("M"))["amount"].sum()
    assert drawn == [shown(month.start_time.date()) for month in months]
    assert amounts == pytest.approx([float(by_month.get(month, 0)) for month in months])
    his = sales[sales["customer_id"] == CUSTOMER]
    year = pd.period_range(end="2025-06", periods=12, freq="M")
    by_month = his.groupby(his["date"].dt.to_period("M"))["amount"].sum()
    (_, _), (amounts, _) = answer["after"]["card.months"]
    assert amounts == pytest.approx([float(by_month.get(month, 0)) for month in year])
    assert sum(amounts) > 0


@pytest.mark.slow
@pytest.mark.office
def test_the_titles_of_charts_name_the_chosen_period(answer: dict[str, Any]) -> None:
    assert answer["headings"]["summary.regions"].endswith("2024-01-01 – 2024-03-31")
