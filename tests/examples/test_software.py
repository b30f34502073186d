"""The software firm among the examples: two templates of one workspace, built, filled, synced, changed, computed by pandas."""

from __future__ import annotations

from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest

from crmbook.schema import find_doubts, load_book
from tests.cli.run import run
from tests.examples.firm import AS_OF, DAY, EXAMPLES, is_blank, open_firm
from tests.examples.firm import sample as sample_of
from tests.ooxml_lint import lint

TODAY = pd.Timestamp(AS_OF)
HOLIDAYS = ["2025-05-01", "2025-05-29", "2025-06-09", "2025-10-03", "2025-12-25", "2025-12-26"]
PRICES = {"desk": 12.5, "flow": 20, "api": 40}
ALLOWED = {"critical": 1, "high": 3, "normal": 10}


def sample(table):
    return sample_of("software", table, phone=str, ticket_id=str)


def working_day(day, count):
    return pd.Timestamp(np.busday_offset(np.datetime64(day, "D"), count, roll="backward", holidays=HOLIDAYS))


@pytest.fixture(scope="module", params=[pytest.param("zh", marks=pytest.mark.slow), "en"])
def firm(request, tmp_path_factory):
    """The firm's book, filled with the sample and synced."""
    return open_firm("software", request.param, tmp_path_factory.mktemp("software"))


@pytest.mark.parametrize("template", ["software", "software_start"])
def test_nothing_about_it_is_doubtful(template):
    assert find_doubts(template, EXAMPLES / "software") == ()


def subscriptions():
    """Return what each subscription of the sample brings a month, without any formula."""
    found = sample("subscriptions")
    found["price"] = found["price"].fillna(found["product"].map(PRICES))
    found["monthly"] = (found["seats"] * found["price"] * (1 - found["discount"].fillna(0))).round(2)
    begun, end = pd.to_datetime(found["since"]), pd.to_datetime(found["until"])
    found["state"] = np.select([begun > TODAY, end < TODAY], ["coming", "ended"], "running")
    return found.set_index("subscription_id")


def invoices():
    """Return what is open of each invoice of the sample."""
    found = sample("invoices")
    found["open"] = (found["net"] + (found["net"] * 0.19).round(2) - found["paid"].fillna(0)).round(2)
    return found.set_index("invoice_id")


def test_subscriptions_bring_what_seats_and_discount_make(firm):
    found, wanted = firm.frame("subscriptions"), subscriptions()
    assert found["monthly"].astype(float).to_dict() == wanted["monthly"].to_dict()
    assert found["price"].astype(float).to_dict() == wanted["price"].to_dict()
    assert found["state"].to_dict() == wanted["state"].map(firm.words("subscription_state")).to_dict()


def test_deadlines_leave_out_the_holidays_of_the_firm(firm):
    found, given = firm.frame("tickets"), sample("tickets").set_index("ticket_id")
    worked = sample("entries").groupby("ticket_id")["minutes"].sum().div(60).round(2)
    for key, row in found.iterrows():
        one = given.loc[key]
        due = working_day(one["opened_at"][:10], ALLOWED[one["severity"]])
        closed = TODAY if pd.isna(one["closed_at"]) else pd.Timestamp(one["closed_at"]).normalize()
        assert pd.Timestamp(row["due"]) == due
        assert row["late"] == (closed > due)
        assert row["hours"] == worked.get(key, 0)
        assert row["modules"] == "、".join(firm.words("module")[name] for name in one["modules"].split(","))
    for key, row in firm.frame("invoices").iterrows():
        issued = pd.Timestamp(invoices().loc[key, "date"])
        assert pd.Timestamp(row["due"]) == working_day((issued + pd.Timedelta(days=13)).date(), 1)


def test_accounts_and_their_health(firm):
    found, health = firm.frame("accounts"), firm.frame("health")
    running, owing = (
        subscriptions().query("state == 'running'"),
        invoices().groupby("account_id")["open"].sum(),
    )
    tickets, given = sample("tickets"), sample("health").set_index("account_id")
    assert list(health.index) == list(found.index)  # one for each, kept by the sync
    for key, row in found.iterrows():
        assert row["monthly"] == running.loc[running["account_id"] == key, "monthly"].sum()
        assert row["owing"] == pytest.approx(owing.get(key, 0))
        assert row["open_tickets"] == tickets.query("account_id == @key and closed_at.isna()").shape[0]
        logins, opinion = (
            given.loc[key, ["logins", "opinion"]] if key in given.index else (float("nan"), float("nan"))
        )
        asked = tickets[tickets["account_id"] == key]["opened_at"]
        recent = (pd.to_datetime(asked) > TODAY - pd.Timedelta(days=90)).sum()
        points = np.select([logins >= 100, logins >= 20], [60, 30], 0)
        off = np.select([recent >= 5, recent >= 2], [25, 10], 0)
        assert health.loc[key, "score"] == max(
            0, min(100, points + (10 if pd.isna(opinion) else opinion * 8) - off)
        )
    low = {key for key, row in health.iterrows() if row["score"] < 40 and is_blank(row["plan"])}
    assert firm.told_rows("health", "plan") == low == {"A-004"}
    assert [one["code"] for one in firm.issues] == ["check.required"]


