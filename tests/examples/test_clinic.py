"""The dental clinic among the examples: a workspace of its own, built, filled, synced, changed and computed by pandas."""

from __future__ import annotations

from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest

from crmbook.schema import find_doubts
from tests.cli.run import run_json
from tests.examples.firm import AS_OF, DAY, EXAMPLES, is_blank, open_firm
from tests.examples.firm import sample as sample_of


def sample(table):
    return sample_of("clinic", table, receipt=str, tooth=str)


@pytest.fixture(scope="module", params=["zh", "en"])
def firm(request, tmp_path_factory):
    """The clinic's book, filled with the sample and synced."""
    return open_firm("clinic", request.param, tmp_path_factory.mktemp("clinic"))


def test_nothing_about_it_is_doubtful():
    assert find_doubts("clinic", EXAMPLES / "clinic") == ()


@pytest.mark.sample(1)
def test_what_is_owing_and_when_to_come_again(firm):
    found = firm.frame("patients")
    treated = sample("treatments").fillna({"paid": 0})
    sums = treated.groupby("patient_id")[["fee", "paid"]].sum().reindex(found.index, fill_value=0)
    assert found["owing"].astype(float).to_dict() == (sums["fee"] - sums["paid"]).round(2).to_dict()
    visits = sample("appointments")
    done = visits[visits["state"] == "done"]
    last = pd.to_datetime(done["begin"]).dt.normalize().groupby(done["patient_id"]).max()
    for patient, row in found.iterrows():
        if patient in last:
            assert pd.Timestamp(row["last_visit"]) == last[patient]
            assert pd.Timestamp(row["recall"]) == last[patient] + pd.DateOffset(months=6)
        else:
            assert is_blank(row["recall"])


def test_the_page_counts_the_same(firm):
    visits, treated = sample("appointments"), sample("treatments")
    seen = visits[visits["state"] == "done"]["patient_id"].nunique()
    wanted = {
        "patients_seen": seen,
        "billed_all": treated["fee"].sum(),
        "owing_all": round(treated["fee"].sum() - treated["paid"].sum(), 2),
        "missed_rate": (visits["state"] == "missed").mean(),
    }
    assert {name: firm.cell(name) for name in wanted} == pytest.approx(wanted)


def test_appointments_that_overlap_are_told_and_those_that_touch_are_not(firm):
    visits = sample("appointments")
    visits["begin"] = pd.to_datetime(visits["begin"])
    visits["end"] = visits["begin"] + pd.to_timedelta(visits["minutes"], unit="min")
    pairs = visits.merge(visits, how="cross", suffixes=("", "_other"))
    pairs = pairs[pairs["appointment_id"] != pairs["appointment_id_other"]]
    both = pairs[(pairs["begin"] < pairs["end_other"]) & (pairs["begin_other"] < pairs["end"])]
    for field in ("dentist", "chair"):
        same = both[both[field] == both[f"{field}_other"]]
        assert firm.told_rows("appointments", field) == set(same["appointment_id"].astype(str))
    assert {one["field"] for one in firm.issues} == {"dentist"}


def test_who_is_to_be_called_is_on_the_page_of_reminders(firm):
    found = firm.frame("patients")
    booked = sample("appointments").query("state == 'booked'")["patient_id"].tolist()
    limit = pd.Timestamp(AS_OF) + pd.Timedelta(days=14)
    due = [key for key, day in found["recall"].items() if not is_blank(day) and pd.Timestamp(day) <= limit]
    wanted = [key for key in due if key not in booked]
    code, told = run_json("remind", firm.folder, "--days", 14, *DAY)
    assert code == 0, told
    assert str(wanted[0]) == "P-001"
    assert len(wanted) == 1
    assert found.loc["P-001", "name"] in str(told)


@pytest.mark.sample(1)
def test_the_book_lives_through_a_change_of_its_files(firm):
    treatments = firm.book.tables["treatments"]
    firm.type(
        "treatments",
        6,
        {"patient_id": "P-003", "kind": firm.words("treatment_kind")["check"], "fee": 120, "paid": 120},
    )
    firm.write(
        "schemas/more.yaml",
        "table: patients\nfields:\n  insurance: {title: {zh: 医保, en: Insurance}, type: text, after: phone}\n"
        "  allergies: null\nlocale: {currency: HK$, paper: A5}\n",
    )
    firm.rewrite("templates/clinic.yaml", "hide: [allergies], ", "")
    firm.sync()
    patients, treated = firm.frame("patients"), firm.frame("treatments")
    assert list(patients.columns)[:3] == ["name", "phone", "insurance"]
    assert "青霉素" in patients.to_string()  # the column is the clinic's own now
    assert treated["receipt"].tolist() == ["2024-0001", "2025-0001", "2025-0002", "2025-0003", "2025-0004"]
    sheet = openpyxl.load_workbook(firm.path)[treatments.title]
    fee = next(cell.column_letter for cell in sheet[1] if cell.value == treatments.fields["fee"].title)
    assert {cell.number_format for cell in sheet[fee][1:6]} == {'"HK$"#,##0.00'}
    assert int(sheet.page_setup.paperSize) == 11


@pytest.mark.sample(1)
def test_another_theme_reaches_the_book_and_the_sync_says_so(firm):
    firm.rewrite("templates/clinic.yaml", "#1B6E6A", "#AA2200")
    told = firm.sync()
    assert firm.book.accent == "#AA2200"
    assert "theme-changed" in str(told["workbooks"][0]["notes"])
    with ZipFile(firm.path) as package:
        painted = [name for name in package.namelist() if b"AA2200" in package.read(name)]
        assert {"xl/styles.xml", "xl/worksheets/sheet1.xml"} <= set(painted)
