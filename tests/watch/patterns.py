"""How programs save a workbook, as the file operations that a folder sees of it.

A pattern is a generator: it does some operations, yields how long it pauses, and goes on. Pauses of a program at work
are `BREATH`; the watcher counts a file as saved after `QUIET`.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUIET = 0.4
BREATH = 0.1
LONG = 3 * QUIET
"""A pause in the middle of a save, after which the file would count as saved if it were whole."""
LAST_YEAR = 1_700_000_000

Steps = "Iterator[float]"
Pattern = "Callable[[Path, bytes], Iterator[float]]"


def thirds(data: bytes) -> list[bytes]:
    size = len(data) // 3 + 1
    return [data[start : start + size] for start in range(0, len(data), size)]


def write_slowly(path: Path, data: bytes, pause: float = BREATH, mode: str = "wb") -> Iterator[float]:
    with path.open(mode) as file:
        for part in thirds(data):
            file.write(part)
            file.flush()
            yield pause


# office programs


def excel(path: Path, data: bytes) -> Iterator[float]:
    """Excel today: the new content under eight hex digits, the old one renamed to .tmp, removed at the end."""
    owner = path.with_name(f"~${path.name}")
    owner.write_bytes(b"\x04Wang" + b" " * 160)
    yield BREATH
    new, old = path.with_name("5E2B71C0"), path.with_name("9A41D3F7.tmp")
    yield from write_slowly(new, data)
    path.rename(old)
    yield BREATH
    new.rename(path)
    old.unlink()
    yield BREATH
    owner.unlink()


def excel_97(path: Path, data: bytes) -> Iterator[float]:
    """Excel of old, and on shares: the old file is deleted before the new one gets its name."""
    new = path.with_name("CEDD4100")
    yield from write_slowly(new, data)
    path.unlink()
    yield BREATH
    new.rename(path)


def excel_replace(path: Path, data: bytes) -> Iterator[float]:
    """Windows itself replacing one file by another, with a backup of its own naming."""
    new, backup = path.with_name("0C7F22B1.tmp"), path.with_name(f"{path.name}~RF3b9a61.TMP")
    yield from write_slowly(new, data)
    path.rename(backup)
    new.rename(path)
    yield BREATH
    backup.unlink()


def excel_for_mac(path: Path, data: bytes) -> Iterator[float]:
    """Excel on a Mac: the new content in a folder of its own, moved over the old."""
    owner, folder = path.with_name(f"~${path.name}"), path.with_name(f"{path.name}.sb-3fae61b2-Xq0p1D")
    owner.write_bytes(b"\x04Wang" + b" " * 160)
    folder.mkdir()
    yield from write_slowly(folder / path.name, data)
    (folder / path.name).replace(path)
    yield BREATH
    folder.rmdir()
    owner.unlink()


def excel_autosave(path: Path, data: bytes) -> Iterator[float]:
    """Two saves, one right after the other, the first of which nobody gets to see."""
    new = path.with_name("77AB01CE")
    new.write_bytes(data[::-1])
    new.replace(path)
    yield QUIET / 2
    new = path.with_name("77AB01CF")
    new.write_bytes(data)
    new.replace(path)


def wps(path: Path, data: bytes) -> Iterator[float]:
    """WPS: its lock, a temporary file of its own, the old file deleted, the temporary one renamed."""
    lock = path.with_name(f".~{path.name}")
    lock.write_bytes(b"\x04Wang" + b" " * 160)
    yield BREATH
    new = path.with_name("~WPS48D1.tmp")
    yield from write_slowly(new, data)
    path.unlink()
    new.rename(path)
    yield BREATH
    lock.unlink()


def wps_in_place(path: Path, data: bytes) -> Iterator[float]:
    """WPS on a share: a copy kept aside, then the file itself written anew."""
    lock, copy = path.with_name(f".~{path.name}"), path.with_name(f"~tmp2f{path.name}")
    lock.write_bytes(b"\x04Wang" + b" " * 160)
    shutil.copyfile(path, copy)
    yield from write_slowly(path, data)
    copy.unlink()
    yield BREATH
    lock.unlink()


def libreoffice(path: Path, data: bytes) -> Iterator[float]:
    """LibreOffice: at each save it gives up its lock, takes it again, and renames a temporary file."""
    lock = path.with_name(f".~lock.{path.name}#")
    held = path.open("r+b")  # it holds the file open for writing all the time, and writes nothing to it
    lock.write_text(",wang,pc,22.11.2026 08:00,file:///profile;")
    yield BREATH
    held.close()
    lock.unlink()
    new = path.with_name("lu404h7j4c.tmp")
    new.touch()
    lock.write_text(",wang,pc,22.11.2026 08:00,file:///profile;")
    yield from write_slowly(new, data)
    new.replace(path)
    held = path.open("r+b")
    yield LONG
    held.close()
    lock.unlink()


def libreoffice_copying(path: Path, data: bytes) -> Iterator[float]:
    """LibreOffice where it must not rename over a file: the old one aside, the new one copied into its place."""
    aside = path.with_name(f"{path.name}.osl-tmp")
    path.rename(aside)
    yield BREATH
    yield from write_slowly(path, data)
    aside.unlink()


# editors, scripts, copies


def in_place(path: Path, data: bytes) -> Iterator[float]:
    """A script that writes the file anew, in several pieces."""
    yield from write_slowly(path, data)


def in_place_slowly(path: Path, data: bytes) -> Iterator[float]:
    """The same on a slow disk: pauses that are longer than the watcher's."""
    yield from write_slowly(path, data, LONG)


