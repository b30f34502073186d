"""A book that begins with an import is as light as one that is built around the same rows."""

from __future__ import annotations

import pytest

from crmbook.ooxml import Package
from tests.cli.run import run


@pytest.mark.slow
def test_what_is_live_is_decided_by_the_rows_that_come(tmp_path, monkeypatch):
    """By those of all lists together: neither alone makes the formulas too many."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("crmbook.build.live.PAIRS", 4_000)
    people = "".join(f"{row:03},人{row},138{row:08}\n" for row in range(1, 41))
    (tmp_path / "客户.csv").write_text(f"客户ID,姓名,电话\n{people}", encoding="utf-8")
    deals = "".join(f"{1000 + row},{row:03},2023-01-05,5\n" for row in range(1, 41))
    (tmp_path / "交易.csv").write_text(f"交易ID,客户ID,交易日期,交易金额\n{deals}", encoding="utf-8")
    words = ("--lang", "zh", "--as-of", "2023-04-01")
    assert run("import", "客户.csv", "交易.csv", "--yes", *words).exit_code in {0, 1}
    [made] = tmp_path.glob("*.xlsx")
    assert run("build", "-o", "again.xlsx", *words).exit_code == 0

    def by_sync(path) -> dict[str, set[str]]:
        found = Package.open(path).properties
        return {
            name: set(str(found[name]).split(",")) for name in found if name.startswith("crmbook.by-sync")
        }

    assert by_sync(made)["crmbook.by-sync.customers"] > {"lunar_birthday"}
    assert by_sync(made) == by_sync(tmp_path / "again.xlsx")
