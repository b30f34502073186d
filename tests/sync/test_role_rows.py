"""Roles of a book of one's own: some rows, and fields that the role sees and does not change."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest

from crmbook.ooxml import Package
from crmbook.schema import SchemaError, load_book
from tests.cli.run import run, run_json
from tests.folders import write_files
from tests.ooxml_lint import lint

DAY = ("--as-of", "2024-03-01")
FILES = {
    "schemas/clients.yaml": """\
table: clients
title: {zh: 客户, en: Clients}
key: client_id
name_field: name
fields:
  client_id: {title: {zh: 客户ID, en: Client ID}, type: id, format: '000'}
  name: {title: {zh: 姓名, en: Name}, type: text, required: true}
  state: {title: {zh: 状态, en: State}, type: enum, list: state}
  owner: {title: {zh: 负责人, en: Owner}, type: text}
  fee: {title: {zh: 费用, en: Fee}, type: money}
  since: {title: {zh: 起始, en: Since}, type: date}
  note: {title: {zh: 备注, en: Note}, type: long_text}
  tickets: {title: {zh: 工单数, en: Tickets}, type: integer, formula: '=COUNTIFS(tickets[client_id],[@client_id])'}
lists:
  state:
    title: {zh: 状态, en: State}
    values: {sales: {zh: 销售, en: Sales}, care: {zh: 维护, en: Care}}
""",
    "schemas/tickets.yaml": """\
table: tickets
title: {zh: 工单, en: Tickets}
key: ticket_id
fields:
  ticket_id: {title: {zh: 工单号, en: Ticket ID}, type: id, start: 100}
  client_id: {title: {zh: 客户ID, en: Client ID}, type: ref, to: clients, required: true}
  what: {title: {zh: 事项, en: What}, type: text}
""",
    "schemas/prices.yaml": """\
table: prices
title: {zh: 价目, en: Prices}
key: item
fields:
  item: {title: {zh: 项目, en: Item}, type: id}
  kind: {title: {zh: 类别, en: Kind}, type: text}
  price: {title: {zh: 价格, en: Price}, type: money}
""",
    "templates/firm.yaml": """\
template: firm
title: {zh: 公司, en: Firm}
owner_field: clients.owner
sheets: [{page: guide}, {table: clients}, {table: tickets}, {table: prices}, {page: dictionary}, {page: issues}, {page: conflicts}]
roles:
  service:
    title: {zh: 客服, en: Service}
    sheets:
      - guide
      - {table: clients, where: '=[@state]=state.care', read_only: [fee, since, owner]}
      - tickets
      - {table: prices, where: '=[@kind]="care"'}
""",
    "samples/firm/clients.yaml": """\
- {client_id: '001', name: Ann Lee, state: care, owner: Wu, fee: 100, since: 2023-01-05}
- {client_id: '002', name: Bo Berg, state: sales, owner: Wu, fee: 200, since: 2023-02-05}
- {client_id: '003', name: Cy Ito, state: care, owner: Li, fee: 300, since: 2023-03-05}
""",
    "samples/firm/tickets.yaml": """\
- {ticket_id: '100', client_id: '001', what: Lamp}
- {ticket_id: '101', client_id: '002', what: Secret}
- {ticket_id: '102', client_id: '003', what: Door}
""",
    "samples/firm/prices.yaml": """\
