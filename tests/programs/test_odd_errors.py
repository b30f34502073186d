"""Error cells of which only their program knows what they mean: unknown, never blank, and no reason to refuse a file."""

from __future__ import annotations

import pytest

from crmbook.sync.pipeline import Options, sync_workbooks
from tests.programs.markup import Parts, tag
from tests.sync.shop import DAY, Shop, workspace


@pytest.mark.sample(2)
@pytest.mark.parametrize("odd", ["#", "Err:508", "#SPILL!", "#UNKNOWN!", "", None])
def test_an_odd_error_cell_is_unknown_and_the_rest_is_read(odd, tmp_path):
    shop = Shop(tmp_path / "shop")
    shop.sync()
    before = shop.cells()
    shop.main.type("clients", 4, name="改名")
    parts = Parts(shop.main.path)
    for title, _, root in parts.sheets():
        for cell in root.iter(tag("c")):
            typed, computed = shop.main.ref("clients", "notes", 3), shop.main.ref("clients", "spent", 3)
            if title == "客户" and cell.get("r") in {typed, computed}:
                cell.set("t", "e")
                [value] = cell.iter(tag("v"))
                value.text = odd
                if odd is None:
                    cell.remove(value)
    parts.save()
    report = sync_workbooks([shop.main.path], Options(DAY, workspace()))
    assert report.failures == []
    [synced] = report.workbooks
    assert [(issue.code, issue.field_name) for issue in synced.issues] == [("value.error-cell", "notes")]
    changed = {row_id: row for row_id, row in shop.cells().items() if row != before[row_id]}
    assert [row["name"] for row in changed.values()] == ["改名"]
    assert shop.main.value("clients", "spent", 3) == 300
    assert not sync_workbooks([shop.main.path], Options(DAY, workspace())).workbooks[0].written
