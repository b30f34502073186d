"""Whatever is done to the files, loading gives a book or problems with a place and words; never anything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbook.schema import Layout, SchemaError, load_book
from tests.schema.world import WORLD, write_world

TOKEN = re.compile(r"[\w.]+|'[^'\n]*'|[^\w\s]")
JUNK = st.sampled_from([
    "", "x", "7", "-1", "1.5", "true", "null", "[]", "{}", "[1]", "{a: 1}", "''", "'='", "'=1+'", "'=as_of'", "2023-01-05",
    "customers", "orders", "name", "level.high", "*a", "&a", "!x", "<<", "|", "- ", "\t", "\n", "ref", "enum", "客户",
    "'=[@name]'", "'=customers[name]'", "as_of", "9" * 20, ".inf", ".nan", "id", "~", "[[]]", "{zh: a, en: b}",
])  # fmt: skip


@st.composite
def damaged_worlds(draw):
    name = draw(st.sampled_from(sorted(WORLD)))
    text = WORLD[name]
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            lines = text.split("\n")
            del lines[draw(st.integers(0, len(lines) - 1))]
            text = "\n".join(lines)
        tokens = list(TOKEN.finditer(text))
        if tokens:
            token = draw(st.sampled_from(tokens))
            text = text[: token.start()] + draw(JUNK) + text[token.end() :]
    return {name: text}


@pytest.mark.slow
@given(damaged_worlds())
@settings(
    derandomize=True,
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_loading_gives_a_book_or_problems(tmp_path, changes):
    write_world(tmp_path, changes)
    try:
        book = load_book(base=tmp_path)
    except SchemaError as error:
        check_problems(error, tmp_path, changes)
    else:
        assert Layout(book).tables.keys() == book.tables.keys()


def check_problems(error, folder, changes):
    assert error.problems
    for item in error.problems:
        if item.code == "schema.unknown-template":
            continue
        lines = (folder / item.location.file).read_text(encoding="utf-8").split("\n")
        assert 1 <= item.location.line <= len(lines) + 1, item
        assert item.location.column >= 1
        for lang in ("zh", "en"):
            assert item.line(lang).startswith(str(item.location))


@pytest.mark.sample(30)
@pytest.mark.parametrize("name", sorted(WORLD))
@pytest.mark.parametrize(
    "text", ["", "1\n", "[]\n", "text\n", "a: b\n", "table: x\n", "lists:\n", "pages: 1\n", "template: t\n"]
)
def test_file_replaced_by_something_else(tmp_path, name, text):
    write_world(tmp_path, {name: text})
    try:
        load_book(base=tmp_path)
    except SchemaError as error:
        check_problems(error, tmp_path, {name: text})
