"""State frames of an old schema as those of the new: nothing that was typed is lost, and doing it twice is doing it once."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.records import OWN
from crmbook.merge import differs
from crmbook.migrate import add_rows, describe_schema, find_schema, migrate_state, plan
from crmbook.schema.recompute import table_frame
from tests.migrate.filled import CARD, ROWS, old_shop, shop
from tests.migrate.test_pairs import PAIRS, fields, lists


def head():
    book = old_shop()
    tables = {}
    for name, rows in ROWS.items():
        table = book.tables[name]
        frame = table_frame(table, rows)[[one for one, inner in table.fields.items() if inner.typed]]
        frame.index = pd.Index([f"{name[:4]}{number}b" for number in range(len(frame))], dtype=object)
        tables[name] = frame
    tables["customers"][OWN + CARD] = pd.Series(["VIP-1", 5.0, None], tables["customers"].index, dtype=object)
    rows = [
        ("gender", "男", None),
        ("gender", "女", None),
        ("city", "北京", "北方"),
        ("city", "鼓楼区", "北方"),
        ("city", "鼓楼区", "南方"),
    ]
    index = ["gender/男", "gender/女", "city/北京", "city/鼓楼区/北方", "city/鼓楼区/南方"]
    tables["_lists"] = pd.DataFrame(
        rows, index=pd.Index(index, dtype=object), columns=["list", "text", "of"], dtype=object
    )
    bands = table_frame(
        book.tables["bands"], {"rule": ["level", "level"], "from": [0.0, 50.0], "result": ["低", "高"]}
    )
    tables["bands"] = bands.drop(columns="band_key").set_axis(
        pd.Index(["band0a", "band1b"], dtype=object), axis=0
    )
    return tables


def migration_to(*files):
    return plan(describe_schema(old_shop()), shop(*files))


def same(left, right):
    assert left.keys() == right.keys()
    for name, frame in left.items():
        other = right[name]
        assert list(frame.columns) == list(other.columns)
        assert list(frame.index) == list(other.index)
        assert not any(differs(frame[label], other[label]).any() for label in frame.columns), name


@pytest.mark.sample(11)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_pair_carries_the_state_and_does_so_once(pair):
    migration = migration_to(pair.yaml)
    once = migrate_state(migration, head())
    same(migrate_state(migration, once), once)
    for name, frame in once.items():
        table = migration.book.tables.get(name)
        if table is not None:
            typed = [one for one, inner in table.fields.items() if inner.typed and one in frame.columns]
            assert [label for label in frame.columns if not label.startswith(OWN)] == typed
            assert list(frame.index) == list(head()[name].index)
    values = {
        value for frame in head().values() for value in map(str, frame.to_numpy().ravel()) if value != "nan"
    }
    kept = {value for frame in once.values() for value in map(str, frame.to_numpy().ravel())}
    texts = {one.params["was"] for one in migration.changes if one.code == "migrate.value-renamed"}
    gone = {value for value in values - kept if not any(text in value for text in texts)}
    assert not {
        value for value in gone if value not in {"120", "5.0", "2020-01-31 00:00:00", "2023-06-01 00:00:00"}
    }


def test_new_fields_come_blank_and_removed_ones_become_peoples_own():
    found = migrate_state(
        migration_to(fields("wechat: {title: {zh: 微信号, en: W}, type: text}\n  points: null")), head()
    )
    frame = found["customers"]
    assert frame["wechat"].tolist() == [None] * 3
    assert frame[OWN + "积分"].tolist() == ["120", "很多", None]
    assert frame[OWN + CARD].tolist() == ["VIP-1", 5.0, None]


def test_what_cannot_be_read_stays_under_its_old_title():
    frame = migrate_state(migration_to(fields("points: {type: integer}")), head())["customers"]
    assert frame["points"].dtype == "float64"
    assert frame["points"].tolist()[0] == 120
    assert frame[OWN + "积分（原值）"].tolist() == [None, "很多", None]


def test_dates_become_texts_and_texts_dates():
    frame = migrate_state(migration_to(fields("joined: {type: text}")), head())["customers"]
    assert frame["joined"].tolist() == ["2020-01-31", None, "2023-06-01"]
    migration = plan(describe_schema(shop(fields("joined: {type: text}"))), old_shop())
    back = migrate_state(migration, {"customers": frame})["customers"]
    assert back["joined"].dt.date.tolist()[0] == dt.date(2020, 1, 31)


def test_a_persons_column_of_the_new_title_is_taken_over():
    migration = migration_to(fields(f"card: {{title: {{zh: {CARD}, en: Card}}, type: text}}"))
    frame = migrate_state(migration, head())["customers"]
    assert frame["card"].tolist() == ["VIP-1", "5", None]
    assert OWN + CARD not in frame.columns


def test_typed_values_of_a_field_that_is_computed_now_are_kept():
    frame = migrate_state(migration_to(fields("points: {formula: '=[@name]'}")), head())["customers"]
    assert "points" not in frame.columns
    assert frame[OWN + "积分（原值）"].tolist() == ["120", "很多", None]


def test_words_of_lists_change_everywhere():
    migration = migration_to(
        lists(
            "gender: {values: {male: {zh: 先生}}}\n  region: {values: {north: {zh: 华北}}}\n  tag: {values: {old: {zh: 老顾客}}}"
        )
    )
    found = migrate_state(migration, head())
    assert found["customers"]["gender"].tolist() == ["先生", "女", "先生"]
    assert found["customers"]["region"].tolist() == ["华北", "南方", None]
    assert found["customers"]["tags"].tolist() == ["贵宾、老顾客", "老顾客", None]
    assert list(found["_lists"].index) == [
        "gender/先生", "gender/女", "city/北京", "city/鼓楼区/华北", "city/鼓楼区/南方",
    ]  # fmt: skip
    assert found["_lists"]["of"].tolist()[2:] == ["华北", "华北", "南方"]


def test_rules_name_results_by_their_new_words():
    found = migrate_state(migration_to(lists("level: {values: {high: {zh: 优}}}")), head())
    assert found["bands"]["result"].tolist() == ["低", "优"]


def test_rows_of_new_rules_lists_and_tables_are_added_once():
    migration = migration_to(
        {
            "schemas/rules.yaml": "bands:\n  grade: {title: {zh: 分级, en: G}, bands: [{from: 0, result: 1}, {from: 9, result: 2}]}\n"
        },
        fields("grade: {title: {zh: 分级, en: G}, type: text, formula: '=BAND([@total],grade)'}"),
        lists("gender: {values: {none: {zh: 保密, en: None}}}"),
        {
            "schemas/visits.yaml": "table: visits\ntitle: {zh: 拜访, en: V}\nkey: visit\nfields:\n  visit: {title: {zh: 号, en: N}, type: id}\n"
        },
    )
    tables, counters = add_rows(migration, migrate_state(migration, head()), {"row:bands": 7})
    assert tables["bands"]["rule"].tolist() == ["level", "level", "grade", "grade"]
    assert tables["bands"]["result"].tolist()[2:] == [1, 2]
    assert tables["bands"].index.is_unique
    assert counters["row:bands"] == 9
    assert tables["_lists"].loc["gender/保密"].tolist() == ["gender", "保密", None]
    assert list(tables["visits"].columns) == ["visit"]
    again, counted = add_rows(migration, tables, counters)
    same(again, tables)
    assert counted == counters


def test_frames_say_nothing_of_what_they_did_not_speak_of():
    frame = head()["customers"][["customer_id", "name"]]
    found = migrate_state(migration_to(fields("points: {type: integer}")), {"customers": frame})["customers"]
    assert list(found.columns) == ["customer_id", "name"]


def test_descriptions_survive_json_and_remember_the_earlier_ones():
    first = describe_schema(old_shop())
    second = describe_schema(shop(fields("points: null")), first)
    third = json.loads(json.dumps(describe_schema(shop(fields("company: null")), second)))
    assert find_schema(third, old_shop().fingerprint)["tables"] == json.loads(json.dumps(first["tables"]))
    assert [one["fingerprint"] for one in third["earlier"]] == [second["fingerprint"], first["fingerprint"]]
    assert find_schema(third, "unknown") is None
    assert not plan(json.loads(json.dumps(first)), old_shop())


@given(
    st.permutations(["name", "gender", "region", "city", "birthday", "tags", "points", "company"]), st.data()
)
@settings(derandomize=True, deadline=None, max_examples=8)
def test_any_choice_and_order_of_fields_loses_nothing(order, data):
    kept = order[: data.draw(st.integers(0, len(order)))]
    names = ["customer_id", *(one for one in kept if one != "city" or "region" in kept)]
    yaml = (
        "template: standard\nsheets:\n  - page: guide\n"
        f"  - {{table: customers, fields: [{', '.join(names)}]}}\n  - page: rules\n  - page: dictionary\n  - table: orders\n"
    )
    migration = migration_to({"templates/standard.yaml": yaml})
    found = migrate_state(migration, head())["customers"]
    titles = {name: inner.title for name, inner in old_shop().tables["customers"].fields.items()}
    for name in ("name", "gender", "region", "city", "tags", "points", "company"):
        label = name if name in names else OWN + titles[name]
        assert found[label].tolist() == head()["customers"][name].tolist()
