"""Print the specimens as they stand in ``docs/ooxml.md``; with ``--write``, write them there."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ooxml.specimens import REFUSED, SPECIMENS

NOTE = Path(__file__).parents[3] / "docs" / "ooxml.md"
START, END = "<!-- specimens -->\n", "<!-- end -->"


def table() -> str:
    """Return both lists as Markdown tables."""
    lines = ["| specimen | holds |", "|---|---|"]
    lines += [f"| {item.name} | {_cell(item.feature)} |" for item in SPECIMENS]
    lines += ["", "| refused | holds | code |", "|---|---|---|"]
    lines += [f"| {item.name} | {_cell(item.feature)} | `{item.code}` |" for item in REFUSED]
    return "\n".join(lines) + "\n"


def written() -> str:
    """Return the note with its tables brought up to date."""
    before, _, rest = NOTE.read_text(encoding="utf-8").partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    if "--write" in sys.argv:
        NOTE.write_text(written(), encoding="utf-8")
    else:
        sys.stdout.write(table())
