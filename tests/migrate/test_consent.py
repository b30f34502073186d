"""Consent and retention reach books that were filled before there were any, with their reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests.cli.run import run, run_json
from tests.migrate.test_chinese_birthdays import BOOK, cell, fill
from tests.migrate.test_renewed_pages import build, place_of, redraw
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = """\
template: standard
overrides: {customers: {fields: {consent: null, consent_on: null, keep_until: null}}}
"""


@pytest.mark.slow
def test_the_columns_come_and_whoever_withdraws_or_may_be_kept_no_longer_is_named(tmp_path: Path) -> None:
    redraw(tmp_path, WITHOUT)
    path = tmp_path / BOOK
    build(path, "--example", "sample")
    fill(path, "notes", "喜欢喝茶")
    where = place_of(tmp_path)
    assert run("sync", tmp_path, *where).exit_code < 2
    (tmp_path / "templates" / "mine.yaml").unlink()
    fill(path, "hobbies", "摄影")  # typed while the book still has its old columns
    assert run("sync", tmp_path, *where).exit_code < 2
    assert lint(path.read_bytes()) == []
    assert (cell(path, "notes"), cell(path, "hobbies"), cell(path, "consent")) == ("喜欢喝茶", "摄影", None)

    fill(path, "consent", "已撤回")
    fill(path, "consent_on", "2023-03-20")
    fill(path, "keep_until", "2023-04-15")
    assert run("sync", tmp_path, *where).exit_code < 2
    _, said = run_json("remind", tmp_path, "--workspace", tmp_path, "--as-of", "2023-03-25", "--days", "30")
    found = {one["reminder"].split("/")[1]: (one["due"], one["urgency"]) for one in said["reminders"]}
    assert found["consent-withdrawn"] == ("2023-03-20", "overdue")
    assert found["retention-ends"] == ("2023-04-15", "later")
    before = Package.open(path).to_bytes()
    assert run("sync", tmp_path, *where).exit_code < 2
    assert path.read_bytes() == before
