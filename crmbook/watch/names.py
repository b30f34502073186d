"""What the name of a file in a watched folder means: a workbook, a lock, something that is there for a moment only.

Names are compared as people read them: a Mac spells 客户é in two characters where another system has one, and some
systems do not tell small letters from capitals.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from crmbook.base import SUFFIXES, is_workbook_name, lock_names

_LOCKS: Final = ("~$", ".~")
"""What Excel (``~$name``), WPS (``.~name``) and LibreOffice (``.~lock.name#``) put before a workbook's name."""
_TEMPORARY: Final = re.compile(
    r"""
      [0-9a-f]{6,8}(?:\.tmp)?            # Excel: the new content before it is renamed, the old one after
    | .*~rf[0-9a-f]+\.tmp                # Windows, while one file replaces another
    | lu[0-9a-z]+\.tmp | .*\.osl-tmp     # LibreOffice
    | \.?~.*                             # WPS and Office: ~WPS1234.tmp, ~DF12AB.tmp; Syncthing on Windows
    | \.crmbook-.*                       # what crmbook writes before it replaces a workbook
    | \..*\.~[0-9a-f]+                   # Nextcloud, ownCloud
    | \.syncthing\..* | .*\.(?:sync|bts) # Syncthing, Resilio
    | .*\.(?:tmp|temp|part|partial|filepart|crdownload|download|downloading|!sync|cfg\.downloading)
    | .*~ | \.fuse_hidden.* | \.nfs[0-9a-f]+ | \..*\.sw[a-z]
    """,
    re.IGNORECASE | re.VERBOSE,
)


class FileKind(StrEnum):
    """What a file is there for, by its name."""

    WORKBOOK = "workbook"
    LOCK = "lock"  # an office program holds the workbook of that name open
    TEMPORARY = "temporary"  # on its way into a workbook's place, or out of it
    OTHER = "other"


def kind_of(name: str) -> FileKind:
    """Return what a file is there for."""
    folded = fold(name)
    if folded.startswith(_LOCKS) and folded.rstrip("#").endswith(SUFFIXES):
        return FileKind.LOCK
    if _TEMPORARY.fullmatch(folded):
        return FileKind.TEMPORARY
    if is_workbook_name(folded) and not folded.startswith("."):
        return FileKind.WORKBOOK
    return FileKind.OTHER


def spell(name: str) -> str:
    """Return a name in the one spelling that stands for all that look the same."""
    return unicodedata.normalize("NFC", name)


def fold(name: str) -> str:
    """Return a name by which those are equal that some system takes for the same file."""
    return spell(spell(name).casefold())


def locks_of(name: str) -> frozenset[str]:
    """Return the folded names of all locks that would hold the workbook of a name."""
    return frozenset(fold(lock) for lock in lock_names(spell(name)))
