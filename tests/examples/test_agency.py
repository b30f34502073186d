"""The property agency among the examples: built, filled, synced, imported into, changed, and computed by pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.schema import find_doubts
from tests.cli.run import run_json
from tests.examples.firm import AS_OF, DAY, EXAMPLES, is_blank, open_firm
from tests.examples.firm import sample as sample_of

TODAY = pd.Timestamp(AS_OF)


def sample(table):
    return sample_of("agency", table, phone=str, contract_id=str)


def days(found, column):
    return pd.to_datetime(found[column], errors="coerce")


@pytest.fixture(scope="module", params=[pytest.param("zh", marks=pytest.mark.slow), "en"])
def firm(request, tmp_path_factory):
    """The agency's book, filled with the sample and synced."""
    return open_firm("agency", request.param, tmp_path_factory.mktemp("agency"))


def test_nothing_about_it_is_doubtful():
    assert find_doubts("agency", EXAMPLES / "agency") == ()


def test_properties_know_how_long_they_wait_and_whom_they_suit(firm):
    found, given = firm.frame("properties"), sample("properties").set_index("property_id")
    waits = (days(given, "closed_on").fillna(TODAY) - days(given, "listed_on")).dt.days
    clients = sample("clients").query("state == 'looking'")
    shown = sample("viewings").query("state == 'done'")
    for key, row in found.iterrows():
        one = given.loc[key]
        fits = clients.query("deal == @one.deal and district == @one.district and budget >= @one.price")
        assert row["suits"] == (len(fits) if one["state"] == "open" else 0)
        assert row["viewings"] == (shown["property_id"] == key).sum()
        liking = shown.loc[shown["property_id"] == key, "impression"].mean()
        assert is_blank(row["liking"]) if pd.isna(liking) else row["liking"] == pytest.approx(liking)
        assert is_blank(row["days"]) if pd.isna(waits[key]) else row["days"] == waits[key]
        per_metre = round(one["price"] / one["area"], 2)
        assert is_blank(row["per_metre"]) if pd.isna(per_metre) else row["per_metre"] == per_metre
        assert row["label"] == f"{firm.words('district')[one['district']]} {one['address']}"


def fees_and_arrears():
    """Return what each contract of the sample earns and what rent is owing, without any formula."""
    wanted = sample("contracts").merge(
        sample("properties")[["property_id", "deal", "price"]], on="property_id"
    )
    wanted["amount"] = wanted["amount"].fillna(wanted["price"])
    rate = pd.cut(
        wanted["amount"], [0, 3_000_000, 8_000_000, float("inf")], right=False, labels=[0.02, 0.015, 0.01]
    )
    is_let = wanted["deal"] == "let"
    wanted["fee"] = (wanted["amount"] * rate.astype(float)).where(~is_let, wanted["amount"] * 0.5).round(2)
    begun, end = days(wanted, "signed_on"), days(wanted, "until").clip(upper=TODAY).fillna(TODAY)
    whole = (end.dt.year - begun.dt.year) * 12 + end.dt.month - begun.dt.month - (end.dt.day < begun.dt.day)
    paid = wanted["contract_id"].map(sample("rents").groupby("contract_id")["amount"].sum()).fillna(0)
    wanted["arrears"] = ((whole + 1) * wanted["amount"] - paid).where(is_let, 0).round(2)
    return wanted.set_index("contract_id")


def test_contracts_earn_their_fee_and_know_what_rent_is_owing(firm):
    found, wanted = firm.frame("contracts"), fees_and_arrears()
    for label in ("amount", "fee", "arrears"):
        assert found[label].astype(float).to_dict() == wanted[label].to_dict()
    assert wanted["arrears"].sum() > 0


def test_the_page_counts_the_same(firm):
    given, shown, wanted = (
        sample("properties"),
        sample("viewings").query("state == 'done'"),
        fees_and_arrears(),
    )
    open_ones = given.query("state == 'open'")
    stale = (TODAY - days(open_ones, "listed_on")).dt.days > 60
    this_month = days(shown, "at").dt.to_period("M") == TODAY.to_period("M")
    assert {name: firm.cell(name) for name in ("open_properties", "stale_share", "viewings_done", "fees_year", "arrears_all")} == {
        "open_properties": len(open_ones), "stale_share": stale.sum() / len(open_ones), "viewings_done": this_month.sum(),
        "fees_year": wanted["fee"].sum(), "arrears_all": wanted["arrears"].sum(),
    }  # fmt: skip
    sheet = firm.workbook[firm.book.pages["agency_day"].title]
    drawn = {
        str(line[0].value): [cell.value for cell in line[1:4]] for line in sheet.iter_rows() if line[1].value
    }
    for back in range(6):
        month = TODAY.to_period("M") - back
        viewings = (days(shown, "at").dt.to_period("M") == month).sum()
        fees = wanted.loc[days(wanted, "signed_on").dt.to_period("M") == month, "fee"].sum()
        assert drawn[str(back)] == [str(month), viewings, fees]


def test_viewings_at_night_or_at_once_are_told(firm):
    shown = sample("viewings")
    at = days(shown, "at")
    late = ~at.dt.hour.between(8, 19)
    pairs = shown.assign(at=at).merge(shown.assign(at=at), on="property_id", suffixes=("", "_other"))
    pairs = pairs[pairs["viewing_id"] != pairs["viewing_id_other"]]
    near = pairs.loc[(pairs["at"] - pairs["at_other"]).abs() < pd.Timedelta(hours=1), "viewing_id"]
    wanted = {str(one) for one in (*shown.loc[late, "viewing_id"], *near)}
    assert firm.told_rows("viewings", "at") == wanted == {"1004", "1005", "1006"}
    assert {(one["code"], one["field"]) for one in firm.issues} == {("check.rule", "at")}


