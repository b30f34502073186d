"""The question about a held workbook, beside it as a text: where it cannot be put into the workbook itself.

An open workbook takes no line in its 校验问题. The text says what was found, and how to confirm it; it goes as soon
as it is answered, or is in the workbook. A text of that name which somebody else wrote is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, describe, read_bytes, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.ingest import Plan

_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_QUESTIONS: Final = 9
"""How many names are tried until one is free."""


def question_path(path: Path) -> Path:
    """Return where the question about a workbook is: ``客户管理.held.txt``, or the next name that is free."""
    candidates = [
        path.with_name(f"{path.stem}.held{number}.txt") for number in ("", *range(2, _QUESTIONS + 1))
    ]
    free = (candidate for candidate in candidates if not candidate.exists() or _is_ours(candidate, path))
    return next(free, candidates[-1])


def ask(path: Path, plan: Plan, lang: Language) -> None:
    """Put the question beside a workbook, unless it is there already.

    Raises
    ------
    CrmbookError
        ``file.unwritable``; ``file.exists`` where other texts have every name that it may have.
    """
    params = {"name": path.name, "plan": plan.id}
    lines = [describe("breaker.question", lang, params)]
    for finding in plan.findings:
        lines += [f"- {finding.text(lang)}", f"  {finding.remedy(lang)}"]
    data = "\n".join([*lines, describe("breaker.how", lang, params), ""]).encode("utf-8-sig")
    candidate = question_path(path)
    if candidate.exists() and not _is_ours(candidate, path):
        raise CrmbookError("file.exists", path=candidate)
    if not candidate.exists() or read_bytes(candidate) != data:
        write_atomically(candidate, data)


def take_away(path: Path) -> None:
    """Remove the question about a workbook, if one is there."""
    candidate = question_path(path)
    if candidate.exists() and _is_ours(candidate, path):
        candidate.unlink(missing_ok=True)


def _is_ours(candidate: Path, path: Path) -> bool:
    """Return whether a text is a question about a workbook, by its first line."""
    try:
        first = read_bytes(candidate).decode("utf-8-sig").split("\n", 1)[0].rstrip("\r")
    except (CrmbookError, UnicodeDecodeError):
        return False
    return any(first.startswith(before) and first.endswith(after) for before, after in _iter_ends(path))


def _iter_ends(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what the first line of a question begins and ends with, in each language: the plan is between them."""
    for lang in _LANGUAGES:
        before, _, after = describe("breaker.question", lang, {"name": path.name, "plan": "\0"}).partition(
            "\0"
        )
        yield before, after
