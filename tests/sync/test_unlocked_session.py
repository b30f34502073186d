"""Rule 32: somebody saves again and again in a program that shows no lock, while her workbook is synced in between.

Her program holds what it opened, the export before; each save puts that, with all that she typed, over what sync wrote.
"""

from __future__ import annotations

import pytest

from tests.sync.shop import Sheet, Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.sync()
    shop.other = shop.check_out()
    shop.sync()
    return shop


class Session:
    """A program that opened a workbook, and keeps what it read."""

    def __init__(self, sheet) -> None:
        self.sheet = sheet
        self.data = sheet.data

    def save(self, table: str, row: int, **values) -> None:
        self.sheet.path.write_bytes(self.data)
        self.sheet.type(table, row, **values)
        self.data = self.sheet.data


@pytest.mark.slow
def test_rule_32_the_latest_save_wins_over_the_earlier_ones(shop):
    session = Session(shop.main)
    for number in range(1, 5):
        session.save("clients", 2, name=f"客户.{number:02}", area=f"省{number}")
        report = shop.sync()
        assert not any(synced.conflicts for synced in report.workbooks)
    shop.sync()
    for sheet in (shop.main, shop.other):
        assert sheet.value("clients", "name", 2) == "客户.04"
        assert sheet.value("clients", "area", 2) == "省4"
    assert shop.conflicts() == []


@pytest.mark.slow
def test_rule_32_a_row_typed_in_the_session_is_one_row_however_often_it_is_saved(shop):
    before = len(shop.head("visits"))
    session = Session(shop.main)
    row = max(shop.main.rows("visits")) + 1
    for number in range(1, 4):
        session.save("visits", row, client_id="001", amount=number * 100, memo=f"第{number}次")
        shop.sync()
    shop.sync()
    head = shop.head("visits")
    assert len(head) == before + 1
    assert head["amount"].tolist()[-1] == 300
    assert head["memo"].tolist()[-1] == "第3次"
    assert shop.conflicts() == []


@pytest.mark.slow
def test_rule_32_somebody_elses_edit_in_between_is_a_conflict_still(shop):
    session = Session(shop.main)
    session.save("clients", 2, name="一")
    shop.sync()
    shop.other.type("clients", 2, name="别人")
    shop.sync()
    session.save("clients", 2, name="二", city="新城")
    shop.sync()
    [conflict] = shop.conflicts()
    assert (conflict.head, conflict.file) == (("别人",), ("二",))
    assert shop.head("clients")["city"].tolist()[0] == "新城"


@pytest.mark.slow
def test_rule_32_an_old_copy_of_another_hand_does_not_supersede(shop):
    """A drive's copy of the same export is somebody else's save: it conflicts, and head stays."""
    session, data = Session(shop.main), shop.main.data
    session.save("clients", 2, name="本簿")
    shop.sync()
    copy = shop.main.path.with_name("客户-冲突.xlsx")
    copy.write_bytes(data)
    Sheet(copy).type("clients", 2, name="副本")
    shop.sync()
    [conflict] = shop.conflicts()
    assert (conflict.head, conflict.file) == (("本簿",), ("副本",))
