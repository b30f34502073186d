"""Targets reach books that were filled before there were any: their sheet, their chart, and each owner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests.cli.run import run_json
from tests.migrate.test_renewed_pages import build, place, place_of, redraw, shown, told, write
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

SHEET, SUMMARY = "销售目标", "客户关系管理总结"
WITHOUT = """\
template: standard
drop: [targets]
overrides: {customers: {fields: {owner_position: null}}}
pages:
  summary:
    cells:
      - {id: target_end, drop: true}
      - {id: target_total, drop: true}
      - {id: target_rate, drop: true}
      - {id: time_share, drop: true}
    tables: [funnel, monthly, loyalty_levels, top_regions, workload, region_sales, pipeline, top_customers, top_products, top_campaigns]
    charts: [{id: targets, drop: true}]
"""


def charts_on(path: Path) -> int:
    """Return how many charts the summary has."""
    package = Package.open(path)
    [drawing] = package.relationships(package.sheet(SUMMARY).info.part).of_kind("drawing")
    return package.parts.read(drawing.target).count(b"<c:chart ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and an owner's copy of it, written without targets, into which targets were typed then."""
    folder: Path = tmp_path_factory.mktemp("targets")
    redraw(folder, WITHOUT)
    build(folder / "book.xlsx", "--example", "sample")
    build(folder / "wang.xlsx", "--owner", "王芳")
    (folder / "templates" / "mine.yaml").unlink()
    assert {"migrate.page-renewed"} <= set(told(folder))
    sheet, row, _ = place(folder / "book.xlsx", "_crmbook.targets.owner")
    for line, (owner, month, amount) in enumerate(
        [("王芳", "2023-01-01", 900), ("陈静", "2023-04-01", 500)], row + 1
    ):
        for name, value in (("owner", owner), ("month", month), ("amount", amount)):
            column = place(folder / "book.xlsx", f"_crmbook.targets.{name}")[2]
            write(folder / "book.xlsx", (sheet, line, column), value)
    run_json("sync", folder, *place_of(folder))
    return folder


@pytest.mark.slow
def test_the_sheet_and_the_chart_come_to_a_filled_book(folder: Path) -> None:
    path = folder / "book.xlsx"
    package = Package.open(path)
    titles = [sheet.name for sheet in package.sheets]
    assert titles[titles.index("客户进度管理") + 1] == SHEET
    assert lint(path.read_bytes()) == []
    assert charts_on(path) == 12
    assert (shown(path, "期间目标合计"), shown(path, "目标完成率")) == (1400, pytest.approx(800 / 1400))
    assert shown(path, "时间进度") == pytest.approx(91 / 365)
    before = path.read_bytes()
    run_json("sync", folder, *place_of(folder))
    assert path.read_bytes() == before


@pytest.mark.slow
def test_an_owners_copy_shows_the_owners_targets(folder: Path) -> None:
    path = folder / "wang.xlsx"
    package = Package.open(path)
    sheet, row, column = place(path, "_crmbook.targets.owner")
    area = next(table.area for table in package.tables if table.sheet == sheet)
    owners = [
        package.sheet(sheet).cell(f"{'ABCDEFGH'[column - 1]}{line}").value
        for line in range(row + 1, area.bottom + 1)
    ]
    assert [name for name in owners if name] == ["王芳"]
    assert charts_on(path) == 12
    assert (shown(path, "期间目标合计"), shown(path, "目标完成率")) == (900, pytest.approx(500 / 900))
