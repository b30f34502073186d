"""The reference of all commands, made from the command line itself: ``python -m crmbook.cli.reference > docs/commands.md``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from crmbook.base import describe
from crmbook.cli.app import app
from crmbook.cli.manual import help_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INTRODUCTION = """\
# Commands

Made from the command line by `python -m crmbook.cli.reference`; a test keeps it true. Exit codes: 0 done and clean, 1 done
with problems to look at, 2 could not run and nothing was changed, 3 held for confirmation, 4 busy, try again.
"""


_JSON = {
    "import": """
`--json` asks nothing: without `--yes`, `--dry-run` or an answered preview the lists are held (exit code 3). It prints `version`
(1), `state` (`taken`, `held`, `dry-run`) and `lists`, each with `file`, `sheet`, `rows`, `state` (`taken`, `nothing-new`,
`preview`, `shown`), `table` and `title`, `remembered` (null, or `name`, `at` and `news` of the map it follows), `columns` and
`values` as they are mapped, `left_out` (rows that are no records, by kind), `counts` (by table: `new`, `update`, `same`,
`duplicate`, `doubtful`, `skip`), `failed` (rows not taken whole), `issues` (as `crmbook check --json` gives them), and `revision`
or `preview`, `cleared` (previews that were deleted, as nobody had changed them); besides `hidden` sheets, `failures` (`path`, `rows`) and `workbooks` (`path`, `errors`, `warnings`). With `--undo`:
`state` `undone`, `name`, `revision`, `conflicts`, `changes`; with `--forget`: `state` and `maps`.
""",
}
"""What `--json` prints, where the option alone does not say it."""


def commands() -> dict[str, Any]:
    """Return every command by name, as click's objects."""
    group: Any = typer.main.get_command(app)
    return {name: group.load(name) for name in group.list_commands(None)}


def common_options() -> list[Any]:
    """Return the options of ``crmbook`` itself; help is one of every command."""
    group: Any = typer.main.get_command(app)
    return list(group.get_params(group.make_context("crmbook", [], resilient_parsing=True)))


def render_reference() -> str:
    """Return the reference in English, as markdown."""
    head = f"{_INTRODUCTION}\n## crmbook\n\n{describe('cli.help', 'en', {})}\n\n{_table(common_options())}"
    return head + "".join(
        f"\n## crmbook {name}\n\n{describe(command.help, 'en', {})}\n\n{_table(command.params)}{_JSON.get(name, '')}"
        for name, command in sorted(commands().items())
    )


def _table(items: Iterable[Any]) -> str:
    rows = "".join(f"| {name} | {text} |\n" for name, text in _iter_rows(items))
    return f"| option | meaning |\n| --- | --- |\n{rows}"


def _iter_rows(items: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for item in items:
        if item.param_type_name == "argument":
            name = f"`{str(item.name).upper()}`"
        else:
            name = ", ".join(f"`{option}`" for option in sorted(item.opts, key=len, reverse=True))
        text = describe(help_code(item), "en", {})
        if isinstance(item.default, str) or hasattr(item.default, "parts"):
            text += f" (default: `{item.default}`)"
        yield name, (text + (" (required)" if item.required else "")).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render_reference())
