"""A command: coded errors become words in the language asked for (or JSON, where JSON was asked for) and an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from crmbook.base import CrmbookError, as_coded, without_passwords
from crmbook.cli.console import as_language, preferred_language, say_error, say_error_json
from crmbook.cli.manual import show_command
from crmbook.cli.usage import extra_words
from crmbook.ooxml import OoxmlError
from crmbook.store import private_location


def coded() -> tuple[type[Exception], ...]:
    """Return every kind of error that has a code and words; asked for when there is one, formulas import slowly."""
    from crmbook.formula import FormulaError

    return CrmbookError, OoxmlError, FormulaError


class Command(TyperCommand):
    """One command of the command line; a wrong ``--lang`` is refused before anything is done."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - click's signature
        """Print what the command does, and what each of its arguments and options means."""
        show_command(ctx.command_path, str(self.help), self.get_params(ctx), preferred_language())

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words behind the command; those that it has no argument for are named."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise extra_words(rest)
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command in a context of click's (of typer's own copy of it, by version)."""
        language = preferred_language()
        try:
            language = as_language(ctx.params.get("lang"))
            _refuse_no_workspace(ctx.params.get("workspace"))
            _refuse_password(ctx.params.get("store"))
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except coded() as error:
            report = say_error_json if ctx.params.get("as_json") else say_error
            raise typer.Exit(report(error, language)) from None
        except Exception as error:
            if not ctx.params.get("as_json"):
                error.language = language  # type: ignore[attr-defined]
                raise  # `crmbook.cli.app.main` reports it, with its traceback
            raise typer.Exit(
                say_error_json(as_coded(error, private_location(Path.cwd())), language)
            ) from None


def _refuse_no_workspace(workspace: Path | None) -> None:
    if workspace is not None and not workspace.is_dir():
        raise CrmbookError("cli.no-workspace", path=workspace)


def _refuse_password(store: str | None) -> None:
    """Refuse a password on the command line: everybody on the machine may read it in the list of processes."""
    if store is not None and without_passwords(store) != store:
        raise CrmbookError("store.password-shown", url=store)
