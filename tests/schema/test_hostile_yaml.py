"""YAML that is no schema at all: each mistake is named with its place, in bounded time, and never a traceback."""

from __future__ import annotations

import os

import pytest

from crmbook.schema import load_book
from crmbook.schema.problem import SchemaError
from tests.schema.problems import find_problems

TABLE = """
table: {name}
title: {{zh: 我的表, en: Mine}}
key: number
fields:
  number: {{title: {{zh: 编号, en: No}}, type: id, start: {start}}}
  amount: {{title: {{zh: 数, en: Amount}}, type: number, min: {least}, width: {width}}}
"""


def written(**values: object) -> str:
    return TABLE.format(**{"name": "mine", "start": 1, "least": 0, "width": 12} | values)


def problems_of(tmp_path, text: str | bytes, kind: str = "schemas"):
    folder = tmp_path / kind
    folder.mkdir(exist_ok=True)
    (folder / "a.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return find_problems(tmp_path)


ALIASES = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)
MERGES = "a0: &a0 {x0: 1}\n" + "".join(
    f"a{level}: &a{level} {{b: {{<<: *a{level - 1}}}, c: {{<<: *a{level - 1}}}}}\n" for level in range(1, 30)
)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (written(name="我的表"), "schema.bad-name", 2),
        (written(name="CRM1"), "schema.bad-name", 2),
        ("table: t\ntitle: " + "[" * 3000, "schema.too-deep", 2),
        ("table: t\ntitle: " + "[" * 300 + "]" * 300, "schema.too-deep", 2),
        ("table: t\n" + "".join(" " * level + "a:\n" for level in range(300)), "schema.too-deep", 42),
        (ALIASES, "schema.too-many-aliases", None),
        (MERGES, "schema.too-many-aliases", None),
        ("a: &a [*a]", "schema.bad-yaml", 1),
        (b"\xff\xfet\0a\0", "schema.not-utf8", 1),
        (written(start="9" * 6000), "schema.bad-yaml", 6),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_what_is_no_schema_is_named_with_its_place(tmp_path, text, code, line):
    found = {(one.code, one.location.line) for one in problems_of(tmp_path, text)}
    assert any(known == code for known, _ in found), found
    if line is not None:
        assert (code, line) in found


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "value", ["1e400", ".inf", "-.inf", ".nan", "9" * 400, "1e308", "0x" + "f" * 500, "1_0:59:59"]
)
@pytest.mark.parametrize("key", ["start", "least", "width"])
def test_a_number_beyond_reason_ends_no_command(tmp_path, key, value):
    problems_of(tmp_path, written(**{key: value}))
    try:
        load_book("standard", "zh", tmp_path)
    except SchemaError as error:
        assert all(one.location.line for one in error.problems)  # noqa: PT017 - no problem at all is right as well


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", ["schemas", "templates"])
def test_a_folder_a_pipe_and_a_huge_file_are_no_yaml(tmp_path, kind):
    folder = tmp_path / kind
    (folder / "x.yaml").mkdir(parents=True)
    os.mkfifo(folder / "y.yaml")
    with (folder / "z.yaml").open("wb") as file:
        file.truncate(5 << 30)
    found = {one.location.file.rpartition("/")[2]: one.code for one in find_problems(tmp_path)}
    assert found == dict.fromkeys(["x.yaml", "y.yaml", "z.yaml"], "schema.unreadable-file")
    with pytest.raises(SchemaError):
        load_book("standard", "zh", tmp_path)