def test_the_page_counts_the_same(firm):
    tickets, found = sample("tickets"), firm.frame("tickets")
    wanted = {
        "revenue_running": subscriptions().query("state == 'running'")["monthly"].sum(),
        "tickets_open": tickets["closed_at"].isna().sum(),
        "late_share": (found["late"] == True).mean(),  # noqa: E712 - blanks are no truth
        "owing_total": invoices()["open"].sum(),
    }
    assert {name: firm.cell(name) for name in wanted} == pytest.approx(wanted)
    lines = [line for line in firm.lines("by_segment") if line[-3] in firm.words("segment").values()]
    accounts = sample("accounts").set_index("account_id")
    for name, companies, monthly in (line[-3:] for line in lines):
        segment = next(key for key, text in firm.words("segment").items() if text == name)
        members = accounts.index[accounts["segment"] == segment]
        assert companies == len(members)
        assert monthly == firm.frame("accounts").loc[members, "monthly"].sum()
    assert len(lines) == 3


def test_the_firm_is_at_home_where_it_says(firm):
    sheet = firm.workbook[firm.book.tables["invoices"].title]
    net = next(cell for cell in sheet[1] if cell.value == firm.book.tables["invoices"].fields["net"].title)
    assert sheet.cell(2, net.column).number_format == '"€"#,##0.00'
    assert (firm.book.locale.region, firm.book.locale.date_order, firm.book.locale.decimal) == (
        "DE",
        "dmy",
        ",",
    )
    firm.type("invoices", 6, {"account_id": "A-002", "date": "5.6.2025", "net": "1.234,50"})
    firm.sync()
    new = firm.frame("invoices").loc["2025-005"]
    assert (pd.Timestamp(new["date"]), new["net"], new["gross"]) == (
        pd.Timestamp("2025-06-05"),
        1234.5,
        1469.06,
    )


def test_support_sees_what_it_may_and_changes_what_it_may(firm):
    copy = firm.folder / "support.xlsx"
    made = run("build", "-o", copy, "--role", "support", "--book", firm.path, *DAY)
    assert made.exit_code == 0, made.output
    told = run("sync", firm.folder, *DAY)
    assert told.exit_code < 2, told.output
    tickets = firm.book.tables["tickets"]
    lines = list(openpyxl.load_workbook(copy)[tickets.title].iter_rows(values_only=True))
    at = {title: number for number, title in enumerate(lines[0])}
    shown = {line[at[tickets.fields["ticket_id"].title]] for line in lines[1:]}
    wanted = sample("tickets").query("severity != 'normal'")["ticket_id"]
    assert shown - {None} == set(wanted)
    copy.unlink()


def test_the_firm_that_begins_has_the_same_book_with_its_own_changes(tmp_path, firm):
    path = tmp_path / "start.xlsx"
    made = run("build", "--workspace", EXAMPLES / "software", "-t", "software_start", "-o", path, *DAY)
    assert made.exit_code == 0, made.output
    book = load_book("software_start", "en", EXAMPLES / "software")
    assert (book.lang, book.tables["accounts"].title) == ("en", "Customers")
    assert [name for name, table in book.tables.items() if table.managed and not table.rows] == [
        "accounts", "subscriptions", "tickets", "releases", "invoices",
    ]  # fmt: skip
    assert {"hours", "ticket_no"} & set(book.tables["tickets"].fields) == set()
    assert (book.parameters["tax_rate"].value, book.parameters["renewal_days"].value) == (0, 30)
    assert list(book.lists["product"].values) == ["desk", "flow", "api", "kit"]
    assert book.locale.holidays == (date(2025, 7, 4),)
    workbook = openpyxl.load_workbook(path)
    assert {"Customers", "Releases", "Revenue"} < set(workbook.sheetnames)
    assert int(workbook["Customers"].page_setup.paperSize or 1) == 1  # letter
    assert workbook["Invoices"]["D2"].number_format == '"US$"#,##0.00'
    assert lint(path.read_bytes()) == []
    assert firm.book.tables["accounts"].title != "Customers"  # the other template is as it was


def test_the_book_lives_through_a_change_of_its_files(firm):
    before = firm.frame("subscriptions")
    firm.write(
        "schemas/more.yaml",
        "table: subscriptions\nfields:\n"
        "  seats: {title: {zh: 用户数, en: Users}, type: number}\n"
        "  term: {title: {zh: 期限, en: Term}, type: integer, after: until,"
        ' formula: \'=IF(COUNT([@since],[@until])<2,"",DATEDIF([@since],[@until],"m"))\'}\n'
        "lists: {product: {values: {kit: {zh: 工具包, en: Kit}}}}\n",
    )
    firm.rewrite(
        "schemas/health.yaml", "  plan:", "  coach: {title: {zh: 辅导, en: Coach}, type: text}\n  plan:"
    )
    firm.sync()
    found = firm.frame("subscriptions")
    assert found["seats"].to_dict() == before["seats"].to_dict()
    assert found["monthly"].to_dict() == before["monthly"].to_dict()
    assert found["term"].dropna().to_dict() == {"S-0002": 11, "S-0003": 5, "S-0004": 11}
    assert "coach" in firm.frame("health").columns
    dictionary = firm.workbook[firm.book.pages["dictionary"].title]
    listed = {cell for line in dictionary.iter_rows(values_only=True) for cell in line}
    assert firm.words("product")["kit"] in listed
