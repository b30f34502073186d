"""The application: every command registered."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from crmbook.base import describe, without_passwords
from crmbook.cli.console import preferred_language, say_failure, set_up_streams

COMMANDS = (
    "build", "import", "check", "sync", "watch", "status", "remind", "card", "diff", "history", "restore", "demo", "schema"
)  # fmt: skip
"""Every command, in the order of the help; the module of its name registers it."""
_MODULES = {"import": "import_"}
"""Names of modules that are not those of their commands: a word of Python's own is none."""


class Commands(TyperGroup):
    """The commands, each imported when it is asked for: a sync that finds nothing new waits for no other's imports."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name, None where there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            alone = typer.Typer(add_completion=False)
            import_module(f"crmbook.cli.{_MODULES.get(cmd_name, cmd_name)}").register(alone)
            self.commands[cmd_name] = typer.main.get_command(alone)
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="crmbook",
    cls=Commands,
    help=describe("cli.help", preferred_language(), {}),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _group() -> None:
    """Make a group of the application although no command is registered yet."""


def main() -> None:
    """Run crmbook. What nobody foresaw ends with exit code 2 as well: no file is replaced before all is done."""
    set_up_streams()
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the exit codes mean what they say, a bare traceback would exit with 1
        sys.stderr.write(without_passwords(traceback.format_exc()))
        sys.exit(say_failure(error, getattr(error, "language", preferred_language())))
