"""``crmbook watch``: keep the workbooks of a folder right until somebody stops it; once, for cron."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crmbook.base import CrmbookError, describe
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.options import Lang, SharedGroup, StoreLocation, Who, Workspace, words
from crmbook.cli.terminal import Terminal
from crmbook.notify import load_settings, try_settings
from crmbook.store import share
from crmbook.watch import Setup, Times, Watcher, install, parse_at, parse_every

if TYPE_CHECKING:
    from crmbook.base import Language


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("watch", cls=Command, help=words("cli.watch.help"))(watch)


def watch(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help=words("watch.option.folder"), show_default=False)] = Path(),
    every: Annotated[
        str | None, typer.Option("--every", help=words("watch.option.every"), metavar="15m")
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", help=words("watch.option.at"), metavar="08:30")
    ] = None,
    weekdays: Annotated[bool, typer.Option("--weekdays", help=words("watch.option.weekdays"))] = False,
    holidays: Annotated[
        str | None, typer.Option("--holidays", help=words("watch.option.holidays"), metavar="cn")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help=words("watch.option.once"))] = False,
    poll: Annotated[bool | None, typer.Option("--poll/--no-poll", help=words("watch.option.poll"))] = None,
    quiet_time: Annotated[float, typer.Option("--quiet-time", help=words("watch.option.quiet-time"))] = 1.0,
    json_log: Annotated[
        Path | None, typer.Option("--json-log", help=words("watch.option.json-log"), metavar="FILE")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help=words("watch.option.settings"), metavar="FILE")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--install", help=words("watch.option.install"), metavar="KIND")
    ] = None,
    print_only: Annotated[bool, typer.Option("--print", help=words("watch.option.print"))] = False,
    test_notice: Annotated[
        bool, typer.Option("--test-notice", help=words("watch.option.test-notice"))
    ] = False,
    who: Who = "",
    lang: Lang = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    shared_group: SharedGroup = None,
) -> None:
    """Watch a folder."""
    if not folder.is_dir():
        raise CrmbookError("watch.no-folder", path=folder)
    if settings is not None and not settings.exists():  # a mistake inside it stops no sync
        raise CrmbookError("file.missing", path=settings)
    if print_only and kind is None:
        raise CrmbookError("watch.print-alone")
    if not 0.2 <= quiet_time <= 60:
        raise CrmbookError("watch.bad-quiet", value=quiet_time)
    setup = Setup(
        folder, _times(every, at, holidays, weekdays=weekdays), as_language(lang), poll, quiet_time,
        json_log=json_log, settings=settings, workspace=workspace, store=store, who=who,
    )  # fmt: skip
    watcher = Watcher(setup, _say)
    if kind is not None:
        _install(kind, folder, [*_given(context), "--lang", setup.lang], setup.lang, print_only=print_only)
        return
    if test_notice:
        raise typer.Exit(code=_test_notice(folder, settings, setup.lang))
    if shared_group:
        share([folder.absolute()], store, shared_group)
    raise typer.Exit(code=watcher.run_once().exit_code if once else watcher.run())


def _given(context: Any) -> list[str]:
    """Return the options that the person gave, as words of a command line; how to install is not the watcher's."""
    words: list[str] = []
    for option in context.command.params:
        source = context.get_parameter_source(option.name)
        if (
            option.name in {"folder", "kind", "print_only", "test_notice", "once", "lang"}
            or source.name != "COMMANDLINE"
        ):
            continue
        value = context.params[option.name]
        if isinstance(value, bool):
            words.append((option.opts if value else option.secondary_opts)[0])
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            words += [option.opts[0], str(one)]
    return words


def _install(kind: str, folder: Path, options: list[str], lang: Language, *, print_only: bool) -> None:
    """Write or show the definition of a service that watches, and say what to do next."""
    made = install(kind, folder, options, print_only=print_only)
    if print_only:
        sys.stdout.write(made.text)
    console = Terminal(stderr=print_only)  # what is shown may go into a file
    first = ("service.belongs" if print_only else "service.written", {"path": made.path})
    for code, params in [first, *made.steps]:
        console.print(describe(code, lang, params))


def _test_notice(folder: Path, settings: Path | None, lang: Language) -> int:
    """Send a trial to everybody who is notified, and return 1 where it did not arrive."""
    tried = try_settings(load_settings(folder, settings), lang)
    if not tried:
        raise CrmbookError("watch.nobody-to-tell")
    for one in tried:
        code = "notice.not-arrived" if one.problem else "notice.arrived"
        say(code, lang, target=one.target, problem=one.problem)
    return int(any(one.problem for one in tried))


def _times(every: str | None, at: list[str] | None, holidays: str | None, *, weekdays: bool) -> Times:
    whose: Literal["cn"] | None = None
    if holidays is not None:
        if holidays.lower() != "cn":
            raise CrmbookError("watch.bad-holidays", value=holidays)
        whose = "cn"
    return Times(
        None if every is None else parse_every(every),
        tuple(parse_at(one) for one in at or ()),
        weekdays,
        whose,
    )


def _say(line: str) -> None:
    """Print a line; nobody who stops listening ends the watch."""
    if sys.stdout is None:  # a service of Windows has none
        return
    try:
        sys.stdout.write(f"{line}\n")  # rich ends the process where nobody listens
        sys.stdout.flush()
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the process ends
