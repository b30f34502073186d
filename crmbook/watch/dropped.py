"""What a watcher knows of the files in a drop folder, kept over its end: what it wrote there itself, what it has answered.

Without it nobody could tell a preview that lies there as it was written from one that a person has looked at and saved.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import make_private_folder, write_atomically
from crmbook.watch.status import home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME: Final = "imports.json"


@dataclass(slots=True)
class DroppedList:
    """A list that lies in a drop folder.

    Attributes
    ----------
    digest
        SHA-256 of the file that the rest is about.
    shown
        Title of a sheet → name of the preview that waits to be answered.
    done
        Titles of the sheets that were taken in.
    """

    digest: str
    shown: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


class Dropped:
    """The memory of the drop folders of one watched folder; files are named relative to it.

    Attributes
    ----------
    own
        SHA-256 of previews and lists of failed rows as the watcher wrote them.
    refused
        SHA-256 of files that could not be taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = _read(home(folder) / _NAME)
        self.own: dict[str, str] = self._still(found.get("own", {}))
        self.refused: dict[str, str] = self._still(found.get("refused", {}))
        lists = self._still(found.get("lists", {}))
        self._lists = {name: DroppedList(**one) for name, one in lists.items()}

    def name(self, path: Path) -> str:
        """Return by what a file is known."""
        return path.relative_to(self._folder).as_posix()

    def of_list(self, path: Path, digest: str) -> DroppedList:
        """Return what is known of a list; of one with another content nothing."""
        known = self._lists.get(self.name(path))
        if known is None or known.digest != digest:
            known = self._lists[self.name(path)] = DroppedList(digest)
        return known

    def waits_for(self, path: Path) -> list[Path]:
        """Return the previews of a list that wait to be answered."""
        known = self._lists.get(self.name(path))
        return [path.with_name(name) for name in known.shown.values()] if known else []

    def waiting(self) -> list[Path]:
        """Return the previews that lie there and wait to be answered, whatever list they are about."""
        found = [
            (self._folder / name).with_name(preview)
            for name, one in self._lists.items()
            for title, preview in one.shown.items()
            if title not in one.done
        ]
        return sorted({path for path in found if path.exists()})

    def save(self) -> None:
        """Keep it.

        Raises
        ------
        CrmbookError
            If it cannot be written.
        """
        lists = {name: asdict(one) for name, one in self._lists.items()}
        data = {"own": self.own, "refused": self.refused, "lists": lists}
        make_private_folder(home(self._folder))
        text = json.dumps(data, ensure_ascii=False, indent=1)
        write_atomically(home(self._folder) / _NAME, text.encode("utf-8", "surrogatepass"), private=True)

    def forget(self, path: Path) -> None:
        """Forget a file that was put away."""
        for known in (self.own, self.refused, self._lists):
            known.pop(self.name(path), None)

    def _still(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is known of files that are there."""
        return {name: one for name, one in known.items() if (self._folder / name).exists()}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
