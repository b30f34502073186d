"""``crmbook explain``: more about any message: what it says, where it comes from, how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from crmbook.base import CrmbookError, catalogue, describe
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say_item, say_json
from crmbook.cli.options import AsJson, Lang, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.base import Language

_LISTED: Final = 8
"""Codes that are named where several messages hold the words."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("explain", cls=Command, help=words("cli.explain.help"))(explain)


def explain(
    code: Annotated[str, typer.Argument(help=words("cli.option.code"), show_default=False)],
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Say more about a message."""
    language = as_language(lang)
    parts = explanation(find_code(code, language), language)
    if as_json:
        say_json(parts)
        return
    say_item(parts["code"])
    for part in ("meaning", "where", "remedy"):
        text = parts[part] or describe("explain.nothing-to-do", language, {})
        say_item("  " + describe(f"explain.{part}", language, {"text": text}))


def find_code(wanted: str, lang: Language) -> str:
    """Return the code that was meant: written out, or by words that one message alone holds.

    Raises
    ------
    CrmbookError
        ``explain.several``, ``explain.unknown-near``, ``explain.unknown``.
    """
    known = catalogue()
    name = wanted.strip().strip("[]")
    if name in known:
        return name
    messages = {code: message for code, message in known.items() if not _is_help(code)}
    near = get_close_matches(name.lower(), list(messages), n=1, cutoff=0.6)
    if near:
        raise CrmbookError("explain.unknown-near", wanted=name, near=near[0])
    found = [code for code, message in messages.items() if name and name in _bare(str(message[lang]))]
    if len(found) == 1:
        return found[0]
    if found:
        shown = (*found[:_LISTED], *(["…"] if len(found) > _LISTED else []))
        raise CrmbookError("explain.several", words=name, known=shown)
    raise CrmbookError("explain.unknown", wanted=name)


def _is_help(code: str) -> bool:
    """Return whether a text describes a command or an option: it is no message that anybody could have met."""
    return code.endswith(".help") or ".option." in code


def explanation(code: str, lang: Language) -> dict[str, str]:
    """Return what there is to say about a message; the remedy is empty where nothing is to be done."""
    message = catalogue()[code]
    remedy: Any = message.get("remedy")
    return {
        "code": code,
        "meaning": _bare(str(message[lang])).strip(),
        "where": describe(f"explain.area-{code.partition('.')[0]}", lang, {}),
        "remedy": _bare(str(remedy[lang])) if remedy else "",
    }


class _Blanks(Formatter):
    """Fills in dots for what only an occasion says, with the noun of several for a number."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - as the formatter calls it
        return "…", field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        noun = format_spec.partition("|")[2]
        return f"{value} {noun}" if noun else str(value)


def _bare(template: str) -> str:
    """Return a message's words without those of an occasion."""
    return _Blanks().format(template)
