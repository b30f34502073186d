"""A workspace with templates of its own beside the shipped ones: each has its own tables, names and rules."""

from __future__ import annotations

import pytest

from crmbook.schema import SchemaError, load_book
from tests.schema.test_workspace import write
from tests.schema.world import write_world

ALONE = """\
    template: alone
    title: {zh: 自立, en: Alone}
    sheets: [{page: guide}, {table: bookings}, {page: rules}, {page: dictionary}]
    """
BOOKINGS = """\
    table: bookings
    title: {zh: 订单, en: Orders}
    key: booking_id
    fields:
      booking_id: {title: {zh: 编号, en: ID}, type: id}
      sex: {title: {zh: 称谓, en: Address}, type: enum, list: gender}
      area: {title: {zh: 片区, en: Area}, type: enum, list: area}
      price: {title: {zh: 价格, en: Price}, type: money, formula: '=BAND(5,steps)'}
    """
LISTS = """\
    lists:
      gender: {title: {zh: 称谓, en: Address}, values: {madam: {zh: 女士, en: Madam}, male: {zh: 先生, en: Sir}}}
      area: {title: {zh: 地区, en: Region}, values: {east: {zh: 东区, en: East}}}
    bands:
      steps: {title: {zh: 档, en: Steps}, bands: [{from: 0, result: 1}]}
    """


@pytest.fixture
def base(tmp_path):
    return write_world(tmp_path / "base")


@pytest.fixture
def workspace(tmp_path):
    return write(
        tmp_path / "workspace", templates__alone=ALONE, schemas__bookings=BOOKINGS, schemas__lists=LISTS
    )


def test_a_table_that_a_template_names_is_in_no_other(base, workspace):
    assert "bookings" in load_book("alone", base=base, workspace=workspace).tables
    book = load_book("standard", base=base, workspace=workspace)
    assert "bookings" not in book.tables
    assert {sheet.name for sheet in book.sheets} == {"guide", "customers", "orders", "rules", "dictionary"}


def test_a_small_table_of_a_page_gets_no_sheet_in_other_templates(base, workspace):
    write(
        workspace,
        schemas__bookings=BOOKINGS.replace("=BAND(5,steps)", "=5"),
        schemas__steps="""\
        table: steps
        title: {zh: 分步, en: Steps}
        managed: false
        key: step
        seed: [{step: 1}]
        fields: {step: {title: {zh: 步, en: Step}, type: integer}}
        """,
        templates__pages="pages: {desk: {title: {zh: 台面, en: Desk}, tables: [steps]}}\n",
        templates__alone=ALONE.replace("{page: rules}", "{page: desk}"),
    )
    assert "steps" in load_book("alone", base=base, workspace=workspace).tables
    assert "steps" not in load_book("standard", base=base, workspace=workspace).tables


def test_a_table_that_no_template_names_comes_by_itself_and_can_be_dropped(base, workspace):
    visits = BOOKINGS.replace("bookings", "visits").replace("订单", "拜访").replace("Orders", "Visits")
    write(workspace, schemas__more=visits.replace("list: area", "list: region"))
    assert "visits" in load_book("standard", base=base, workspace=workspace).tables
    assert "visits" not in load_book("alone", base=base, workspace=workspace).tables
    write(
        workspace,
        templates__less="template: less\ntitle: {zh: 少, en: Less}\nextends: standard\ndrop: [visits]\n",
    )
    assert "visits" not in load_book("less", base=base, workspace=workspace).tables


def test_titles_and_names_differ_within_a_template_alone(base, workspace):
    # a sheet with the title of a shipped one, a list with the title of another shipped list
    assert load_book("alone", base=base, workspace=workspace).tables["bookings"].title == "订单"
    write(workspace, schemas__bookings=BOOKINGS.replace("en: Orders", "en: Guide"))
    with pytest.raises(SchemaError, match=r"schema\.duplicate-sheet-title"):
        load_book("alone", base=base, workspace=workspace)


def test_a_template_that_extends_nothing_has_no_foreign_rules_lists_or_words(base, workspace):
    book = load_book("alone", base=base, workspace=workspace)
    assert list(book.bands) == ["steps"]
    assert list(book.parameters) == []
    assert book.lists["gender"].texts == ("女士", "先生")
    assert len(book.tables["bands"].seed) == 1
    assert book.roles == {}


def test_a_template_that_extends_nothing_may_show_shipped_tables_with_their_rules(base, workspace):
    write(
        workspace,
        templates__alone=ALONE.replace("{page: rules}", "{table: customers}, {table: orders}, {page: rules}"),
        schemas__bookings=BOOKINGS.replace("订单", "预订").replace("Orders", "Bookings"),
        schemas__lists=LISTS.replace("地区", "片").replace("Region", "Part"),
    )
    book = load_book("alone", base=base, workspace=workspace)
    assert set(book.bands) == {"steps", "level"}


def test_a_whole_table_with_the_name_of_a_shipped_one_is_merged_only_where_the_template_extends(
    base, workspace
):
    write(workspace, schemas__bookings=BOOKINGS.replace("table: bookings", "table: orders"),
          schemas__lists=LISTS.replace("地区", "片").replace("Region", "Part"),
          templates__alone=ALONE.replace("bookings", "orders"))  # fmt: skip
    alone = load_book("alone", base=base, workspace=workspace)
    assert list(alone.tables["orders"].fields) == ["booking_id", "sex", "area", "price"]
    assert ("pruned.alone", "orders") in [(one.code, one.name) for one in alone.pruned]
    merged = load_book("standard", base=base, workspace=workspace)
    assert "amount" in merged.tables["orders"].fields
    assert ("pruned.merged", "orders") in [(one.code, one.name) for one in merged.pruned]


def test_a_change_of_a_shipped_table_goes_on_being_one(base, workspace):
    write(workspace, schemas__more="table: orders\nfields: {colour: {title: {zh: 颜色, en: Colour}, type: text}}\n",
          templates__alone=ALONE.replace("{table: bookings}", "{table: customers}, {table: orders}"))  # fmt: skip
    fields = load_book("alone", base=base, workspace=workspace).tables["orders"].fields
    assert {"amount", "colour"} <= set(fields)


def test_the_shipped_guide_says_nothing_of_shipped_tables_in_a_book_of_ones_own(tmp_path):
    workspace = write(tmp_path, templates__alone=ALONE, schemas__bookings=BOOKINGS, schemas__lists=LISTS)
    book, shipped = load_book("alone", "en", workspace), load_book("standard", "en")
    said = [text.id for text in book.pages["guide"].texts]
    assert {"purpose", "begin"} <= {text.id for text in shipped.pages["guide"].texts}
    assert not {"purpose", "begin"} & set(said)
    assert "typing" in said
    write(workspace, templates__guide="""\
        pages: {guide: {texts: [{id: purpose, text: {zh: 我们的账本, en: Our book}}]}}
        """)  # fmt: skip
    assert "Our book" in [text.text for text in load_book("alone", "en", workspace).pages["guide"].texts]
