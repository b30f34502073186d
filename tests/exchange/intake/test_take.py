"""Taking a plan in: one revision with the list's name, or none."""

from __future__ import annotations

import pytest

from crmbook.base import BusyError
from crmbook.exchange.intake import ImportNote, standing_imports
from tests.exchange.intake.desk import Club, people

ZHANG = {"name": "张三", "phone": "13800000001"}


def test_an_import_is_one_revision_that_names_the_list(tmp_path):
    club = Club(tmp_path)
    club.bring(ZHANG, {"name": "李四"})
    newest = club.store.revisions(club.record.book_id)[-1]
    assert (newest.number, newest.kind, newest.who, ImportNote.from_text(newest.note).name) == (
        2,
        "import",
        "王芳",
        "名单.csv",
    )
    assert list(standing_imports(club.store.revisions(club.record.book_id))) == [2]


def test_a_plan_of_an_older_head_is_not_taken_in(tmp_path):
    club = Club(tmp_path)
    club.bring(ZHANG)
    plan = club.plan(*people({"name": "李四"}))
    club.edit("people", club.head.tables["people"].index[0], grade="甲")
    with pytest.raises(BusyError) as refused:
        club.take(plan)
    assert refused.value.code == "intake.stale"
    assert len(club.rows()) == 1


@pytest.mark.parametrize("note", [ImportNote("名单.csv"), ImportNote("汇总.xlsx", "2024新增", "ab12")])
def test_a_note_is_read_as_it_was_written(note):
    assert ImportNote.from_text(note.to_text()) == note


@pytest.mark.parametrize(("text", "name"), [("名单.csv", "名单.csv"), ("12", "12")])
def test_any_other_note_is_the_name_of_a_file(text, name):
    assert ImportNote.from_text(text).name == name
