"""The shipped examples as tables of canonical values."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.base.errors import CrmbookError
from crmbook.build.example import Example, load_example
from tests.books import TEMPLATES, book_of


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_has_its_sample(template):
    example = load_example("sample", template)
    frames = example.frames(book_of(template))
    assert example.template == template
    assert all(len(frame) for frame in frames.values())


def test_values_are_canonical():
    frames = load_example("sample", "standard").frames(book_of())
    row = frames["transactions"].iloc[0]
    assert (row["transaction_id"], row["customer_id"], row["amount"]) == ("1001", "001", 500)
    assert row["date"].date() == date(2023, 1, 1)
    assert frames["customers"]["gender"].tolist() == ["男", "女"]
    assert load_example("sample", "standard").frames(book_of(lang="en"))["customers"]["gender"].tolist() == [
        "Male",
        "Female",
    ]


@pytest.mark.parametrize(
    ("name", "template", "code"),
    [
        ("none", None, "example.unknown"),
        ("../sample", None, "example.unknown"),
        ("sample", "x", "example.no-sample"),
    ],
)
def test_an_unknown_example_is_refused(name, template, code):
    with pytest.raises(CrmbookError) as caught:
        load_example(name, template)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["date\n2023-13-01\n", "amount\nmany\n"])
def test_a_value_that_does_not_fit_is_named(tmp_path, text):
    (tmp_path / "transactions.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CrmbookError) as caught:
        Example(tmp_path, "standard", date(2023, 4, 1), {}).frames(book_of())
    assert caught.value.code == "example.bad-value"
