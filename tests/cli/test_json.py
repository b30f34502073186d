"""What ``--json`` prints is described in ``docs/json``, command by command: `run_json` holds every test to it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from crmbook.cli.reference import commands
from tests.cli.run import DESCRIPTIONS, described, run, run_json

NAMES = sorted(path.stem for path in DESCRIPTIONS.glob("*.json"))


def test_every_command_that_speaks_json_is_described():
    speaking = {name for name, one in commands().items() if any("--json" in item.opts for item in one.params)}
    assert {*NAMES} == speaking | {"common", "error"}


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_valid_itself(name):
    Draft202012Validator.check_schema(json.loads((DESCRIPTIONS / f"{name}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "name", ["sync", "check", "diff", "history", "status", "import", "schema", "restore"]
)
def test_a_description_fits_no_other_result(name):
    with pytest.raises(ValidationError):
        described(name).validate({"version": 1, "anything": True})


@pytest.mark.slow
def test_all_of_a_days_results_are_as_described(tmp_path):
    """Each command once, on a book in which something happened: an edit, an error, a value over a formula."""
    book, day = tmp_path / "book.xlsx", ("--as-of", "2023-04-01")
    assert run("build", "-o", book, "--example", "sample", *day).exit_code == 0
    for words in (
        ("check", book), ("diff", book, *day), ("sync", book, *day), ("status", tmp_path), ("history", book), ("diff", tmp_path, *day),
        ("remind", book, *day), ("restore", book, "--to", 1, *day), ("schema",), ("import", "--forget", "--into", book),
    ):  # fmt: skip
        code, told = run_json(*words)
        assert (code in {0, 1}, told["version"]) == (True, 1), words


def test_an_error_is_as_described(tmp_path):
    code, told = run_json("check", tmp_path / "none.xlsx")
    assert (code, sorted(told), told["error"]["remedy"] != "") == (2, ["error", "version"], True)
