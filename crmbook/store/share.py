"""A store that several accounts of one machine share: from now on the members of one group may use it.

What is shared is the store and what lies beside it: backups, archive, logs, what a watcher remembers. The workbooks
are people's own: their rights stay as they are, and who may not write one still cannot sync it.
"""

from __future__ import annotations

import getpass
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import (
    FOLDER,
    SETTING,
    CrmbookError,
    close_to_others,
    group_number,
    is_member,
    make_private_folder,
    owner_of,
    rights_in,
    set_rights,
    write_atomically,
)
from crmbook.store.engine import parse_location
from crmbook.store.location import locate, private_location

if TYPE_CHECKING:
    from collections.abc import Iterable


def share(folders: Iterable[Path], url: str | None, name: str) -> None:
    """Let the members of a group sync the workbooks of folders; what was kept there so far is theirs too.

    Parameters
    ----------
    url
        The location of the store, where the person named one.

    Raises
    ------
    CrmbookError
        ``share.no-group``, ``share.not-member``, ``share.elsewhere``, ``share.closed-folder``, ``store.not-yours`` …
    """
    group = group_number(name)
    if group is None:
        raise CrmbookError("share.no-group", group=name)
    if not is_member(group):
        raise CrmbookError("share.not-member", group=name, account=getpass.getuser())
    for folder in dict.fromkeys(folders):
        location, own = locate(folder, url), private_location(folder)
        if own.name == FOLDER:
            _share(own, name, group)
        elif location == own:
            raise CrmbookError("share.elsewhere", folder=folder, store=own)
        path = parse_location(location)
        if location != own and path.get_backend_name() == "sqlite":
            _share(Path(path.database or "").parent, name, group)


def _share(folder: Path, name: str, group: int) -> None:
    """Share a folder of ours, or what is ours in one that a person made."""
    is_ours = folder.name == FOLDER or not folder.exists()
    try:
        make_private_folder(folder)
        status = folder.stat()
        if not is_ours and (status.st_gid != group or status.st_mode & stat.S_IRWXG != stat.S_IRWXG):
            raise CrmbookError("share.closed-folder", folder=folder, group=name)
        setting = folder / SETTING
        if not setting.exists() or setting.read_text(encoding="utf-8") != name:
            write_atomically(setting, name.encode(), private=True)
    except PermissionError:
        raise CrmbookError("store.not-yours", store=folder, owner=owner_of(folder)) from None
    except OSError as error:
        raise CrmbookError("store.read-only", store=folder, reason=error.strerror or str(error)) from error
    if is_ours:
        close_to_others(folder)
    for path in (setting, *folder.glob("store.db*")):
        set_rights(path, rights_in(folder))