def test_what_is_due_is_told_with_who_is_in_charge(firm):
    code, told = run_json("remind", firm.folder, "--days", 60, *DAY)
    assert code == 0, told
    due = [
        (*one["reminder"].split("/")[:2], one["customer_id"], one["due"], one["owner"])
        for one in told["reminders"]
    ]
    assert due == [
        ("clients", "call", "C-004", "2025-06-25", "吴磊"),
        ("viewings", "ask", "C-003", None, "吴磊"),
        ("contracts", "arrears", "C-002", None, "周敏"),
        ("clients", "call", "C-003", "2025-07-03", "吴磊"),
        ("properties", "stale", "", None, ""),
        ("contracts", "ends", "C-002", "2025-08-27", "周敏"),
    ]
    occasions = {one["table"]: one["reminder"].rpartition("/")[2] for one in told["reminders"]}
    assert (occasions["contracts"], occasions["properties"]) == (
        "2025-08-27",
        "4",
    )  # 121 days: the fifth month


def test_an_answer_is_written_where_it_belongs(firm):
    line = next(
        number
        for number, row in enumerate(firm.lines("reminders"), 1)
        if str(row[-1]).startswith("viewings/ask")
    )
    firm.type("reminders", line, {"decision": firm.words("reminder_decision")["done"], "note": "嫌远"})
    firm.sync()
    asked = firm.frame("viewings").loc["1004"]
    assert (asked["feedback"], pd.Timestamp(asked["asked_on"])) == ("嫌远", TODAY)
    assert not any(str(row[-1]).startswith("viewings/ask") for row in firm.lines("reminders"))


def test_agreeing_opens_the_contract_and_closing_dates_the_property(firm):
    firm.type("clients", 5, {"state": firm.words("client_state")["agreed"], "chosen": "H-007"})
    firm.type("properties", 8, {"state": firm.words("property_state")["closed"]})
    firm.sync()
    opened = firm.frame("contracts").loc["3"]
    assert (opened["client_id"], opened["property_id"], opened["contract_no"]) == (
        "C-004",
        "H-007",
        "HT 2025-003",
    )
    assert (opened["amount"], opened["fee"]) == (
        2_950_000,
        0,
    )  # the price of the property; nothing is signed yet
    assert pd.Timestamp(firm.frame("properties").loc["H-007", "closed_on"]) == TODAY
    again = firm.sync()
    assert again["workbooks"][0]["state"] == "unchanged"


def test_an_old_list_is_understood_by_the_agency_s_own_words(firm, tmp_path):
    source = tmp_path / "old.csv"
    source.write_text(
        "客人,电话,需求,意向区域,心理价位,微信\n冯远,13900139001,求购,西湖区,面议,fy88\n孙悦,13800138013,求购,滨江区,5600000,\n"
        if firm.lang == "zh"
        else "客人,Telephone,Wants,area wanted,top price,WeChat\n冯远,13900139001,买房,Xihu,面议,fy88\n孙悦,13800138013,求购,Binjiang,5600000,\n",
        encoding="utf-8",
    )
    code, told = run_json("import", source, "--into", firm.path, "--policy", "overwrite", "--yes", *DAY)
    assert code < 2, told
    assert [one["table"] for one in told["lists"]] == ["clients"]
    firm.sync()
    found = firm.frame("clients").set_index("name")
    new, known = found.loc["冯远"], found.loc["孙悦"]
    assert (new["deal"], new["district"]) == (firm.words("deal")["sale"], firm.words("district")["xihu"])
    assert is_blank(new["budget"])
    assert known["budget"] == 5_600_000


def test_a_list_of_which_the_clients_know_nothing_is_another_table_s(firm, tmp_path):
    source = tmp_path / "old.csv"
    titles = firm.book.tables["rents"].fields
    source.write_text(f"{titles['contract_id'].title},{titles['amount'].title}\n2,4800\n", encoding="utf-8")
    _, told = run_json("import", source, "--into", firm.path, "--dry-run", *DAY)
    assert [one["table"] for one in told["lists"]] == ["rents"]


@pytest.mark.slow
def test_the_book_lives_through_a_change_of_its_files(firm):
    firm.write(
        "schemas/rents.yaml",
        "lists:\n  way: {title: {zh: 收款方式, en: Paid by}, values: {bank: {zh: 转账, en: Bank}}}\n",
    )
    firm.write(
        "schemas/more.yaml",
        "table: contracts\nfields:\n  paid: null\n"
        "  arrears: {title: {zh: 应收租金, en: Rent due}, formula: '=IF([@deal]<>deal.let,0,[@months]*[@amount])'}\n"
        "  way: {title: {zh: 收款方式, en: Paid by}, type: enum, list: way, after: amount}\n",
    )
    firm.rewrite("templates/agency.yaml", "  - table: rents\n", "")
    before = firm.frame("properties")
    firm.sync()
    found = firm.frame("contracts")
    assert "way" in found.columns
    assert found.loc["2", "arrears"] == 4 * 4800
    assert firm.cell("arrears_all") == 4 * 4800
    pd.testing.assert_frame_equal(firm.frame("properties"), before)
    rents = firm.workbook["租金" if firm.lang == "zh" else "Rents"]  # the sheet is the agency's own now
    assert [cell.value for cell in rents["D"]][1:4] == [4800, 4800, 4000]
