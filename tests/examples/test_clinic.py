"""The dental clinic among the examples: a workspace of its own, built, filled, synced, changed and computed by pandas."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from crmbook.ooxml import Package
from crmbook.schema import find_doubts, load_book
from tests.cli.run import run, run_json
from tests.ooxml_lint import lint

SOURCE = Path(__file__).parents[2] / "examples" / "clinic"
AS_OF = "2025-06-30"
DAY = ("--as-of", AS_OF)


def sample(table):
    return pd.read_csv(SOURCE / "samples" / "clinic" / f"{table}.csv", dtype={"receipt": str, "tooth": str})


@pytest.fixture(scope="module", params=["zh", "en"])
def desk(request, tmp_path_factory):
    """A folder with the workspace and its book, filled with the sample and synced, and what the sync told."""
    folder = tmp_path_factory.mktemp("clinic")
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    path = folder / "book.xlsx"
    made = run("build", "-o", path, "--template", "clinic", "--sample", "--lang", request.param)
    assert made.exit_code == 0, made.output
    assert AS_OF in made.output
    code, told = run_json("sync", path, *DAY)
    assert code == 1, told
    return folder, request.param, told["workbooks"][0]["issues"]


def frame(folder, lang, table):
    book = load_book("clinic", lang, folder)
    sheet = book.tables[table]
    cells = openpyxl.load_workbook(folder / "book.xlsx", data_only=True)[sheet.title]
    lines = [[cell.value for cell in line] for line in cells.iter_rows()]
    found = pd.DataFrame(lines[1:], columns=lines[0])
    found = found.rename(columns={field.title: name for name, field in sheet.fields.items()})
    return found.dropna(subset=[sheet.key]).set_index(sheet.key)


def cell_of(folder, lang, name):
    book = load_book("clinic", lang, folder)
    workbook = openpyxl.load_workbook(folder / "book.xlsx", data_only=True)
    [(sheet, place)] = workbook.defined_names[book.cells[name].title.replace(" ", "_")].destinations
    return workbook[sheet][place.replace("$", "")].value


def test_nothing_about_it_is_doubtful():
    assert find_doubts("clinic", SOURCE) == ()


def test_what_is_owing_and_when_to_come_again(desk):
    folder, lang, _ = desk
    found = frame(folder, lang, "patients")
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
            assert row["recall"] in {None, ""} or pd.isna(row["recall"])


def test_the_page_counts_the_same(desk):
    folder, lang, _ = desk
    visits, treated = sample("appointments"), sample("treatments")
    seen = visits[visits["state"] == "done"]["patient_id"].nunique()
    wanted = {
        "patients_seen": seen,
        "billed_all": treated["fee"].sum(),
        "owing_all": round(treated["fee"].sum() - treated["paid"].sum(), 2),
        "missed_rate": (visits["state"] == "missed").mean(),
    }
    assert {name: cell_of(folder, lang, name) for name in wanted} == pytest.approx(wanted)


def test_appointments_that_overlap_are_told_and_those_that_touch_are_not(desk):
    _, _, issues = desk
    visits = sample("appointments")
    visits["begin"] = pd.to_datetime(visits["begin"])
    visits["end"] = visits["begin"] + pd.to_timedelta(visits["minutes"], unit="min")
    pairs = visits.merge(visits, how="cross", suffixes=("", "_other"))
    pairs = pairs[pairs["appointment_id"] != pairs["appointment_id_other"]]
    both = pairs[(pairs["begin"] < pairs["end_other"]) & (pairs["begin_other"] < pairs["end"])]
    for field in ("dentist", "chair"):
        same = both[both[field] == both[f"{field}_other"]]
        told = {cell for one in issues if one["field"] == field for cell in one["cells"]}
        rows = {visits["appointment_id"].tolist()[int(cell.lstrip("ABCDEFGH")) - 2] for cell in told}
        assert rows == set(same["appointment_id"])
    assert {one["field"] for one in issues} == {"dentist"}


def test_who_is_to_be_called_is_on_the_page_of_reminders(desk):
    folder, lang, _ = desk
    found = frame(folder, lang, "patients")
    booked = sample("appointments").query("state == 'booked'")["patient_id"].tolist()
    limit = pd.Timestamp(AS_OF) + pd.Timedelta(days=14)
    due = [
        key for key, day in found["recall"].items() if day and not pd.isna(day) and pd.Timestamp(day) <= limit
    ]
    wanted = [key for key in due if key not in booked]
    code, told = run_json("remind", folder, "--days", 14, *DAY)
    assert code == 0, told
    assert str(wanted[0]) == "P-001"
    assert len(wanted) == 1
    assert found.loc["P-001", "name"] in str(told)


def test_the_book_lives_through_a_change_of_its_files(desk):
    folder, lang, _ = desk
    book = load_book("clinic", lang, folder)
    path, treatments = folder / "book.xlsx", book.tables["treatments"]
    package = Package.open(path)
    titles = {cell.value: cell.column_letter for cell in openpyxl.load_workbook(path)[treatments.title][1]}
    for name, value in {
        "patient_id": "P-003",
        "kind": book.lists["treatment_kind"].texts[0],
        "fee": 120,
        "paid": 120,
    }.items():
        package.sheet(treatments.title).set(f"{titles[treatments.fields[name].title]}6", value)
    package.save(path)
    (folder / "schemas" / "more.yaml").write_text(
        "table: patients\nfields:\n  insurance: {title: {zh: 医保, en: Insurance}, type: text, after: phone}\n"
        "  allergies: null\nlocale: {currency: HK$, paper: A5}\n",
        encoding="utf-8",
    )
    roles = (
        (folder / "templates" / "clinic.yaml").read_text(encoding="utf-8").replace("hide: [allergies], ", "")
    )
    (folder / "templates" / "clinic.yaml").write_text(roles, encoding="utf-8")
    result = run("sync", path, *DAY)
    assert result.exit_code < 2, result.output
    patients, treated = frame(folder, lang, "patients"), frame(folder, lang, "treatments")
    assert list(patients.columns)[:3] == ["name", "phone", "insurance"]
    assert "青霉素" in patients.to_string()  # the column is the clinic's own now
    assert treated["receipt"].tolist() == ["2024-0001", "2025-0001", "2025-0002", "2025-0003", "2025-0004"]
    workbook = openpyxl.load_workbook(path)
    formats = {
        cell.number_format for cell in workbook[treatments.title][titles[treatments.fields["fee"].title]][1:6]
    }
    assert formats == {'"HK$"#,##0.00'}
    assert int(workbook[treatments.title].page_setup.paperSize) == 11
    assert lint(path.read_bytes()) == []
