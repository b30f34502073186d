"""Filled workbooks before and after a change of the schema: nothing that people typed is lost, and all is found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.build.identity import read_stamp
from crmbook.migrate import SchemaChangeKind, describe_schema, plan
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from tests.migrate.filled import CARD, MEMO, carried, filled, nothing_left, old_shop, own_things_kept, shop
from tests.office import recalculate

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.migrate import Migration
    from crmbook.read import Snapshot


@dataclass(frozen=True)
class After:
    """A workbook after its migration."""

    data: bytes
    snapshot: Snapshot
    migration: Migration

    @property
    def package(self) -> Package:
        return Package.open(self.data)

    @property
    def names(self) -> dict[str, str]:
        return {one.name: one.formula for one in self.package.defined_names}

    def headers(self, table: str) -> list[str]:
        return list(self.package.table(self.snapshot.tables[table].table_name).columns)

    def column(self, table: str, name: str) -> list[Any]:
        return self.snapshot.tables[table].frame[name].tolist()

    def own(self, table: str, header: str) -> list[Any]:
        return self.snapshot.tables[table].own[header].tolist()

    def cell(self, table: str, name: str, row: int = 2) -> Any:
        found = self.snapshot.tables[table]
        return self.package.sheet(found.sheet).cell(f"{found.columns[name].letter}{row}")

    def rules(self, table: str, name: str) -> list[str]:
        found = self.snapshot.tables[table]
        letter = found.columns[name].letter
        formats = self.package.conditional_formats(found.sheet)
        return [
            text for one in formats if one.sqref.startswith(f"{letter}2:{letter}1") for text in one.formulas
        ]

    def validation(self, table: str, name: str) -> Any:
        found = self.snapshot.tables[table]
        letter = found.columns[name].letter
        known = [one for one in self.package.validations(found.sheet) if one.sqref.startswith(f"{letter}2")]
        assert len(known) <= 1
        return known[0] if known else None


@dataclass(frozen=True)
class Pair:
    """A change of the schema.

    Attributes
    ----------
    yaml
        Files of the workspace.
    kinds
        The steps of the plan.
    check
        What is seen in the workbook afterwards.
    values
        By (table, field), what cells read now by what they read before; None where they are not compared.
    """

    name: str
    yaml: dict[str, str]
    kinds: set[SchemaChangeKind]
    check: Callable[[After], None]
    values: dict[tuple[str, str], dict[Any, Any] | None] = field(default_factory=dict)


def fields(text: str, table: str = "customers") -> dict[str, str]:
    return {"schemas/fields#.yaml": f"table: {table}\nfields:\n  {text}\n"}


def lists(text: str) -> dict[str, str]:
    return {"schemas/words#.yaml": f"lists:\n  {text}\n"}


def before() -> Snapshot:
    return read_workbook(filled(), old_shop())


def added(after: After) -> None:
    headers = after.headers("customers")
    assert headers[headers.index("微信号") - 1] == "性别"
    assert headers[headers.index("微信号") + 1] == "尺码"
    assert after.column("customers", "wechat") == [None] * 3
    assert after.validation("customers", "size").formula1 == "列表_尺码"
    assert [entry.text for entry in after.snapshot.lists["size"]] == ["小", "大"]
    assert after.names["_crmbook.customers.wechat"] == "'客户'!$E$1"
    assert after.names["我的名称"] == "客户!$J$2:$J$4"
    styles = after.package.styles
    assert not styles.is_date(after.cell("customers", "wechat").style)
    assert after.cell("customers", "size").style != 0


def computed(after: After) -> None:
    assert after.cell("customers", "deals").formula == "COUNTIFS(订单[客户ID],客户[[#This Row],[客户ID]])"
    letter = after.snapshot.tables["customers"].columns["deals"].letter
    assert after.rules("customers", "deals") == [f"${letter}2>3"]
    assert after.validation("customers", "deals").type == "custom"
    assert after.headers("customers")[1] == "单数"


def suggested(after: After) -> None:
    assert after.validation("customers", "points").formula1 == "已填_积分"
    assert "已填_积分" in after.names


def removed(after: After) -> None:
    assert after.own("customers", "积分") == before().tables["customers"].frame["points"].tolist()
    assert after.own("customers", "地区") == before().tables["customers"].frame["region"].tolist()
    assert not {"_crmbook.customers.points", "_crmbook.customers.region"} & set(after.names)
    assert "_crmbook.customers.name" in after.names


def numbered(after: After) -> None:
    assert after.column("orders", "line_id") == [None] * 3
    assert after.column("orders", "order_id") == ["100", "101", "102"]
    assert after.names["_crmbook.orders.line_id"].endswith("$1")


def retitled(after: After) -> None:
    assert {"称呼", "电话积分"} <= set(after.headers("customers"))
    assert after.cell("customers", "name").ref == "B2"
    sheet = after.package.sheet("客户")
    assert sheet.cell("F2").formula == '客户[[#This Row],[称呼]]&"/"&D2'


def swapped(after: After) -> None:
    assert after.cell("orders", "price").column == 4
    assert after.cell("orders", "amount").formula == "订单[[#This Row],[数量]]*订单[[#This Row],[单价]]"


def aliased(after: After) -> None:
    assert "所属公司" in after.headers("customers")
    assert "_crmbook.customers.firm" in after.names
    assert "_crmbook.customers.company" not in after.names
    assert after.column("customers", "firm") == ["星河", "星河", "远山"]


def stays(after: After) -> None:
    assert after.headers("customers") == list(Package.open(filled()).table("客户").columns)


def number(after: After) -> None:
    assert (
        after.column("customers", "points") == [120.0, "很多", None]
        or after.column("customers", "points")[0] == 120
    )
    assert after.validation("customers", "points").type == "whole"


def words(after: After) -> None:
    assert after.column("customers", "joined") == ["2020-01-31", None, "2023-06-01"]


def chosen(after: After) -> None:
    assert after.column("customers", "company") == ["星河", "星河", "远山"]
    assert after.validation("customers", "company").formula1 == "列表_公司名"


def renamed_value(after: After) -> None:
    assert after.column("customers", "gender") == ["先生", "女", "先生"]
    assert [entry.text for entry in after.snapshot.lists["gender"]] == ["先生", "女"]
    assert after.column("customers", "tags")[0] == "贵宾、老顾客"
    cities = {entry.text: entry.of for entry in after.snapshot.lists["city"]}
    assert cities == {"北京": "华北", "上海": "南方"}


def renamed_result(after: After) -> None:
    assert "优" in after.column("bands", "result")
    assert "高" not in after.column("bands", "result")
    assert any('"优"' in rule for rule in after.rules("customers", "level"))
    assert not any('"高"' in rule for rule in after.rules("customers", "level"))


def more_values(after: After) -> None:
    assert [entry.text for entry in after.snapshot.lists["gender"]] == ["男", "女", "保密"]


def retitled_list(after: After) -> None:
    assert after.validation("customers", "gender").formula1 == "列表_称谓"
    assert [entry.text for entry in after.snapshot.lists["gender"]] == ["男", "女"]


def new_table(after: After) -> None:
    titles = [sheet.name for sheet in after.package.sheets]
    assert titles == ["使用说明", "客户", "订单", "上门拜访", "评分规则", "数据字典"]
    assert after.headers("visits") == ["拜访ID", "客户ID", "时长", "累计拜访", "问题", "行标识"]
    assert after.validation("visits", "customer_id").formula1 == "编号_客户"
    assert after.names["_crmbook.visits.minutes"] == "'上门拜访'!$C$1"
    assert "累计拜访" in after.package.table("上门拜访").columns
    assert (
        after.cell("customers", "visits").formula == "COUNTIFS(上门拜访[客户ID],客户[[#This Row],[客户ID]])"
    )


def dropped_table(after: After) -> None:
    assert "orders" not in after.snapshot.tables
    assert (
        Package.open(filled()).sheet("订单").cell("A2").value == after.package.sheet("订单").cell("A2").value
    )
    assert not any(name.startswith("_crmbook.orders.") for name in after.names)


def new_formula(after: After) -> None:
    assert after.cell("orders", "amount").formula == "订单[[#This Row],[单价]]*订单[[#This Row],[数量]]*0.9"
    assert after.cell("orders", "amount", 3).value == 350
    assert after.cell("orders", "amount", 3).formula is None
    assert after.rules("customers", "level") == []


def limits(after: After) -> None:
    found = after.validation("orders", "price")
    assert (found.operator, found.formula1, found.formula2) == ("between", "5", "500")
    assert any("COUNTA" in rule for rule in after.rules("customers", "gender"))
    assert not any("COUNTA" in rule for rule in after.rules("customers", "name"))


def retitled_table(after: After) -> None:
    assert [sheet.name for sheet in after.package.sheets][1:3] == ["会员", "订单"]
    assert after.package.table("会员").sheet == "会员"
    assert (
        after.cell("customers", "total").formula
        == "SUMIFS(订单[金额],订单[客户ID],会员[[#This Row],[客户ID]])"
    )
    assert after.names["我的名称"] == "会员!$H$2:$H$4"
    assert after.validation("orders", "customer_id").formula1 == "编号_会员"


def calculated(after: After) -> None:
    assert after.own("customers", "积分（原值）") == ["120", "很多", None]
    assert after.cell("customers", "points").formula == "客户[[#This Row],[金额]]/10"


def typed(after: After) -> None:
    assert after.cell("customers", "total").formula is None
    assert after.column("customers", "total") == [1350.0, 30.0, 0.0]
    assert after.validation("customers", "total").type != "custom"


def more_rules(after: After) -> None:
    assert after.cell("customers", "grade").formula is not None


def taken_over(after: After) -> None:
    assert CARD not in after.snapshot.tables["customers"].custom
    assert [str(value) for value in after.column("customers", "card")] == ["VIP-1", "20240105.0", "None"]
    assert after.headers("customers") == list(Package.open(filled()).table("客户").columns)


def in_the_way(after: After) -> None:
    assert after.own("customers", f"{CARD} 2")[0] == "VIP-1"
    assert after.cell("customers", "card").formula == "UPPER(客户[[#This Row],[客户ID]])"


def retitled_pages(after: After) -> None:
    assert [sheet.name for sheet in after.package.sheets][-2:] == ["规则", "字典"]
    assert after.validation("customers", "gender").formula1 == "列表_性别"
    assert after.snapshot.lists["gender"]


PAIRS = [
    Pair(
        "fields added, one with a list of its own",
        fields(
            "wechat: {title: {zh: 微信号, en: WeChat}, type: text, after: gender}\n"
            "  size: {title: {zh: 尺码, en: Size}, type: enum, list: size, after: wechat}"
        )
        | lists(
            "size: {title: {zh: 尺码, en: Size}, values: {s: {zh: 小, en: Small}, l: {zh: 大, en: Large}}}"
        ),
        {SchemaChangeKind.FIELD_ADDED, SchemaChangeKind.LIST_ADDED},
        added,
    ),
    Pair(
        "computed field added",
        fields(
            "deals: {title: {zh: 单数, en: Deals}, type: integer, after: customer_id,\n"
            "    formula: '=COUNTIFS(orders[customer_id],[@customer_id])',\n"
            "    highlight: [{when: '=[@deals]>3', style: good}]}"
        ),
        {SchemaChangeKind.FIELD_ADDED},
        computed,
    ),
    Pair(
        "field offers what was entered",
        fields("points: {suggest: true}"),
        {SchemaChangeKind.LOOKS_CHANGED},
        suggested,
    ),
    Pair(
        "fields removed",
        fields("points: null\n  region: null\n  city: null"),
        {SchemaChangeKind.FIELD_REMOVED, SchemaChangeKind.LIST_REMOVED},
        removed,
    ),
    Pair(
        "rows known by a number of their own",
        {
            "schemas/orders.yaml": "table: orders\nkey: line_id\nfields:\n"
            "  line_id: {title: {zh: 行号, en: Line}, type: id, start: 501}\n"
        },
        {SchemaChangeKind.KEY_CHANGED, SchemaChangeKind.FIELD_ADDED},
        numbered,
    ),
    Pair(
        "fields retitled",
        fields("name: {title: {zh: 称呼, en: Name}}\n  points: {title: {zh: 电话积分, en: Points}}"),
        {SchemaChangeKind.FIELD_RENAMED},
        retitled,
    ),
    Pair(
        "two titles change places",
        fields("price: {title: {zh: 数量, en: Count}}\n  count: {title: {zh: 单价, en: Price}}", "orders"),
        {SchemaChangeKind.FIELD_RENAMED},
        swapped,
    ),
    Pair(
        "field renamed by alias",
        fields("company: null\n  firm: {title: {zh: 所属公司, en: Firm}, type: text, aliases: [公司]}"),
        {SchemaChangeKind.FIELD_RENAMED, SchemaChangeKind.LOOKS_CHANGED},
        aliased,
    ),
    Pair("field moved", fields("company: {after: customer_id}"), {SchemaChangeKind.FIELD_MOVED}, stays),
    Pair(
        "template puts the fields in another order",
        {
            "templates/standard.yaml": "template: standard\nsheets:\n  - page: guide\n"
            "  - {table: customers, fields: [name, customer_id, total, level, gender, region, city, birthday, joined, tags, points, company]}\n"
            "  - table: orders\n  - page: rules\n  - page: dictionary\n"
        },
        {SchemaChangeKind.FIELD_MOVED},
        stays,
    ),
    Pair(
        "text becomes number",
        fields("points: {type: integer, min: 0}"),
        {SchemaChangeKind.TYPE_CHANGED, SchemaChangeKind.LIMITS_CHANGED, SchemaChangeKind.LOOKS_CHANGED},
        number,
        {("customers", "points"): {"120": 120.0}},
    ),
    Pair(
        "date becomes text",
        fields("joined: {type: text}"),
        {SchemaChangeKind.TYPE_CHANGED, SchemaChangeKind.LOOKS_CHANGED},
        words,
        {("customers", "joined"): {dt.date(2020, 1, 31): "2020-01-31", dt.date(2023, 6, 1): "2023-06-01"}},
    ),
    Pair(
        "text becomes a choice",
        fields("company: {type: enum, list: company, suggest: null}")
        | lists(
            "company: {title: {zh: 公司名, en: Firm}, values: {a: {zh: 星河, en: Galaxy}, b: {zh: 远山, en: Hills}}}"
        ),
        {SchemaChangeKind.TYPE_CHANGED, SchemaChangeKind.LOOKS_CHANGED, SchemaChangeKind.LIST_ADDED},
        chosen,
    ),
    Pair(
        "list values renamed",
        lists(
            "gender: {values: {male: {zh: 先生}}}\n  tag: {values: {old: {zh: 老顾客}}}\n"
            "  region: {values: {north: {zh: 华北}}}"
        ),
        {SchemaChangeKind.VALUE_RENAMED},
        renamed_value,
        {
            ("customers", "gender"): {"男": "先生"},
            ("customers", "tags"): {"贵宾、老客": "贵宾、老顾客", "老客": "老顾客"},
            ("customers", "region"): {"北方": "华北"},
        },
    ),
    Pair(
        "result of a scoring rule renamed",
        lists("level: {values: {high: {zh: 优}}}"),
        {SchemaChangeKind.VALUE_RENAMED},
        renamed_result,
        {("customers", "level"): None, ("bands", "result"): {"高": "优"}},
    ),
    Pair(
        "list entry added",
        lists("gender: {values: {none: {zh: 保密, en: Undisclosed}}}"),
        {SchemaChangeKind.VALUE_ADDED},
        more_values,
    ),
    Pair(
        "list retitled",
        lists("gender: {title: {zh: 称谓, en: Address}}"),
        {SchemaChangeKind.LIST_RENAMED},
        retitled_list,
    ),
    Pair(
        "table added, and a field that counts its rows",
        fields(
            "visits: {title: {zh: 拜访次数, en: Visits}, type: integer,\n"
            "    formula: '=COUNTIFS(visits[customer_id],[@customer_id])'}"
        )
        | {
            "schemas/visits.yaml": """\
            table: visits
            title: {zh: 上门拜访, en: Visits}
            key: visit_id
            fields:
              visit_id: {title: {zh: 拜访ID, en: Visit ID}, type: id, start: 1001}
              customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers, required: true}
              minutes: {title: {zh: 时长, en: Minutes}, type: integer, min: 1, format: '0"分钟"', help: {zh: 分钟, en: In minutes}}
              visits: {title: {zh: 累计拜访, en: Visits so far}, type: integer, formula: '=COUNTIFS(visits[customer_id],[@customer_id])'}
            """
        },
        {SchemaChangeKind.PAGE_CHANGED, SchemaChangeKind.TABLE_ADDED, SchemaChangeKind.FIELD_ADDED},
        new_table,
    ),
    Pair(
        "table removed",
        fields("total: {formula: '=1'}")
        | {
            "templates/standard.yaml": "template: standard\nsheets: [{page: guide}, {table: customers}, {page: rules}, {page: dictionary}]\nroles: {sales: {sheets: [customers]}}\n",
            "schemas/more.yaml": "table: monthly\nfields: {orders: {formula: '=[@back]'}}\n",
            "templates/pages.yaml": "pages: {guide: {cells: [{id: sales, formula: '=1'}]}}\n",
        },
        {SchemaChangeKind.PAGE_CHANGED, SchemaChangeKind.TABLE_REMOVED, SchemaChangeKind.FORMULA_CHANGED},
        dropped_table,
        {("customers", "total"): None, ("customers", "level"): None, ("monthly", "orders"): None},
    ),
    Pair(
        "formula and highlight changed",
        fields("amount: {formula: '=[@price]*[@count]*0.9'}", "orders")
        | {"schemas/more.yaml": "table: customers\nfields: {level: {highlight: []}}\n"},
        {SchemaChangeKind.FORMULA_CHANGED, SchemaChangeKind.LOOKS_CHANGED},
        new_formula,
    ),
    Pair(
        "required and limits changed",
        fields("price: {min: 5, max: 500}", "orders")
        | {
            "schemas/more.yaml": "table: customers\nfields: {name: {required: false}, gender: {required: true}}\n"
        },
        {SchemaChangeKind.LIMITS_CHANGED, SchemaChangeKind.LOOKS_CHANGED},
        limits,
    ),
    Pair(
        "table retitled",
        {"schemas/a.yaml": "table: customers\ntitle: {zh: 会员, en: Members}\n"},
        {SchemaChangeKind.PAGE_CHANGED, SchemaChangeKind.TABLE_RENAMED},
        retitled_table,
    ),
    Pair(
        "typed field becomes computed",
        fields("points: {type: number, formula: '=[@total]/10'}"),
        {SchemaChangeKind.TYPE_CHANGED, SchemaChangeKind.FORMULA_CHANGED, SchemaChangeKind.LOOKS_CHANGED},
        calculated,
        {("customers", "points"): None},
    ),
    Pair(
        "computed field becomes typed",
        fields("total: {formula: null}"),
        {SchemaChangeKind.FORMULA_CHANGED},
        typed,
    ),
    Pair(
        "scoring rule added",
        fields("grade: {title: {zh: 分级, en: Grade}, type: text, formula: '=BAND([@total],grade)'}")
        | {
            "schemas/rules.yaml": "bands:\n  grade: {title: {zh: 分级, en: Grade}, bands: [{from: 0, result: 1}, {from: 9, result: 2}]}\n"
        },
        {SchemaChangeKind.FIELD_ADDED, SchemaChangeKind.RULES_ADDED},
        more_rules,
    ),
    Pair(
        "field that a person had already",
        fields("card: {title: {zh: 会员卡号, en: Card}, type: text, after: name}"),
        {SchemaChangeKind.FIELD_ADDED},
        taken_over,
    ),
    Pair(
        "computed field where a person has a column",
        fields(
            "card: {title: {zh: 会员卡号, en: Card}, type: text, after: gender, formula: '=UPPER([@customer_id])'}"
        ),
        {SchemaChangeKind.FIELD_ADDED},
        in_the_way,
    ),
    Pair(
        "theme changed",
        {"templates/mine.yaml": "template: standard\ntheme: {accent: '#00AA00'}\n"},
        {SchemaChangeKind.THEME_CHANGED},
        lambda after: None,
    ),
    Pair(
        "pages retitled",
        {
            "templates/pages.yaml": "pages: {dictionary: {title: {zh: 字典, en: Words}}, rules: {title: {zh: 规则, en: Scores}}}\n"
        },
        {SchemaChangeKind.PAGE_CHANGED, SchemaChangeKind.TABLE_RENAMED},
        retitled_pages,
    ),
]
MOVES_CARD = {"field that a person had already", "computed field where a person has a column"}


def compare_values(pair: Pair, after: After) -> None:
    """Every cell of every field that is still there reads as it did, up to what the pair says.

    The small tables of a page that was drawn anew are filled by the sync that comes after.
    """
    migration, snapshot = after.migration, after.snapshot
    kept = {name: table for name, table in migration.book.tables.items() if table.managed}
    for name, found in before().tables.items():
        if name in migration.book.tables and name not in kept:
            continue
        moved = {
            one.was: one.field for one in migration.of(SchemaChangeKind.FIELD_RENAMED, table=name) if one.was
        }
        for field_name in found.columns:
            target = moved.get(field_name, field_name)
            now, texts = snapshot.tables.get(name), pair.values.get((name, target), {})
            if now is None or target not in now.columns or texts is None:
                continue
            expected = [texts.get(value, value) for value in found.frame[field_name].tolist()]
            assert list(map(str, now.frame[target].tolist())) == list(map(str, expected)), (name, target)
        if name in snapshot.tables:
            assert snapshot.tables[name].row_ids.tolist() == found.row_ids.tolist()


@pytest.mark.sample(1)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_pair(pair):
    migration = plan(describe_schema(old_shop()), shop(pair.yaml))
    assert {one.kind for one in migration.changes} == pair.kinds
    data, snapshot = carried(filled(), migration)
    after = After(data, snapshot, migration)
    compare_values(pair, after)
    if pair.name not in MOVES_CARD:
        assert {CARD, MEMO} <= set(snapshot.tables["customers"].custom)
        own_things_kept(data)
    pair.check(after)
    mark = read_stamp(after.package)
    assert mark is not None
    assert (mark.fingerprint, mark.workbook_id) == (migration.book.fingerprint, "workbook-1")
    nothing_left(data, migration)


@pytest.mark.sample(23)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_step_is_told_in_both_languages(pair):
    for change in plan(describe_schema(old_shop()), shop(pair.yaml)).changes:
        assert change.text("zh")
        assert change.text("en")
        assert "{" not in change.text("zh") + change.text("en")


@pytest.mark.slow
@pytest.mark.office
def test_office_program_shows_what_was_carried_over(tmp_path):
    paths = []
    for number, pair in enumerate(PAIRS):
        data, _ = carried(filled(), plan(describe_schema(old_shop()), shop(pair.yaml)))
        paths.append(tmp_path / f"{number}.xlsx")
        paths[-1].write_bytes(data)
    for pair, copy in zip(PAIRS, recalculate(*paths, out_dir=tmp_path / "again"), strict=True):
        migration = plan(describe_schema(old_shop()), shop(pair.yaml))
        snapshot = read_workbook(copy, migration.book)
        assert set(snapshot.tables) >= {"customers"}
        for name, found in snapshot.tables.items():
            assert set(found.columns) == set(migration.book.tables[name].fields), pair.name


def test_new_rules_are_told_by_their_titles():
    [pair] = [one for one in PAIRS if one.name == "scoring rule added"]
    told = [
        one.text("zh")
        for one in plan(describe_schema(old_shop()), shop(pair.yaml)).of(SchemaChangeKind.RULES_ADDED)
    ]
    assert told == ["评分规则新增了：分级"]
