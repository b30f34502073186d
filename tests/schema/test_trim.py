"""A trimmed book: what refers to a dropped thing goes with it, what is left of a formula counts, one's own words do not."""

from __future__ import annotations

import pytest

from crmbook.schema import SchemaError, layout_of, load_book
from tests.schema.test_workspace import write
from tests.schema.world import MARK, changed, marked_place, write_world
from tests.trims import DROPS, files_of

CUSTOMERS, ORDERS, STANDARD = "schemas/customers.yaml", "schemas/orders.yaml", "templates/standard.yaml"


@pytest.fixture
def base(tmp_path):
    return write_world(tmp_path / "base")


@pytest.fixture
def workspace(tmp_path):
    return tmp_path / "workspace"


def pruned(book):
    return {(one.code.removeprefix("pruned."), one.name): one.missing for one in book.pruned}


@pytest.mark.sample(1)
@pytest.mark.parametrize("drop", DROPS)
def test_every_table_and_every_optional_field_can_go(drop, tmp_path):
    book = load_book(workspace=write(tmp_path, **files_of(drop)))
    table, _, field = drop.partition(".")
    gone = table not in {sheet.name for sheet in book.sheets}
    assert gone or (field and field not in book.tables[table].fields)


def test_a_dropped_table_takes_along_what_speaks_of_it(base, workspace):
    write(workspace, templates__standard="template: standard\ndrop: [orders]\n")
    book = load_book(base=base, workspace=workspace)
    assert "orders" not in book.tables
    assert "monthly" not in book.tables
    assert [sheet.name for sheet in book.roles["sales"].sheets] == ["customers"]
    assert book.pages["guide"].charts == ()
    assert [cell.id for cell in book.pages["guide"].cells] == ["as_of"]
    assert "total" not in book.tables["customers"].fields
    assert pruned(book)["field", "customers[total]"] == ("orders",)


def test_a_dropped_field_takes_along_what_speaks_of_it(base, workspace):
    write(workspace, schemas__mine="table: customers\nfields: {birthday: null, region: null}\n")
    book = load_book(base=base, workspace=workspace)
    table = book.tables["customers"]
    assert table.reminders == ()
    assert (table.fields["city"].type, table.fields["city"].suggest) == ("text", True)
    assert [check.id for check in table.checks] == ["named"]


def test_an_overridable_field_is_typed_where_nothing_computes_it(base, workspace):
    write(workspace, schemas__mine="table: orders\nfields: {price: null, count: null}\n")
    book = load_book(base=base, workspace=workspace)
    field = book.tables["orders"].fields["amount"]
    assert (field.formula, field.override, field.typed) == (None, False, True)
    assert pruned(book)["typed", "orders[amount]"] == ("orders[count]", "orders[price]")


@pytest.mark.parametrize(
    ("formula", "absent", "left"),
    [
        ("'=IF([@done],[@price]*[@count],[@price])'", "", "=订单[[#This Row],[单价]]"),
        ("'=IF(COUNT([@done])=0,[@price],[@count])'", "", "=订单[[#This Row],[单价]]"),
        ("'=IF([@done],[@price]*[@count],[@price])'", ", absent: true", "=订单[[#This Row],[单价]]*订单[[#This Row],[数量]]"),
        ("'=[@price]+SUMIFS(orders[count],orders[done],TRUE)'", "", "=订单[[#This Row],[单价]]+0"),
        ("'=[@price]+SUMIFS(orders[count],orders[code],\"A*\",orders[done],\"<>1\")'", "",
         '=订单[[#This Row],[单价]]+SUMIFS(订单[数量],订单[编码],"A*")'),
    ],
)  # fmt: skip
def test_what_is_left_of_a_formula_counts(formula, absent, left, tmp_path, workspace):
    changes = changed(ORDERS, "'=[@price]*[@count]'", formula)
    changes[ORDERS] = changes[ORDERS].replace("type: boolean", f"type: boolean{absent}")
    write(workspace, schemas__mine="table: orders\nfields: {done: null}\n")
    book = load_book(base=write_world(tmp_path / "base", changes), workspace=workspace)
    field = book.tables["orders"].fields["amount"]
    assert field.formula.render(layout_of(book).labels()) == left
    assert book.missing_of("orders", "amount") == ("orders[done]",)


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ("table: orders\nfields:\n  done: null\n  twice: {title: {zh: 二, en: Two}, type: text, formula: '=[@⟪done]&\"\"'}\n",
         "schema.absent-field"),
        (("table: orders\nfields: {done: null}\nchecks:\n"
         "  - {id: x, check: '=[@⟪done]', fields: [code], message: {zh: 完成, en: Done}}\n"), "schema.absent-field"),
        (("table: orders\nfields: {done: null}\nchecks:\n"
         "  - {id: x, check: '=[@code]<>\"\"', fields: [⟪done], message: {zh: 完成, en: Done}}\n"), "schema.unknown-field"),
        ("table: orders\nfields: {done: null, code: {after: ⟪done}}\n", "schema.unknown-field"),
        ("table: orders\nfields:\n  ⟪{order_id: null}\n", "schema.key-left-out"),
    ],
)  # fmt: skip
def test_ones_own_word_of_a_dropped_field_is_a_mistake(own, code, base, workspace):
    write(workspace, schemas__mine=own.replace(MARK, ""))
    with pytest.raises(SchemaError) as caught:
        load_book(base=base, workspace=workspace)
    assert (code, *marked_place(own)) in [
        (one.code, one.location.line, one.location.column) for one in caught.value.problems
    ]


