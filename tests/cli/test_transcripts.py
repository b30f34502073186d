"""The first hour at a terminal is what the transcripts show: build, edit, sync, mistake, help, second copy, conflict, status."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.cli.transcript import NAMES, WIDTHS, on_screen, path_of, transcript

QUICK = 7
"""Steps that every run looks at, in Chinese at 80 columns: to build, to edit, to sync, to mistype. The rest takes minutes."""
CASES = [(lang, width) for lang in NAMES for width in WIDTHS]


def test_the_hour_begins_as_written_down():
    begun = transcript("zh", 80, QUICK)
    assert path_of("zh", 80).read_text(encoding="utf-8").startswith(begun)
    assert begun.count("$ crmbook") == QUICK - 2


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "width"), CASES)
def test_the_first_hour_is_as_written_down(lang, width):
    """Where a change is meant, ``python -m tests.cli.transcript`` writes the files anew."""
    assert transcript(lang, width) == path_of(lang, width).read_text(encoding="utf-8")


@pytest.mark.parametrize(("lang", "width"), CASES)
def test_nothing_stands_beyond_the_edge_of_the_terminal(lang, width):
    text = path_of(lang, width).read_text(encoding="utf-8")
    shown = [line for line in text.splitlines() if not line.startswith(("# ", "$ "))]
    assert max(map(cell_len, shown)) <= width


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("abc\r\nd\r\n", "abc\nd\n"),
        ("\x1b[31mred\x1b[0m\r\n", "red\n"),
        ("working …\r\x1b[2Kdone\r\n", "done\n"),
        ("one\r\ntwo\r\x1b[2K\x1b[1A\x1b[2Kthree\r\n", "three\n"),
        ("123456789012\r\n", "1234567890\n12\n"),
        ("汉汉汉汉汉汉\r\n", "汉汉汉汉汉\n汉\n"),
        ("", ""),
    ],
)
def test_what_a_terminal_of_ten_columns_shows(sent, shown):
    assert on_screen(sent, 10) == shown
