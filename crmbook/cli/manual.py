"""The help of a command on the terminal, all of it in the person's language, at any width.

Texts of help are in the options as message codes (see `crmbook.cli.options.words`) and become words only here, so that
no markup of a library is read into them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from crmbook.base import describe
from crmbook.cli.terminal import Terminal
from crmbook.cli.wrapping import NARROWEST, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.base import Language

WIDEST: Final = 100
"""Columns that a line of help has at most: longer lines are hard to read."""
_NAMES: Final = 30
"""Columns for the names of options at most; what a longer one means is on the next line."""
_OF_THE_LIBRARY: Final = frozenset({"help", "install_completion", "show_completion"})
"""Options whose help is not ours."""


def show_commands(names: Sequence[str], options: Sequence[Any], lang: Language) -> None:
    """Print what crmbook is and what each of its commands does."""
    entries = [(name, describe(f"cli.{name}.help", lang, {})) for name in names]
    _print(
        describe("cli.usage-all", lang, {}),
        describe("cli.help", lang, {}),
        [("cli.help-commands", entries), ("cli.help-options", [_row(one, lang) for one in options])],
        lang,
    )


def show_command(path: str, help_code: str, params: Sequence[Any], lang: Language) -> None:
    """Print what a command does, and what each of its arguments and options means.

    Parameters
    ----------
    path
        The words that call it.
    """
    shown = [one for one in params if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    options = [one for one in shown if one.param_type_name == "option"]
    usage = describe("cli.usage", lang, {"command": " ".join([path, *map(_argument, arguments)])})
    sections = [
        ("cli.help-arguments", [_row(one, lang) for one in arguments]),
        ("cli.help-options", [_row(one, lang) for one in options]),
    ]
    _print(usage, describe(help_code, lang, {}), sections, lang)


def _print(
    usage: str, what: str, sections: Sequence[tuple[str, list[tuple[str, str]]]], lang: Language
) -> None:
    terminal = Terminal()
    width = max(NARROWEST, min(terminal.width, WIDEST))
    lines = [*wrapped(usage, width), "", *wrapped(what, width)]
    for title, rows in sections:
        if rows:
            lines += ["", describe(title, lang, {}), *_iter_rows(rows, width)]
    terminal.print("\n".join(lines))


def _iter_rows(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield the lines of names with what they mean beside them, or below where a name is too long."""
    room = min(max(cell_len(name) for name, _ in rows), _NAMES, width // 2)
    for name, meaning in rows:
        lines = wrapped(meaning, width - room - 4)
        if cell_len(name) > room:
            yield f"  {name}"
        else:
            first = lines.pop(0) if lines else ""
            yield f"  {name}{' ' * (room - cell_len(name))}  {first}".rstrip()
        yield from (" " * (room + 4) + line for line in lines)


def help_code(item: Any) -> str:
    """Return the code of what an option or argument means."""
    return f"cli.option.{item.name.replace('_', '-')}" if item.name in _OF_THE_LIBRARY else str(item.help)


def _row(item: Any, lang: Language) -> tuple[str, str]:
    """Return an option or argument as it is typed, and what it means with its default."""
    if item.param_type_name == "argument":
        name = _argument(item)
    else:
        name = ", ".join(sorted([*item.opts, *item.secondary_opts], key=len))
        name += "" if item.is_flag else f" {item.metavar or str(item.name).upper().replace('_', '-')}"
    meaning = describe(help_code(item), lang, {})
    if item.required:
        meaning += describe("cli.help-required", lang, {})
    elif item.show_default and not getattr(item, "is_flag", False) and str(item.default or ""):
        meaning += describe("cli.help-default", lang, {"value": item.default})
    return name, meaning


def _argument(item: Any) -> str:
    name = str(item.metavar or item.name).upper()
    name += "…" if item.nargs == -1 else ""
    return name if item.required else f"[{name}]"