- {item: a, kind: care, price: 5}
- {item: b, kind: hidden, price: 7}
""",
}


@pytest.fixture
def firm(tmp_path):
    write_files(tmp_path, FILES)
    build(tmp_path, "all.xlsx", "--template", "firm", "--sample", "--lang", "en")
    build(tmp_path, "service.xlsx", "--role", "service")
    return tmp_path


def build(folder, name, *options):
    result = run("build", "-o", folder / name, *options, "--workspace", folder, *DAY)
    assert result.exit_code == 0, result.output


def sync(folder):
    code, told = run_json("sync", folder, *DAY)
    assert code < 2, told
    for path in folder.glob("*.xlsx"):
        assert lint(path.read_bytes()) == []
    return told


def rows(folder, name, sheet):
    book = openpyxl.load_workbook(folder / name)
    header, *lines = list(book[sheet].iter_rows())
    titles = [cell.value for cell in header]
    found = (dict(zip(titles, line, strict=True)) for line in lines)
    return [one for one in found if one[titles[1]].value is not None]


def values(folder, name, sheet, title):
    return [one[title].value for one in rows(folder, name, sheet)]


def type_into(folder, name, sheet, row, **cells):
    package = Package.open(folder / name)
    titles = {cell.value: cell.column_letter for cell in openpyxl.load_workbook(folder / name)[sheet][1]}
    for title, value in cells.items():
        package.sheet(sheet).set(f"{titles[title]}{row}", value)
    package.save(folder / name)


def issues(told, code):
    return [one for book in told["workbooks"] for one in book["issues"] if one["code"] == code]


def test_a_role_has_its_rows_and_those_about_them(firm):
    assert values(firm, "service.xlsx", "Clients", "Name") == ["Ann Lee", "Cy Ito"]
    assert values(firm, "service.xlsx", "Tickets", "What") == ["Lamp", "Door"]
    assert values(firm, "service.xlsx", "Prices", "Kind") == ["care"]
    with zipfile.ZipFile(firm / "service.xlsx") as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Ann Lee" in text
    assert not [word for word in (b"Bo Berg", b"Secret", b">hidden<") if word in text]


@pytest.mark.slow
def test_rows_come_and_go_with_what_the_store_says(firm):
    type_into(firm, "all.xlsx", "Clients", 3, State="Care")
    type_into(firm, "all.xlsx", "Clients", 4, State="Sales")
    sync(firm)
    assert sorted(values(firm, "service.xlsx", "Clients", "Name")) == ["Ann Lee", "Bo Berg"]
    assert sorted(values(firm, "service.xlsx", "Tickets", "What")) == ["Lamp", "Secret"]
    assert len(values(firm, "all.xlsx", "Clients", "Name")) == 3
    before = {path: path.read_bytes() for path in firm.glob("*.xlsx")}
    sync(firm)
    sync(firm)
    assert {path: path.read_bytes() for path in firm.glob("*.xlsx")} == before


def test_a_key_that_a_copy_types_opens_no_row(firm):
    type_into(firm, "service.xlsx", "Tickets", 4, **{"Client ID": "002", "What": "Ours?"})
    told = sync(firm)
    assert values(firm, "service.xlsx", "Clients", "Name") == ["Ann Lee", "Cy Ito"]
    assert "Secret" not in values(firm, "service.xlsx", "Tickets", "What")
    assert [one for book in told["workbooks"] for one in book["issues"]]


@pytest.mark.slow
def test_what_is_typed_into_a_field_for_looking_is_told_and_put_back(firm):
    type_into(firm, "service.xlsx", "Clients", 2, Fee=999, Since="yesterday", Note="called")
    type_into(firm, "all.xlsx", "Clients", 2, Owner="Li")
    told = sync(firm)
    found = issues(told, "check.read-only")
    assert sorted((one["field"], one["value"]) for one in found) == [("fee", "999"), ("since", "yesterday")]
    assert issues(told, "value.not-a-date") == []
    for name in ("service.xlsx", "all.xlsx"):
        ann = next(one for one in rows(firm, name, "Clients") if one["Name"].value == "Ann Lee")
        assert (ann["Fee"].value, ann["Owner"].value, ann["Note"].value) == (100, "Li", "called")
        assert str(ann["Since"].value)[:10] == "2023-01-05"
    listed = [
        cell.value
        for line in openpyxl.load_workbook(firm / "service.xlsx")["Issues"].iter_rows()
        for cell in line
    ]
    assert "999" in [str(one) for one in listed]
    type_into(firm, "service.xlsx", "Clients", 2, Note="called again")
    assert issues(sync(firm), "check.read-only") == []


def test_a_new_row_takes_nothing_there(firm):
    type_into(firm, "service.xlsx", "Clients", 4, Name="Di Fox", State="Care", Fee=50)
    told = sync(firm)
    assert [one["value"] for one in issues(told, "check.read-only")] == ["50"]
    for name in ("service.xlsx", "all.xlsx"):
        di = next(one for one in rows(firm, name, "Clients") if one["Name"].value == "Di Fox")
        assert di["Fee"].value is None


def test_an_edit_elsewhere_meets_no_conflict(firm):
    type_into(firm, "service.xlsx", "Clients", 2, Fee=999)
    type_into(firm, "all.xlsx", "Clients", 2, Fee=150)
    told = sync(firm)
    assert values(firm, "service.xlsx", "Clients", "Fee")[0] == 150
    assert all(not book.get("conflicts") for book in told["workbooks"])


def test_a_field_for_looking_looks_so_and_says_so(firm):
    ann = rows(firm, "service.xlsx", "Clients")[0]
    grey = ann["Tickets"].fill.start_color.rgb
    assert {ann[name].fill.start_color.rgb for name in ("Fee", "Since", "Owner")} == {grey}
    assert ann["Note"].fill.start_color.rgb != grey
    rules = Package.open(firm / "service.xlsx").validations("Clients")
    fee = next(one for one in rules if ann["Fee"].column_letter + "2" in one.sqref)
    assert (fee.type, fee.formula1) == ("custom", "FALSE")
    assert "looking only" in fee.prompt


@pytest.mark.slow
def test_a_role_that_may_do_less_from_now_on_learns_it_at_the_next_sync(firm):
    changed = FILES["templates/firm.yaml"].replace("read_only: [fee, since, owner]", "read_only: [fee, note]")
    write_files(firm, {"templates/firm.yaml": changed})
    sync(firm)
    ann = rows(firm, "service.xlsx", "Clients")[0]
    grey = ann["Tickets"].fill.start_color.rgb
    look = {name: ann[name].fill.start_color.rgb == grey for name in ("Fee", "Since", "Owner", "Note")}
    assert look == {"Fee": True, "Since": False, "Owner": False, "Note": True}
    type_into(firm, "service.xlsx", "Clients", 2, Note="mine", Owner="Xu")
    told = sync(firm)
    assert [one["field"] for one in issues(told, "check.read-only")] == ["note"]
    assert values(firm, "all.xlsx", "Clients", "Owner")[0] == "Xu"


@pytest.mark.slow
def test_a_field_that_leaves_a_roles_sight_is_nobodys_own_column(firm):
    sync(firm)
    changed = FILES["templates/firm.yaml"].replace("read_only: [fee, since, owner]", "hide: [fee, note]")
    write_files(firm, {"templates/firm.yaml": changed})
    (mine,) = [one for one in sync(firm)["workbooks"] if one["file"].endswith("service.xlsx")]
    assert [note["code"] for note in mine["notes"] if note["code"].startswith("migrate.field")] == [
        "migrate.field-unseen",
        "migrate.field-unseen",
    ]
    assert mine["taken"]["changed"] == 0
    type_into(firm, "service.xlsx", "Clients", 2, Fee=999)
    sync(firm)
    assert values(firm, "all.xlsx", "Clients", "Fee") == [100, 200, 300]
    assert [cell.value for cell in openpyxl.load_workbook(firm / "all.xlsx")["Clients"][1]].count("Fee") == 1


def test_a_hidden_helper_brings_no_role_what_its_sources_say(firm):
    """Nobody looks at it: a role that has the table whole, and not what the helper sums up, has it not at all."""
    helper = "\n".join(
        f"  {name}: {{title: {{zh: {title}, en: {title}}}, type: number, hidden: true, formula: '{formula}'}}"
        for name, title, formula in (
            ("worth", "Worth", "=SUMIFS(prices[price],prices[kind],[@state])"),
            ("rank", "Rank", "=[@worth]*2"),
            ("length", "Length", "=LEN([@name])"),
        )
    )
    tables = FILES["schemas/clients.yaml"].replace("lists:\n", f"{helper}\nlists:\n")
    roles = FILES["templates/firm.yaml"].replace("      - {table: prices, where: '=[@kind]=\"care\"'}\n", "")
    write_files(firm, {"schemas/clients.yaml": tables, "templates/firm.yaml": roles})
    build(firm, "again.xlsx", "--new", "--template", "firm", "--sample", "--lang", "en")
    build(firm, "clerk.xlsx", "--role", "service", "--book", str(firm / "again.xlsx"))
    shown = {
        one: {cell.value for cell in openpyxl.load_workbook(firm / one)["Clients"][1]}
        for one in ("again.xlsx", "clerk.xlsx")
    }
    assert shown["again.xlsx"] >= {"Worth", "Rank", "Length"}
    assert shown["clerk.xlsx"] & {"Worth", "Rank", "Length"} == {"Length"}


@pytest.mark.parametrize(
    ("was", "now", "code", "value"),
    [
        ("[fee, since, owner]", "[fees]", "schema.unknown-field", "fees"),
        ("[fee, since, owner]", "[tickets]", "schema.never-typed", "tickets"),
        ("[fee, since, owner]", "[client_id]", "schema.never-typed", "client_id"),
        ("[@state]=state.care", "[@stat]=state.care", "formula.unknown-field", "stat"),
        ("[@state]=state.care", "[@tickets]>0", "schema.unsteady-rows", "clients[tickets]"),
        ("[@state]=state.care", "[@since]<as_of", "schema.unsteady-rows", "as_of"),
        ("- guide", "- {page: guide, read_only: [fee]}", "schema.misplaced-key", "read_only"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path, was, now, code, value):
    text = FILES["templates/firm.yaml"]
    assert was in text
    write_files(tmp_path, {**FILES, "templates/firm.yaml": text.replace(was, now)})
    with pytest.raises(SchemaError) as caught:
        load_book("firm", "en", tmp_path)
    first = caught.value.problems[0]
    assert (first.code, first.value) == (code, value)
    assert first.location.file.endswith("firm.yaml")
    assert text.replace(was, now).splitlines()[first.location.line - 1].find(now.strip("- ")) >= 0
