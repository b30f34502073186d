"""What `crmbook import` says: in words as it goes on, or as one piece of JSON at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crmbook.base import describe
from crmbook.cli.console import issue_json, say, say_json
from crmbook.cli.imported import say_done, say_plan, say_undone
from crmbook.cli.lines import lines_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.base import CrmbookError, Language
    from crmbook.exchange import Lot, Planned, Undone
    from crmbook.schema import Book


class TextReporter:
    """Tells a person."""

    def __init__(self, lang: Language) -> None:
        self.lang = lang

    def hidden(self, name: str, sheet: str) -> None:
        """Report a hidden sheet that is passed over."""
        say("cli.import-hidden", self.lang, name=name, sheet=sheet)

    def plan(self, book: Book, lot: Lot, planned: Planned) -> None:
        """Report what would be done."""
        say_plan(book, lot, planned, self.lang)

    def preview(self, lot: Lot, path: Path, *, is_declined: bool) -> None:
        """Report a preview that was written."""
        say("cli.import-preview", self.lang, path=path, name=lot.name)
        if is_declined:
            say("cli.import-not-taken", self.lang, name=lot.name)

    def cleared(self, lot: Lot, path: Path) -> None:
        """Say that a preview is of no more use, and gone."""
        say("cli.import-cleared", self.lang, path=path, name=lot.name)

    def taken(self, book: Book, lot: Lot, planned: Planned, revision: int, *, was_shown: bool) -> None:
        """Report what was done."""
        say_done(book, lot, planned, revision, self.lang, was_shown=was_shown)

    def written(self, path: Path, errors: int, warnings: int) -> None:
        """Report a workbook that shows the rows."""
        say("cli.import-synced", self.lang, path=path, errors=errors, warnings=warnings)

    def failed(self, path: Path, count: int) -> None:
        """Report where the rows are that could not be taken."""
        say("cli.import-failures", self.lang, path=path, count=count)

    def mended(self, path: Path, left: int) -> None:
        """Report what is left in a mended list."""
        say("cli.import-failures" if left else "cli.import-mended", self.lang, path=path, count=left)

    def kept(self, path: Path, error: CrmbookError) -> None:
        """Report a mended list out of which nothing was taken, and why."""
        say(
            "cli.import-failures-kept",
            self.lang,
            path=path,
            reason=describe(error.code, self.lang, error.params),
        )

    def undone(self, done: Undone, path: Path, listed: int) -> None:
        """Report what was taken back, and which mended rows wait in their list at `path` again."""
        say_undone(done, self.lang)
        if listed:
            say("cli.import-listed-again", self.lang, path=path, count=listed)

    def interrupted(self, taken: Sequence[tuple[str, int]], left: Sequence[str]) -> None:
        """Report what was done until a person stopped it, and what was not."""
        say("cli.import-interrupted", self.lang)
        for name, revision in taken:
            say("cli.import-interrupted-taken", self.lang, name=name, revision=revision)
        say(
            "cli.import-interrupted-left" if left else "cli.import-interrupted-next",
            self.lang,
            names=tuple(left),
        )
        if taken:
            say("cli.import-interrupted-workbooks", self.lang)

    def end(self, code: str = "") -> None:
        """Report how it ended."""
        if code:
            say(f"cli.import-{code}", self.lang)


class JsonReporter(TextReporter):
    """Tells a program."""

    def __init__(self, lang: Language) -> None:
        super().__init__(lang)
        self._told: dict[str, Any] = {"state": "taken", "lists": []}
        self._lists: dict[str, dict[str, Any]] = {}

    def hidden(self, name: str, sheet: str) -> None:  # noqa: D102
        self._told.setdefault("hidden", []).append({"file": name, "sheet": sheet})

    def plan(self, book: Book, lot: Lot, planned: Planned) -> None:  # noqa: D102
        self._list(lot).update(_planned_json(book, lot, planned, self.lang), state="shown")

    def preview(self, lot: Lot, path: Path, *, is_declined: bool) -> None:  # noqa: ARG002, D102
        self._list(lot).update(state="preview", preview=str(path))

    def cleared(self, lot: Lot, path: Path) -> None:  # noqa: D102
        self._list(lot).setdefault("cleared", []).append(str(path))

    def taken(  # noqa: D102
        self,
        book: Book,
        lot: Lot,
        planned: Planned,
        revision: int,
        *,
        was_shown: bool,  # noqa: ARG002
    ) -> None:
        state = "taken" if revision != planned.plan.based_on else "nothing-new"
        self._list(lot).update(_planned_json(book, lot, planned, self.lang), state=state, revision=revision)

    def written(self, path: Path, errors: int, warnings: int) -> None:  # noqa: D102
        params = {"path": str(path), "errors": errors, "warnings": warnings}
        self._told.setdefault("workbooks", []).append(params)

    def failed(self, path: Path, count: int) -> None:  # noqa: D102
        self._told["failures"] = {"path": str(path), "rows": count}

    def mended(self, path: Path, left: int) -> None:  # noqa: D102
        self.failed(path, left)

    def kept(self, path: Path, error: CrmbookError) -> None:  # noqa: D102
        self._told["failures"] = {"path": str(path), "kept": describe(error.code, self.lang, error.params)}

    def undone(self, done: Undone, path: Path, listed: int) -> None:  # noqa: D102
        params: dict[str, Any] = {"name": done.name, "revision": done.revision, "conflicts": done.conflicts}
        if listed:
            params["failures"] = {"path": str(path), "rows": listed}
        say_json({"state": "undone", **params, "changes": lines_json(done.lines)})

    def interrupted(self, taken: Sequence[tuple[str, int]], left: Sequence[str]) -> None:  # noqa: ARG002, D102
        self.end("interrupted")

    def end(self, code: str = "") -> None:  # noqa: D102
        self._told["state"] = code or self._told["state"]
        say_json(self._told)

    def _list(self, lot: Lot) -> dict[str, Any]:
        """Return what is reported for a list."""
        key = f"{lot.source.path}\n{lot.sheet.title}"
        if key not in self._lists:
            self._lists[key] = {
                "file": str(lot.source.path), "sheet": lot.note.sheet, "rows": len(lot.sheet.frame)
            }  # fmt: skip
            self._told["lists"].append(self._lists[key])
        return self._lists[key]


def _planned_json(book: Book, lot: Lot, planned: Planned, lang: Language) -> dict[str, Any]:
    """Return what would come of a list as JSON data."""
    mapping, plan = planned.mapping, planned.plan
    counts = {
        name: dict(Counter(row.action for row in plan.rows if row.table == name))
        for name in dict.fromkeys(row.table for row in plan.rows)
    }
    left = Counter(one.kind for one in lot.sheet.left_out if one.kind != "header")
    return {
        "table": mapping.table,
        "title": book.tables[mapping.table].title,
        "remembered": asdict(mapping.origin) if mapping.origin else None,
        "columns": [asdict(rule) for rule in mapping.columns],
        "values": [asdict(rule) for rule in mapping.values],
        "left_out": dict(left),
        "counts": counts,
        "failed": len(plan.failed),
        "issues": [issue_json(issue, lang) for issue in plan.issues],
    }
