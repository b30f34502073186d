"""The application: every command registered."""

from __future__ import annotations

import os
import sys
import traceback
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from crmbook import __version__
from crmbook.base import collect_seldom, without_passwords
from crmbook.cli.console import (
    INTERRUPTED,
    LANGUAGES,
    preferred_language,
    say,
    say_error,
    say_failure,
    set_up_streams,
)
from crmbook.cli.manual import show_commands
from crmbook.cli.options import words
from crmbook.cli.usage import MisuseError, UsageError, as_misuse, no_command

COMMANDS = (
    "build", "import", "check", "sync", "watch", "status", "remind", "card", "bulk", "dedupe", "export", "person", "forget", "diff", "history", "restore",
    "explain", "demo", "schema",
)  # fmt: skip
"""Every command, in the order of the help; the module of its name registers it."""
_MODULES = {"import": "import_"}
"""Names of modules that are not those of their commands: a word of Python's own is none."""


_NO_COMMAND: Final = 2


class Commands(TyperGroup):
    """The commands, each imported when it is asked for: a sync that finds nothing new waits for no other's imports."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name, as much of it as a list of commands takes; None where there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            return TyperCommand(cmd_name, help=f"cli.{cmd_name}.help")
        return super().get_command(ctx, cmd_name)

    def load(self, name: str) -> Any:
        """Return a whole command."""
        if name not in self.commands:
            alone = typer.Typer(add_completion=False)
            import_module(f"crmbook.cli.{_MODULES.get(name, name)}").register(alone)
            self.commands[name] = typer.main.get_command(alone)
        return self.commands[name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names, whole, and the words behind it."""
        if args and args[0] in COMMANDS:
            return args[0], self.load(args[0]), args[1:]
        if args and not ctx.resilient_parsing and not args[0].startswith("-"):
            raise no_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        """Print what crmbook is and what its commands do."""
        show_commands(COMMANDS, self.get_params(ctx), preferred_language())

    def main(self, args: Any = None, *more: Any, **options: Any) -> Any:
        """Run the command that the words name; what is wrong with the words is said as all else is."""
        ends = options.get("standalone_mode", True)
        run = partial(super().main, args, *more, **options | {"standalone_mode": False})
        if not ends:
            return run()
        try:
            code = run()
        except MisuseError as error:
            code = say_error(error, preferred_language())
        except UsageError as error:
            # Without any word the help was printed when this came to be.
            is_help = type(error).__name__ == "NoArgsIsHelpError"
            code = _NO_COMMAND if is_help else say_error(as_misuse(error), preferred_language())
        except typer.Abort:
            say("cli.cancelled", preferred_language())
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    name="crmbook",
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        say("cli.version", preferred_language(), version=__version__)
        raise typer.Exit


@app.callback()
def _group(
    shown: Annotated[
        bool,
        typer.Option("--version", help=words("cli.option.version"), callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Make a group of the application although no command is registered yet."""


def main() -> None:
    """Run crmbook. What nobody foresaw ends with exit code 2 as well: no file is replaced before all is done."""
    collect_seldom()
    set_up_streams()
    _speak(sys.argv[1:])
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the exit codes mean what they say, a bare traceback would exit with 1
        sys.stderr.write(without_passwords(traceback.format_exc()))
        sys.exit(say_failure(error, getattr(error, "language", preferred_language())))


def _speak(args: list[str]) -> None:
    """Let ``--lang`` hold for help and for errors in the very words of the command line, which come before it is read."""
    named = [after for word, after in pairwise(args) if word == "--lang"]
    named += [word.removeprefix("--lang=") for word in args if word.startswith("--lang=")]
    if named and named[-1] in LANGUAGES:
        os.environ["CRMBOOK_LANG"] = named[-1]