def test_ones_own_word_of_a_dropped_table_is_a_mistake(base, workspace):
    write(
        workspace,
        schemas__mine="table: customers\nfields: {many: {title: {zh: 多, en: M}, type: integer, formula: '=COUNTIFS(orders[code],[@name])'}}\n",
        templates__mine="""\
        template: mine
        title: {zh: 我的, en: Mine}
        extends: standard
        drop: [orders]
        roles: {sales: {title: {zh: 销售, en: Sales}, sheets: [customers, {table: orders}]}}
        """,
    )
    assert "many" in load_book(base=base, workspace=workspace).tables["customers"].fields
    with pytest.raises(SchemaError) as caught:
        load_book("mine", base=base, workspace=workspace)
    told = {(one.code, one.location.file.rpartition("/")[2]) for one in caught.value.problems}
    assert told == {("schema.absent-table", "mine.yaml"), ("schema.unknown-sheet", "mine.yaml")}


@pytest.mark.sample(2)
@pytest.mark.parametrize("key", ["k1", "k3", "k10"])
def test_a_field_of_a_span_may_go_its_first_too(key, workspace):
    """The list of purchases reads the keys k1 to k10, in the order of their file."""
    write(workspace, schemas__mine=f"table: card_purchase_keys\nfields: {{{key}: null}}\n")
    book = load_book(workspace=workspace)
    assert key not in book.tables["card_purchase_keys"].fields
    assert ("reduced", "card_purchases[amount]") in pruned(book)


GUIDE = "pages: {guide: {cells: [{id: as_of, drop: true}]}}"


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("own", "place"),
    [
        ("template: standard\ndrop: [tasks, guide]\n", (2, 15)),
        ("template: standard\nsheets: [{table: customers}, {table: transactions}]\n", (2, 1)),
        (f"template: standard\n{GUIDE}\n", (2, 17)),
    ],
)
def test_the_page_of_the_as_of_date_is_missed_once_where_it_was_left_out(own, place, workspace):
    with pytest.raises(SchemaError) as caught:
        load_book(workspace=write(workspace, templates__standard=own))
    (one,) = caught.value.problems
    assert (one.code, one.value, one.params["page"]) == ("schema.cell-needed", "as_of", "guide")
    assert one.location.file.endswith("standard.yaml")
    assert (one.location.line, one.location.column) == place


def test_a_stage_that_is_dropped_is_stepped_over(tmp_path):
    book = load_book(
        workspace=write(tmp_path, templates__standard="template: standard\ndrop: [evaluation]\n")
    )
    moves = {advance.to: advance.carry for advance in book.tables["prospects"].advance}
    assert moves["followups"] == {"owner": "owner"}
    assert [one.id for one in book.tables["prospects"].reminders] == ["lead-waiting"]


def test_a_workspace_drops_more_of_a_template_that_drops_itself(base, workspace):
    write(
        base,
        templates__small="template: small\ntitle: {zh: 小, en: Small}\nextends: standard\ndrop: [orders]\n",
    )
    write(workspace, templates__small="template: small\ndrop: [dictionary]\n")
    book = load_book("small", base=base, workspace=workspace)
    assert [sheet.name for sheet in book.sheets] == ["guide", "customers", "rules"]
    write(workspace, templates__small="template: small\nadd: [{table: orders, after: customers}]\n")
    book = load_book("small", base=base, workspace=workspace)
    assert [sheet.name for sheet in book.sheets] == ["guide", "customers", "orders", "rules", "dictionary"]
    assert "total" in book.tables["customers"].fields


def test_only_the_template_in_use_is_verified(base, workspace):
    write(
        workspace,
        templates__other="template: other\ntitle: {zh: 别的, en: Other}\nextends: standard\ndrop: [nothing]\n",
    )
    assert load_book(base=base, workspace=workspace).template == "standard"


def test_a_default_is_what_is_left_of_it():
    assert load_book("lite").tables["customers"].fields["registered_on"].default is not None
    told = pruned(load_book("lite"))
    assert told["reduced", "customers[registered_on].default"] == ("feedback", "prospects")
