"""The application: every command registered."""

from __future__ import annotations

import sys
import traceback

import typer

from crmbook.cli import build, check, demo, diff, history, restore, schema, sync
from crmbook.cli.console import preferred_language, say_failure, set_up_streams
from crmbook.issues import describe

app = typer.Typer(
    name="crmbook",
    help=describe("cli.help", preferred_language(), {}),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (build, check, sync, diff, history, restore, demo, schema):
    command.register(app)


def main() -> None:
    """Run crmbook. What nobody foresaw ends with exit code 2 as well: no file is replaced before all is done."""
    set_up_streams()
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the exit codes mean what they say, a bare traceback would exit with 1
        traceback.print_exc()
        sys.exit(say_failure(error, preferred_language()))