def in_place_over(path: Path, data: bytes) -> Iterator[float]:
    """A tool that writes the new content over the old, with the rest of the old one behind it for a while."""
    assert path.stat().st_size > len(data)
    yield from write_slowly(path, data, LONG, "r+b")
    os.truncate(path, len(data))


def backup_beside(path: Path, data: bytes) -> Iterator[float]:
    """An editor that renames the old file to a backup and writes a new one."""
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    yield BREATH
    yield from write_slowly(path, data)
    backup.unlink()


def same_size_and_time(path: Path, data: bytes) -> Iterator[float]:
    """A tool that keeps the time of the file; the test sees to it that the size is the same as well."""
    status = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    yield BREATH


def copied_over(path: Path, data: bytes) -> Iterator[float]:
    """A file manager: the size is reserved first, filled then, the time of the original set at last."""
    with path.open("wb") as file:
        file.truncate(len(data))
        yield LONG
        file.write(data)
    yield BREATH
    os.utime(path, (LAST_YEAR, LAST_YEAR))


# drives


def renamed_in(temporary: str) -> Callable[[Path, bytes], Iterator[float]]:
    def drive(path: Path, data: bytes) -> Iterator[float]:
        new = path.with_name(temporary.format(name=path.name))
        yield from write_slowly(new, data)
        os.utime(new, (LAST_YEAR, LAST_YEAR))
        new.chmod(0o644)
        yield BREATH
        new.replace(path)

    return drive


def moved_in(path: Path, data: bytes) -> Iterator[float]:
    """A drive with a cache folder elsewhere: the file comes in whole, from outside."""
    cache = path.parent.parent / f"cache-{path.name}"
    yield from write_slowly(cache, data)
    cache.replace(path)


def deleted_first(path: Path, data: bytes) -> Iterator[float]:
    """A drive that removes the old version, rests, and brings the new one."""
    new = path.with_name(f".{path.stem}.part")
    yield from write_slowly(new, data)
    path.unlink()
    yield QUIET / 2
    new.rename(path)


def downloaded(path: Path, data: bytes) -> Iterator[float]:
    """A browser: an empty file holds the place while the content grows beside it."""
    new = path.with_name(f"{path.name}.crdownload")
    path.write_bytes(b"")
    yield from write_slowly(new, data, LONG)
    new.replace(path)


