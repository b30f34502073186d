"""A role's copy on ordinary days: whatever is typed into any of its tables is taken in, and nobody is stopped by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from crmbook.build.scope import Scope
from crmbook.schema import LISTS
from crmbook.store import Commit, Image, Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.sync.single import read_and_check
from tests.books import TEMPLATES, book_of
from tests.sync.parts import DAY as PARTS_DAY
from tests.sync.parts import Office, Part, open_office
from tests.sync.shop import DAY, book, workspace

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema import Table
    from crmbook.sync.single import Reading

ROLES = [
    *(("standard", role) for role in book_of().roles),
    *(
        pytest.param(template, role, marks=pytest.mark.deep)
        for template, role in zip(TEMPLATES[1:], ("service", "sales", "service", "sales"), strict=True)
    ),
]


def words(table: Table) -> str | None:
    """A field of a table that takes any text."""
    plain = (
        name
        for name, field in table.fields.items()
        if field.typed and field.type in {"text", "long_text"} and not field.pattern and name != table.key
    )
    return next(plain, None)


def people_tables(part: Part) -> list[str]:
    return [
        name for name, table in part.view.tables.items() if table.managed and not table.seed and words(table)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("template", "role"), ROLES)
def test_every_table_of_a_role_takes_edits_new_rows_and_deletions(tmp_path: Path, template, role):
    office = open_office(tmp_path, template)
    part = office.check_out("岗位.xlsx", Scope(role=role))
    office.sync()
    head = office.head()
    fields = {name: str(words(part.view.tables[name])) for name in people_tables(part)}
    edited = {name: field for name, field in fields.items() if len(head[name])}
    part.type_all(
        {(name, part.place(name).first_row): {field: f"改{name}"} for name, field in edited.items()}
    )
    assert [one.plan for one in office.sync()] == [None, None]
    head = office.head()
    assert {name: head[name][field].iloc[0] for name, field in edited.items()} == {
        name: f"改{name}" for name in edited
    }
    assert office.images(part).keys() == {LISTS} | {
        name for name, one in part.view.tables.items() if one.managed
    }

    added = {
        (name, part.free(name)): {field: f"新{name}"}
        for name, field in fields.items()
        if takes_rows(part, name)
    }
    part.type_all({(name, row): {**cells, **about(part, name)} for (name, row), cells in added.items()})
    assert [one.plan for one in office.sync()] == [None, None]
    head = office.head()
    for name, _ in added:
        assert head[name][fields[name]].tolist().count(f"新{name}") == 1
    part.type_all({(name, row): part.blank(name) for name, row in added})
    assert [(one.plan, one.taken.deleted) for one in office.sync(part)] == [(None, len(added))]
    assert [one.plan for one in office.sync()] == [None, None]


def takes_rows(part: Part, name: str) -> bool:
    """Return whether people add rows to a table, which sync numbers."""
    table = part.view.tables[name]
    return table.one_per is None and table.key_field.type == "id"


def about(part: Part, name: str) -> dict[str, str]:
    return {field.name: "001" for field in part.view.tables[name].references_to("customers")}


@pytest.mark.slow
def test_an_image_that_holds_more_than_the_copy_shows_is_narrowed_when_it_is_read(tmp_path: Path):
    """Earlier versions kept all tables of the book as the image of a role's copy."""
    office = open_office(tmp_path)
    part = office.check_out("岗位.xlsx", Scope(role="service"))
    office.sync()
    _widen_image(office, part)
    assert "prospects" in office.images(part)
    part.type("customers", 2, address="苏州")
    [first, second] = office.sync()
    assert (first.plan, second.plan) == (None, None)
    assert office.head()["customers"]["address"].iloc[0] == "苏州"
    assert "prospects" not in office.images(part)
    assert "opportunity" not in office.images(part)["customers"]


def _widen_image(office: Office, part: Part) -> None:
    with office.store() as store:
        [record] = store.books()
        known = next(one for one in store.workbooks(record.book_id) if one.path == part.path.name)
        head = store.head(record.book_id)
        image = store.image(record.book_id, known.workbook_id, known.export)
        assert image is not None
        wide = Image(known.export, dict(head.tables), written=image.written)
        with store.lease(record.book_id) as lease:
            store.commit(lease, record.book_id, Commit(head.revision, workbook=known, image=wide))


def test_rule_08_what_sync_writes_into_the_row_of_an_empty_table_is_nobodys(tmp_path):
    with Store.open(locate(tmp_path)) as store:
        record = new_record(book(), workspace=workspace())
        start_book(store, record, book(), {}, Wish(tmp_path / "客户.xlsx", DAY, is_beside=True))
        check_out(
            store, record, book(), Wish(tmp_path / "前台.xlsx", DAY, Scope(role="desk"), is_beside=True)
        )
    for _ in range(2):
        report = sync_workbooks(sorted(tmp_path.glob("*.xlsx")), Options(DAY, workspace()))
        assert [(synced.rows, synced.taken.added, list(synced.issues)) for synced in report.workbooks] == [
            (0, 0, [])
        ] * 2


@pytest.mark.sample(2)
@pytest.mark.parametrize(("template", "role"), ROLES)
def test_check_misses_nothing_that_a_role_never_had(tmp_path: Path, template, role):
    office = open_office(tmp_path, template)
    part = office.check_out("岗位.xlsx", Scope(role=role))
    missing = {"check.missing-table", "check.missing-column", "check.rule"}
    reading = checked(part)
    assert [issue for issue in reading.issues if issue.code in missing] == []
    assert reading.rows == sum(
        len(frame) for name, frame in office.head().items() if name in reading.checked.frames
    )
    assert checked(part).checked.frames.keys() == {
        name for name, table in part.view.tables.items() if table.managed
    }


def test_check_says_what_somebody_took_out_of_the_copy_of_a_role(tmp_path: Path):
    office = open_office(tmp_path)
    part = office.check_out("岗位.xlsx", Scope(role="service"))
    sheet = part.place("feedback").sheet
    workbook = load_workbook(part.path)
    del workbook[sheet]
    workbook.save(part.path)
    gone = [issue.location.sheet for issue in checked(part).issues if issue.code == "check.missing-table"]
    assert gone == [sheet]


def checked(part: Part) -> Reading:
    return read_and_check(part.path, part.path.read_bytes(), lambda *_: PARTS_DAY)
