"""The question about a held workbook, beside it as a text: where it cannot be put into the workbook itself.

An open workbook takes no line in its 校验问题. The text says what was found, and how to confirm it; it goes as soon
as it is answered, or stands in the workbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.file import read_bytes, write_atomically
from crmbook.issues import describe

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.breaker import Plan
    from crmbook.issues import Language


def question_path(path: Path) -> Path:
    """Return where the question about a workbook stands: ``客户管理.held.txt``."""
    return path.with_name(f"{path.stem}.held.txt")


def ask(path: Path, plan: Plan, lang: Language) -> None:
    """Put the question beside a workbook, unless it stands there already.

    Raises
    ------
    CrmbookError
        ``file.unwritable``.
    """
    told = {"name": path.name, "plan": plan.id}
    lines = [describe("breaker.question", lang, told)]
    for finding in plan.findings:
        lines += [f"- {finding.text(lang)}", f"  {finding.remedy(lang)}"]
    data = "\n".join([*lines, describe("breaker.how", lang, told), ""]).encode("utf-8-sig")
    place = question_path(path)
    if not place.exists() or read_bytes(place) != data:
        write_atomically(place, data)


def take_away(path: Path) -> None:
    """Remove the question about a workbook, if one stands there."""
    place = question_path(path)
    if place.exists():
        place.unlink(missing_ok=True)
