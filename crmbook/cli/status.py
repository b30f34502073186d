"""``crmbook status``: a folder at a glance, and what needs attention; exit code 3 held, 1 something to do, else 0."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.table import Table

from crmbook.base import CrmbookError, describe, without_passwords
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say, say_item, say_json
from crmbook.cli.location import find_store
from crmbook.cli.options import AsJson, Lang, Place, StoreLocation, words
from crmbook.cli.screen import Screen, styled
from crmbook.cli.terminal import Terminal
from crmbook.watch import Condition, exit_code, list_needs, look_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from crmbook.base import Language
    from crmbook.watch import Need, Overview, Seen

_STYLES: Final = {
    Condition.CURRENT: ("status.current", "green"),
    Condition.BUILT: ("status.built", "green"),
    Condition.CHANGED: ("status.changed", "cyan"),
    Condition.BEHIND: ("status.behind", "cyan"),
    Condition.WAITING: ("status.wait", "yellow"),
    Condition.UNWRITTEN: ("status.unwritable", "bold red"),
    Condition.HELD: ("status.hold", "bold red"),
    Condition.FAILED: ("status.fail", "bold red"),
    Condition.NEW: ("status.new", "cyan"),
    Condition.MISSING: ("status.missing", "dim"),
}
_LIVES: Final = {"watching": "green", "standby": "green", "silent": "yellow", "lost": "bold red"}
_COUNTS: Final = {"errors": "red", "warnings": "yellow", "conflicts": "red", "overrides": "italic"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("status", cls=Command, help=words("cli.status.help"))(status)


def status(
    path: Place = None,
    lang: Lang = None,
    store: StoreLocation = None,
    as_json: AsJson = False,
) -> None:
    """Show the state of a folder."""
    language = as_language(lang)
    if path is not None and not path.exists():
        raise CrmbookError("file.missing", path=path)
    location = find_store(path, store)
    folder = Path.cwd() if path is None else path if path.is_dir() else path.absolute().parent
    overview = look_over(folder, location)
    needs = list_needs(overview, language)
    if as_json:
        say_json(_overview_json(overview, needs))
    else:
        _say_head(overview, language)
        _say_workbooks(overview.workbooks, language)
        _say_needs(needs, language)
    raise typer.Exit(code=exit_code(needs))


def _say_head(overview: Overview, lang: Language) -> None:
    """Print which folder this is, and who watches it."""
    count = sum(seen.condition is not Condition.MISSING for seen in overview.workbooks)
    console = Terminal()
    params: dict[str, Any] = {"folder": overview.folder, "count": count, "books": len(overview.revisions)}
    params["revision"] = "–".join(str(number) for number in overview.revisions.values())
    title = describe("status.title" if len(overview.revisions) == 1 else "status.title-books", lang, params)
    console.print(title, style="bold")
    params["folder"] = f'"{overview.folder}"'
    status = overview.status
    if status is not None:
        moments = {"started": status.started, "beat": status.beat, "next": status.next_run}
        params |= {name: _moment(text) for name, text in moments.items()}
        params |= {"pid": status.pid, "host": status.host, "behind": status.behind}
    life = describe(f"status.life-{overview.life}", lang, params)
    if status is not None and status.polls and overview.life == "watching":
        life += f" · {describe('status.polls', lang, {})}"
    mark = "●" if overview.life in _LIVES else "○"
    console.print(f"{mark} {life}", style=_LIVES.get(overview.life, "dim"))
    if overview.elsewhere:
        console.print(describe("status.elsewhere", lang, {"count": overview.elsewhere}), style="dim")


def _say_workbooks(workbooks: Sequence[Seen], lang: Language) -> None:
    """Print one line per workbook; of the columns that may be empty only those that are not."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    shown = [name for name in ("holder", *_COUNTS) if any(getattr(seen, name) for seen in workbooks)]
    columns = [name for name in ("workbook", "holder", "condition", "synced", *_COUNTS)
               if name in shown or name not in {"holder", *_COUNTS}]  # fmt: skip
    for name in columns:
        justify = "right" if name in _COUNTS else "left"
        table.add_column(describe(f"status.column-{name}", lang, {}), overflow="fold", justify=justify)  # type: ignore[arg-type]
    for seen in workbooks:
        cells = {
            "workbook": styled(seen.name),
            "holder": styled(seen.holder),
            "condition": _condition(seen, lang),
            "synced": styled(_moment(seen.synced), style="dim"),
        }
        cells |= {
            name: styled(str(getattr(seen, name) or ""), style=style) for name, style in _COUNTS.items()
        }
        table.add_row(*(cells[name] for name in columns))
    console = Screen()
    console.print()
    console.print(table)
    console.print()


def _condition(seen: Seen, lang: Language) -> Text:
    code, style = _STYLES[seen.condition]
    text = describe(code, lang, {})
    if seen.open_by:
        text = describe("status.open-by", lang, {"text": text, "holder": seen.open_by})
    return styled(text, style=style)


def _say_needs(needs: Sequence[Need], lang: Language) -> None:
    """Print what waits for a person, and how to mend it."""
    if not needs:
        say("status.nothing", lang)
        return
    console = Terminal()
    console.print(describe("status.needs", lang, {}), style="bold")
    for need in needs:
        style = {0: "", 1: "yellow"}.get(need.exit_code, "bold red")
        console.print(f"  {need.problem}", style=style)
        for detail in need.details:
            say_item(f"    {detail.problem}", style=style)
            if detail.remedy:
                say_item(f"      → {detail.remedy}")
        if need.remedy:
            console.print(f"    → {need.remedy}")


def _moment(text: str) -> str:
    """Return a moment as people read it: the time of today, else the day too; a mere day as it is."""
    if not text:
        return "–"
    if len(text) == len("2026-11-22"):
        moment, shown = datetime.combine(date.fromisoformat(text), datetime.min.time()), ""
    else:
        moment = datetime.fromisoformat(text).astimezone()
        shown = f"{moment:%H:%M}"
    today = datetime.now(moment.tzinfo).date()
    if moment.date() == today and shown:
        return shown
    day = f"{moment:%m-%d}" if moment.year == today.year else f"{moment:%Y-%m-%d}"
    return f"{day} {shown}".strip()


def _overview_json(overview: Overview, needs: Sequence[Need]) -> dict[str, Any]:
    """Return everything as JSON data."""
    status = overview.status
    names = ("pid", "host", "started", "beat", "behind", "polls", "next_run")
    watcher = {name: getattr(status, name) for name in names} if status else {}
    return {
        "folder": str(overview.folder),
        "store": without_passwords(str(overview.location)),
        "revisions": dict(overview.revisions),
        "elsewhere": overview.elsewhere,
        "conflicts": overview.conflicts,
        "watcher": {"life": overview.life, **watcher},
        "workbooks": [_seen_json(seen) for seen in overview.workbooks],
        "needs": [dataclasses.asdict(need) for need in needs],
    }


def _seen_json(seen: Seen) -> dict[str, Any]:
    """Return the state of a workbook as JSON data; its issues are those of `sync --json`."""
    data = dataclasses.asdict(dataclasses.replace(seen, issues=()))
    del data["issues"]
    return data
