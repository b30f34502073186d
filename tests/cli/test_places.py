"""Places as people write them, in the sheet and in lists that are imported: one spelling each."""

from __future__ import annotations

import pytest

from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from tests.cli.run import run, run_json
from tests.desk import NAME, settled

PLACES = [
    ("沪", "浦东", "上海", "浦东新区"),
    ("内蒙", "锡林郭勒盟", "内蒙古", "锡林郭勒"),
    ("广西壮族自治区", "南宁市", "广西", "南宁"),
    ("吉林省", "延边朝鲜族自治州", "吉林", "延边"),
    ("粤", "深圳市", "广东", "深圳"),
    ("深圳市", "南山", "深圳", "南山区"),
    ("辽宁", "朝阳市", "辽宁", "朝阳"),
    ("臺灣", "台北市", "台湾", "台北"),
]


@pytest.fixture
def folder(tmp_path):
    settled(tmp_path)
    return tmp_path


def column(field: str) -> str:
    return Layout(load_book("standard", "zh")).tables["customers"].columns[field].letter


def places_shown(folder, rows, name=NAME) -> list[tuple[object, object]]:
    sheet = Package.open(folder / name).sheet("客户基本信息")
    return [tuple(sheet.cell(f"{column(field)}{row}").value for field in ("region", "city")) for row in rows]


def test_places_typed_otherwise_are_put_in_form(folder):
    package = Package.open(folder / NAME)
    sheet, rows = package.sheet("客户基本信息"), range(2, 2 + len(PLACES))
    for row, (region, city, *_) in zip(rows, PLACES, strict=True):
        sheet.set(f"{column('name')}{row}", f"客户{row}")
        sheet.set(f"{column('region')}{row}", region)
        sheet.set(f"{column('city')}{row}", city)
    package.save(folder / NAME)
    run("sync", folder, "--as-of", "2023-04-01")
    assert places_shown(folder, rows) == [(region, city) for *_, region, city in PLACES]


WHOLE = [
    ("北京市朝阳区", None, "北京", "朝阳区"),
    ("广东省深圳市南山区", None, "深圳", "南山区"),
    ("上海浦东", None, "上海", "浦东新区"),
    ("浙江省 杭州市", None, "浙江", "杭州"),
    ("北京市朝阳区", "朝阳", "北京", "朝阳区"),
]
KEPT = [
    ("北京市朝阳区", "海淀区", "value.place-contradicts"),
    ("北京市朝阳区", "杭州", "value.place-contradicts"),
    ("北京市朝阳区", "没有的城市", "value.place-contradicts"),
    ("北京市朝阳区建国路1号", None, "value.place-with-more"),
    ("火星基地", None, "value.not-in-list"),
]
"""Of a contradiction, and of what is more than a place, every sign stays where it was typed."""


def type_places(folder, typed) -> range:
    package, rows = Package.open(folder / NAME), range(2, 2 + len(typed))
    sheet = package.sheet("客户基本信息")
    for row, (region, city, *_) in zip(rows, typed, strict=True):
        sheet.set(f"{column('name')}{row}", f"客户{row}")
        sheet.set(f"{column('region')}{row}", region)
        sheet.set(f"{column('city')}{row}", city)
    package.save(folder / NAME)
    return rows


def found_at_places(folder, *command) -> list[tuple[str, str]]:
    _, told = run_json(*command, "--as-of", "2023-04-01")
    issues = [issue for book in told.get("workbooks", [told]) for issue in book.get("issues", ())]
    return [(issue["value"], issue["code"]) for issue in issues if issue["field"] in {"region", "city"}]


@pytest.mark.slow
def test_a_place_typed_whole_into_a_region_is_region_and_city(folder):
    rows = type_places(folder, WHOLE)
    assert found_at_places(folder, "check", folder / NAME) == []
    assert found_at_places(folder, "sync", folder) == []
    assert places_shown(folder, rows) == [(region, city) for *_, region, city in WHOLE]
    assert run("build", "-o", folder / "二.xlsx").exit_code == 0
    assert places_shown(folder, rows, "二.xlsx") == [(region, city) for *_, region, city in WHOLE]


@pytest.mark.slow
def test_a_place_that_contradicts_its_city_or_is_more_than_a_place_stays_as_typed(folder):
    rows = type_places(folder, KEPT)
    expected = sorted((region, code) for region, _, code in KEPT)
    unknown = ("没有的城市", "value.not-in-list")
    for command in (("check", folder / NAME), ("sync", folder), ("sync", folder)):
        assert sorted(found_at_places(folder, *command)) == sorted([*expected, unknown])
        assert places_shown(folder, rows) == [(region, city) for region, city, _ in KEPT]


@pytest.mark.slow
def test_an_import_reads_places_by_the_dictionary(folder):
    """深圳 is a region until somebody takes it out of the dictionary; 华北大区 is one that somebody put in."""
    place = Layout(load_book("standard", "zh")).lists["region"]
    package = Package.open(folder / NAME)
    sheet = package.sheet(place.sheet)
    (cell,) = [cell for cell in sheet.cells(columns={place.column + 1}) if cell.value == "深圳"]
    sheet.set(cell.ref, "华北大区")
    package.save(folder / NAME)
    (folder / "名单.csv").write_text(
        "姓名,电话,地区\n王五,13800000005,广东省深圳市\n赵六,13800000006,华北大区\n", encoding="utf-8"
    )
    said = run("import", folder / "名单.csv", "--into", folder, "--yes")
    assert said.exit_code == 0, said.output
    assert places_shown(folder, (4, 5)) == [("广东", "深圳"), ("华北大区", None)]
