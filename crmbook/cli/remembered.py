"""``crmbook import --forget``: which maps of lists are remembered, and forgetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.cli.console import say, say_json
from crmbook.cli.imported import say_maps
from crmbook.exchange import read_source, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.cli.receiver import Receiver
    from crmbook.store import MapRecord


def forget_maps(
    receiver: Receiver, lists: Sequence[Path], lang: Language, *, dry_run: bool, as_json: bool
) -> int:
    """Forget the maps of lists: of files that are there, or that went by a name; without any, show what is remembered.

    Raises
    ------
    CrmbookError
        ``cli.import-not-remembered`` if nothing is remembered of one of them.
    """
    maps = receiver.maps
    if not lists and as_json:
        _say_json(maps, "remembered")
        return 0
    if not lists:
        say_maps(maps, "cli.import-map", lang)
        say("cli.import-maps" if maps else "cli.import-no-maps", lang, count=len(maps))
        return 0
    found: dict[str, MapRecord] = {}
    for path in lists:
        mine = list(_maps_of(path, maps))
        if not mine:
            known = tuple(one.name for one in maps) or ("–",)
            raise CrmbookError("cli.import-not-remembered", name=path.name, known=known)
        found |= {one.shape: one for one in mine}
    if not dry_run:
        receiver.forget(found)
    if as_json:
        _say_json(list(found.values()), "dry-run" if dry_run else "forgotten")
    else:
        say_maps(list(found.values()), "cli.import-map" if dry_run else "cli.import-forgotten", lang)
    return 0


def _say_json(maps: Sequence[MapRecord], state: str) -> None:
    entries = [{"name": one.name, "at": one.at, "who": one.who, "shape": one.shape} for one in maps]
    say_json({"state": state, "maps": entries})


def _maps_of(path: Path, maps: Sequence[MapRecord]) -> Iterator[MapRecord]:
    """Yield the maps that bear the name of a file, or are of the shape of one of its lists."""
    shapes = {shape_of(sheet) for sheet in read_source(path).sheets} if path.is_file() else set()
    for one in maps:
        if one.shape in shapes or one.name == path.name or one.name.startswith(f"{path.name} · "):
            yield one
