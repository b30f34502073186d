"""Copies for one person of a book of one's own, whose template names by ``owner_field`` who is in charge of whom."""

from __future__ import annotations

import pytest

from crmbook.schema import SchemaError, load_book
from tests.cli.run import run
from tests.sync.shop import Sheet
from tests.sync.test_schema_changes import Changing

TEMPLATE = "templates/shop.yaml"
NAMED = "owner_field: clients.owner\n"


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Changing:
    """The shop, which says late who is in charge of whom, with copies for 王芳 and for the sixth client."""
    changing = Changing(tmp_path_factory.mktemp("people"))
    changing.change(TEMPLATE, NAMED, "")
    changing.sync()
    changing.change(TEMPLATE, "roles:\n", f"{NAMED}roles:\n")
    changing.sync()
    for name, words in {
        "fang.xlsx": ["--owner", "王芳"],
        "where.xlsx": ["--where", '[@名称]="客户6"'],
    }.items():
        path = changing.shop.folder / name
        made = run("build", "-o", path, *words, "--workspace", changing.workspace, "--as-of", "2024-03-01")
        assert made.exit_code == 0, made.output
    return changing


def shown(changing: Changing, name: str, table: str) -> list[str]:
    key = {"clients": "client_id", "visits": "visit_id", "care": "client_id"}[table]
    return [row[key] for row in Sheet(changing.shop.folder / name).rows(table).values()]


def test_a_copy_holds_the_rows_of_one_owner_and_those_about_them(people):
    assert shown(people, "fang.xlsx", "clients") == ["001", "003", "005"]
    assert shown(people, "fang.xlsx", "visits") == ["1001", "1002"]
    assert shown(people, "fang.xlsx", "care") == ["001", "003", "005"]
    assert shown(people, "where.xlsx", "clients") == ["006"]


def test_edits_in_it_are_taken_in_and_a_client_is_handed_over(people):
    mine = Sheet(people.shop.folder / "fang.xlsx")
    mine.type("clients", 2, phone="13911112222")
    mine.type("clients", 3, owner="李强")
    report = people.sync()
    assert not any(synced.plan for synced in report.workbooks)
    assert people.shop.by_key("clients", "phone")["001"] == "13911112222"
    assert people.shop.by_key("clients", "owner")["003"] == "李强"
    assert shown(people, "fang.xlsx", "clients") == ["001", "005"]
    assert len(people.shop.head("clients")) == 6


@pytest.mark.parametrize(
    ("field", "code"),
    [("clients.boss", "schema.unknown-field"), ("client.owner", "schema.unknown-table"),
     ("clients.spent", "schema.never-typed"), ("clients", "schema.bad-owner-field")],
)  # fmt: skip
def test_a_field_that_names_nobody_is_refused(tmp_path, field, code):
    changing = Changing(tmp_path)
    changing.change(TEMPLATE, NAMED, NAMED.replace("clients.owner", field))
    with pytest.raises(SchemaError) as found:
        load_book("shop", "zh", changing.workspace)
    assert code in {problem.code for problem in found.value.problems}


def test_without_one_the_template_is_told_to_name_it(tmp_path):
    changing = Changing(tmp_path)
    changing.change(TEMPLATE, NAMED, "")
    path = changing.shop.folder / "fang.xlsx"
    made = run("build", "-o", path, "--owner", "王芳", "--workspace", changing.workspace)
    assert made.exit_code == 2
    assert "owner_field" in made.output
