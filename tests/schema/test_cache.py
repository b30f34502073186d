"""What is kept of parsed YAML is exactly what parsing gives, and never in the way."""

from __future__ import annotations

import pytest

from crmbook.schema import shipped
from crmbook.schema.cache import cache_folder, keep, recall
from crmbook.schema.source import parse_source

FILES = [path for kind in ("schemas", "templates") for path in sorted(shipped(kind).glob("*.yaml"))]
DATES = "# dates, moments, numbers, blocks\n" * 30 + (
    "a: 2023-01-05\nb: 2023-01-05 10:30:00\nc: [1, 2.5, true, null, '1']\nd: |\n  two\n  lines\ne: {}\nf: []\ng: \"\\t\"\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.sample(23)
@pytest.mark.parametrize(
    "text",
    [*(path.read_text(encoding="utf-8") for path in FILES), DATES],
    ids=[*(path.name for path in FILES), "dates"],
)
def test_what_is_recalled_is_what_was_parsed(text):
    node, problems = parse_source(text, "here.yaml")
    assert not problems
    keep(text, node)
    recalled = recall(text, "here.yaml")
    assert recalled == node or len(text) < 500
    assert recall(text + " ", "here.yaml") is None


def test_places_are_in_the_file_that_is_asked_for():
    keep(DATES, parse_source(DATES, "one.yaml")[0])
    assert recall(DATES, "two.yaml") == parse_source(DATES, "two.yaml")[0]
    assert (
        recall(DATES, "two.yaml").at("d").character(4).line
        == parse_source(DATES, "x")[0].at("d").character(4).line
    )


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1]", b"[[]]", b'["mapping", 3, 1, 1, 1, 1, null, ""]', b"\xff"]
)
def test_damaged_entry_counts_as_none(folder, damage):
    keep(DATES, parse_source(DATES, "f.yaml")[0])
    (entry,) = folder.iterdir()
    entry.write_bytes(damage)
    assert recall(DATES, "f.yaml") is None


def test_folder_that_cannot_be_written_is_no_obstacle(folder):
    folder.write_text("a file where the folder would be", encoding="utf-8")
    keep(DATES, parse_source(DATES, "f.yaml")[0])
    assert recall(DATES, "f.yaml") is None


def test_cache_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("CRMBOOK_CACHE", "off")
    keep(DATES, parse_source(DATES, "f.yaml")[0])
    assert cache_folder() is None
    assert recall(DATES, "f.yaml") is None


def test_cache_does_not_grow_for_ever(folder):
    for number in range(410):
        text = f"{DATES}z: {number}\n"
        keep(text, parse_source("a: 1\n", "f.yaml")[0])
    assert len(list(folder.iterdir())) <= 400
