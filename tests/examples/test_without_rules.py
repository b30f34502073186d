"""A book without its sheet of scoring rules: every figure is what the files' own rules give."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.build.example import load_example
from crmbook.schema import load_book, recompute
from tests.schema.test_workspace import write

SEEDED = ("bands", "parameters")


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_company_has_the_same_figures_without_the_sheet_of_rules(lang, tmp_path):
    with_rules = load_book("standard", lang)
    without = load_book(
        "mine", lang, write(tmp_path, templates__mine="template: mine\nextends: standard\ndrop: [rules]\n")
    )
    assert not {*SEEDED} & {*without.tables}
    assert without.pruned == ()
    company = load_example("company")
    before = recompute(with_rules, company.frames(with_rules), company.as_of).results
    after = recompute(without, company.frames(without), company.as_of).results
    assert {key for key in before if key[0] not in SEEDED} == after.keys()
    for key, column in after.items():
        pd.testing.assert_series_equal(column, before[key], obj=str(key))


def test_the_rules_of_ones_own_files_hold(tmp_path):
    mine = "template: standard\ndrop: [rules]\nbands: {loyalty_level: {bands: [{from: 0, result: loyalty_level.high}]}}\n"
    book = load_book(workspace=write(tmp_path, templates__standard=mine))
    example = load_example("sample", "standard")
    levels = recompute(book, example.frames(book), example.as_of).results["loyalty", "level"]
    assert set(levels) == {"较高忠诚度"}
