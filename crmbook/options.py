"""How a person wants a sync done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How to sync.

    Attributes
    ----------
    as_of
        截止日期, the day that counts as today.
    workspace
        Folder with changes to the schemas; otherwise the one remembered from the last time.
    store
        URL or folder of the store; otherwise ``.crmbook/`` beside the workbook.
    dry_run
        Find out everything, change nothing.
    accept
        Id of a held plan that is confirmed.
    who
        Who syncs, for workbooks that name no holder.
    adopt_store
        Go on with a store that is new to workbooks which were last synced with another one.
    """

    as_of: date
    workspace: Path | None = None
    store: str | None = None
    dry_run: bool = False
    accept: str = ""
    who: str = ""
    adopt_store: bool = False
