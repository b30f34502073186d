"""Files that ``--force`` lets a command replace: a workbook that is there is kept first, for it may hold what nobody has synced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import describe, refuse_existing, refuse_open
from crmbook.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.base import Language


def make_way(path: Path, lang: Language, *, force: bool) -> None:
    """Refuse a file that is open, or exists and may not be replaced; else keep a workbook among the backups, and say where.

    Raises
    ------
    CrmbookError
        ``file.exists``, ``file.open``, and those of reading and writing a file.
    """
    if not force:
        refuse_existing(path)
    refuse_open(path)
    if path.suffix.lower() == ".xlsx" and path.is_file():
        from crmbook.sync import keep_replaced  # only where something is replaced

        kept = keep_replaced(path)
        Terminal(stderr=True).print(describe("cli.replaced-kept", lang, {"path": path, "kept": kept}))