def written_backwards(path: Path, data: bytes) -> Iterator[float]:
    """A loader that takes the pieces as they come, the end first."""
    start = 0
    pieces = []
    for part in thirds(data):
        pieces.append((start, part))
        start += len(part)
    path.write_bytes(bytes(len(data)))
    for at, part in reversed(pieces):
        with path.open("r+b") as file:
            file.seek(at)
            file.write(part)
        yield LONG


SAVES = {
    "Excel": excel,
    "Excel 97": excel_97,
    "Excel replacing": excel_replace,
    "Excel for Mac": excel_for_mac,
    "Excel twice": excel_autosave,
    "WPS": wps,
    "WPS in place": wps_in_place,
    "LibreOffice": libreoffice,
    "LibreOffice copying": libreoffice_copying,
    "in place": in_place,
    "in place, slowly": in_place_slowly,
    "in place, over the old": in_place_over,
    "backup beside": backup_beside,
    "same size and time": same_size_and_time,
    "copied over": copied_over,
    "OneDrive": renamed_in("{name}.tmp"),
    "坚果云": renamed_in(".~{name}.nutstore.tmp"),
    "Syncthing": renamed_in(".syncthing.{name}.tmp"),
    "Syncthing on Windows": renamed_in("~syncthing~{name}.tmp"),
    "Nextcloud": renamed_in(".{name}.~74ff"),
    "rsync": renamed_in(".{name}.Xq0p1D"),
    "rclone": renamed_in("{name}.3fae61b2.partial"),
    "drive with a cache": moved_in,
    "drive that deletes": deleted_first,
    "browser": downloaded,
    "loader": written_backwards,
}
"""Each leaves another content behind than before."""


def opened_only(path: Path, data: bytes) -> Iterator[float]:
    """A person who looks and closes without saving."""
    lock = path.with_name(f"~${path.name}")
    lock.write_bytes(b"\x04Wang" + b" " * 160)
    with path.open("r+b"):
        yield LONG
    lock.unlink()


def saved_unchanged(path: Path, data: bytes) -> Iterator[float]:
    """A save that brings the very same bytes."""
    new = path.with_name("31D0C0DE")
    shutil.copyfile(path, new)
    yield BREATH
    new.replace(path)


def touched(path: Path, data: bytes) -> Iterator[float]:
    """A virus scanner, a backup: other times and rights."""
    path.touch()
    yield LONG
    path.chmod(0o600)


def kept_beside(path: Path, data: bytes) -> Iterator[float]:
    """Everything that programs leave beside a workbook, for a while or for good."""
    names = (
        "~$x.xlsx",
        "x.tmp",
        ".~x.xlsx",
        "~x.xlsx",
        ".crmbook-12ab-34.tmp",
        ".x.xlsx.swp",
        "5E2B71C1",
        "x.csv",
    )
    for name in names:
        path.with_name(name.replace("x.", f"{path.stem}.", 1)).write_bytes(data)
        yield BREATH


def renamed_back(path: Path, data: bytes) -> Iterator[float]:
    """Renamed, and renamed back before anybody took notice."""
    aside = path.with_suffix(".bak")
    path.rename(aside)
    yield QUIET / 2
    aside.rename(path)


def undone(path: Path, data: bytes) -> Iterator[float]:
    """Saved, and the old content saved again before anybody took notice."""
    old = path.read_bytes()
    path.write_bytes(data)
    yield QUIET / 2
    path.write_bytes(old)


NO_SAVES = {
    "opened only": opened_only,
    "saved unchanged": saved_unchanged,
    "touched": touched,
    "kept beside": kept_beside,
    "renamed back": renamed_back,
    "undone": undone,
}
CLOSES = {"Excel", "Excel for Mac", "WPS", "WPS in place", "LibreOffice", "opened only"}
"""Those at whose end a lock goes."""
