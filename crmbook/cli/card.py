"""``crmbook card``: one customer's page as a file of its own, for printing."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crmbook.base import CrmbookError, write_atomically
from crmbook.cli.command import Command
from crmbook.cli.console import as_language, say
from crmbook.cli.opening import open_book_at
from crmbook.cli.options import (
    AsOf,
    BookId,
    Customer,
    Force,
    Lang,
    Place,
    StoreLocation,
    Workspace,
    words,
)
from crmbook.cli.replacing import make_way
from crmbook.read import CARD_MARK
from crmbook.sync import print_card, refuse_no_folder

if TYPE_CHECKING:
    from crmbook.base import Language

_PDF, _WORKBOOK = ".pdf", ".xlsx"
_TIMEOUT: Final = 180


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("card", cls=Command, help=words("cli.card.help"))(card)


def card(  # noqa: PLR0913, PLR0917 - one parameter per option of the command line
    customer: Customer,
    path: Place = None,
    output: Annotated[Path, typer.Option("--output", "-o", help=words("cli.option.card-output"))] = ...,  # type: ignore[assignment]
    as_of: AsOf = None,
    lang: Lang = None,
    book: BookId = None,
    workspace: Workspace = None,
    store: StoreLocation = None,
    force: Force = False,
) -> None:
    """Write a customer's page."""
    language = as_language(lang)
    office = _office_for(output, language, force=force)
    with open_book_at(path, book, workspace, store) as opened:
        day = opened.day(as_of)
        data, chosen = print_card(opened.store, opened.record, opened.schema, customer, day)
    if office:
        data = _as_pdf(data, office) + b"\n" + CARD_MARK + chosen.encode() + b"\n"
    write_atomically(output, data, private=True)
    say("cli.card-written", language, path=output, customer=chosen, as_of=day)


def _office_for(output: Path, lang: Language, *, force: bool) -> str | None:
    """Return the office program that the file needs, None for a workbook; refuse what cannot be written.

    Raises
    ------
    CrmbookError
        ``card.format``, ``card.no-office``, ``file.exists``, ``checkout.no-folder``.
    """
    if output.suffix.lower() not in {_PDF, _WORKBOOK}:
        raise CrmbookError("card.format", path=output)
    make_way(output, lang, force=force)
    refuse_no_folder(output)
    if output.suffix.lower() == _WORKBOOK:
        return None
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise CrmbookError("card.no-office", path=output)
    return program


def _as_pdf(data: bytes, program: str) -> bytes:
    """Return a workbook as LibreOffice prints it.

    Raises
    ------
    CrmbookError
        ``card.not-printed``.
    """
    with tempfile.TemporaryDirectory(prefix="crmbook-card-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "page.xlsx"), Path(folder, "page.pdf")
        source.write_bytes(data)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [program, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", folder]
        try:
            subprocess.run(  # noqa: S603 - the program was found on this machine, the file is ours
                [*command, str(source)], capture_output=True, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise CrmbookError("card.not-printed") from None
        if not target.exists():
            raise CrmbookError("card.not-printed")
        return target.read_bytes()
