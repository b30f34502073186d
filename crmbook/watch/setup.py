"""How a person wants a folder watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.base import Options
from crmbook.store import locate
from crmbook.watch.batch import CALM, PATIENCE
from crmbook.watch.times import Times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from crmbook.base import Language


@dataclass(frozen=True, slots=True)
class Setup:
    """How to watch.

    Attributes
    ----------
    poll
        Whether to look through the folder again and again; by default only on the network.
    quiet
        Seconds without a change after which a file counts as saved.
    calm, patience
        See `crmbook.watch.batch.Batch`.
    json_log
        A file for the log besides its own.
    settings
        The file that says whom to tell; otherwise the folder's own.
    workspace, store, who
        See `crmbook.base.options.Options`.
    """

    folder: Path
    times: Times = field(default_factory=Times)
    lang: Language = "zh"
    poll: bool | None = None
    quiet: float = 1.0
    calm: float = CALM
    patience: float = PATIENCE
    json_log: Path | None = None
    settings: Path | None = None
    workspace: Path | None = None
    store: str | None = None
    who: str = ""

    @property
    def location(self) -> str | Path:
        """Where the store of the folder's workbooks is."""
        return locate(self.folder, self.store)

    def options(self, now: datetime, led: Mapping[str, int]) -> Options:
        """Return how to sync at a moment, under the leaderships of these numbers."""
        return Options(now.date(), self.workspace, self.store, who=self.who, now=now, led=led)
