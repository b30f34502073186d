"""Words on the command line that are no command, option or value of one, as coded errors: what, and what was meant.

The library that reads the command line says so in English and in its own form. Its errors are distinguished by what they
carry, since it has moved their classes from one version to the next.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer

from crmbook.base import CrmbookError

if TYPE_CHECKING:
    from collections.abc import Iterable

UsageError: Any = typer.BadParameter.mro()[1]
"""What the library raises for words that it cannot read; it exports this heir of it only."""


class MisuseError(CrmbookError):
    """Words on the command line that mean nothing; its code and params say which."""


def no_command(name: str, known: Iterable[str]) -> MisuseError:
    """Return the error of a command that there is none of, with the nearest that there is."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return (
        MisuseError("cli.no-command-near", name=name, near=near[0])
        if near
        else MisuseError("cli.no-command", name=name)
    )


def extra_words(words: Iterable[str]) -> MisuseError:
    """Return the error of words that a command has no argument for."""
    return MisuseError("cli.extra-words", words=list(words))


def as_misuse(error: Any) -> MisuseError:
    """Return an error of the library as one of ours."""
    option = getattr(error, "option_name", None)
    item = getattr(error, "param", None)
    if hasattr(error, "possibilities"):
        near = get_close_matches(option or "", error.possibilities or (), n=1, cutoff=0)
        code = "cli.no-option-near" if near else "cli.no-option"
        return MisuseError(code, name=option, near=near[0] if near else "")
    if option is not None:
        return MisuseError("cli.option-value", name=option)
    if item is None:
        return MisuseError("cli.misused", reason=error.format_message())
    name = max(item.opts, key=len) if item.param_type_name == "option" else str(item.name).upper()
    if type(error).__name__ == "MissingParameter":
        return MisuseError("cli.missing-output" if name == "--output" else "cli.missing-value", name=name)
    is_number = isinstance(item.default, int | float) or getattr(item, "min", None) is not None
    return MisuseError("cli.bad-number" if is_number else "cli.bad-value", name=name)
