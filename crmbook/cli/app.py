"""The application: every command registered, coded errors turned into words and an exit code."""

from __future__ import annotations

import sys

import typer

from crmbook.cli import build, check, demo, schema, sync
from crmbook.cli.console import preferred_language, say_error
from crmbook.errors import CrmbookError
from crmbook.formula import FormulaError
from crmbook.issues import describe
from crmbook.ooxml import OoxmlError

app = typer.Typer(
    name="crmbook",
    help=describe("cli.help", preferred_language(), {}),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (build, check, sync, demo, schema):
    command.register(app)


def main() -> None:
    """Run crmbook; coded errors become words on standard error and an exit code."""
    try:
        app()
    except (CrmbookError, OoxmlError, FormulaError) as error:
        sys.exit(say_error(error, preferred_language()))
