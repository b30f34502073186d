"""Several people in one cell, and telephones beside a name: one row has one name, and nothing of the cell is lost."""

from __future__ import annotations

import pytest

from tests.exchange.mapping.test_apply import typed


def taken(name, phone="", **options):
    result = typed(f"联系人 | 电话\n{name} | {phone}\n钱七 | 13500000007", **options)
    row = result.frames["customers"].iloc[0]
    further = result.own["customers"].get("其他电话")
    return result, row, None if further is None else further.iloc[0]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张三/李四", "张三"),
        ("张三、李四，王五", "张三"),
        ("张三 / 李四", "张三"),
        ("张三\\n李四", "张三"),
        ("欧阳锋和王芳", "欧阳锋"),
        ("张经理/李会计", "张经理"),
        ("张三经理;李四先生", "张三"),
        ("Hans Müller, Eva Braun", "Hans Müller"),
        ("Ann Lee and Bob Ray", "Ann Lee"),
    ],
)
def test_the_first_of_several_people_is_the_row_s(cell, name):
    result, row, _ = taken(cell, "13800001111")
    assert (row["name"], row["notes"]) == (name, f"联系人：{cell}".replace("\\n", "\n"))
    assert result.companions == {(2, "联系人"): cell.replace("\\n", "\n")}


@pytest.mark.parametrize(
    "cell",
    [
        "周和林", "李和平", "肯德基/必胜客", "Smith, John", "Procter & Gamble", "Müller GmbH, Grün AG", "张三/科技园店",
        "Marks Spencer & Sons", "A/B", "阿里巴巴、腾讯", "de Vries/Jansen",
    ],
)  # fmt: skip
def test_what_may_be_one_name_stays_one(cell):
    result, row, _ = taken(cell, "13800001111")
    assert row["name"] == cell
    assert not result.companions


@pytest.mark.parametrize(
    ("cell", "listed", "name", "phone", "further"),
    [
        ("张三/李四", "13800001111/13900002222", "张三", "13800001111", "13900002222"),
        ("张三/李四 13800001111/13900002222", "", "张三", "13800001111", "13900002222"),
        ("张三13800001111、李四13900002222", "", "张三", "13800001111", "13900002222"),
        ("李四 13900002222", "", "李四", "13900002222", None),
        ("李四 电话：13900002222", "13900002222", "李四", "13900002222", None),
        ("李四 13900002222", "010-62550434", "李四", "010-62550434", "13900002222"),
        ("13900002222", "", "13900002222", None, None),
        ("3号店", "", "3号店", None, None),
    ],
)
def test_telephones_beside_names_are_telephones(cell, listed, name, phone, further):
    _, row, more = taken(cell, listed)
    assert (row["name"], row["phone"], more) == (name, phone, further)


def test_the_person_of_a_company_may_be_several():
    result = typed("客户名称 | 联系人 | 联系电话\n云帆教育 | 张三/李四 | 13800001111", template="b2b")
    row = result.frames["customers"].iloc[0]
    assert (row["contact_name"], row["notes"]) == ("张三", "联系人：张三/李四")
