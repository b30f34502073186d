"""Who gets what, and where: the addresses of the settings, and the way of a notification to them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crmbook.base import CrmbookError
from crmbook.build import fold
from crmbook.notify.sender import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.notify.notification import Notification
    from crmbook.notify.settings import Recipient, Settings


class Recipients:
    """The addresses of the settings.

    Attributes
    ----------
    targets
        Every address of the settings, by the name it has in the outbox.
    """

    def __init__(self, settings: Settings) -> None:
        self.targets: dict[str, Target] = {}
        self._owners: dict[str, list[str]] = {}
        for name, recipient in settings.owners.items():
            self._owners.setdefault(fold(name), []).extend(self._enter(settings, recipient, name))
        entered = [(recipient, [*self._enter(settings, recipient)]) for recipient in settings.notices]
        self._everybody = [key for _, keys in entered for key in keys]
        self._always = [key for recipient, keys in entered if recipient.all for key in keys]

    def of(self, notification: Notification) -> list[str]:
        """Return the targets of a notification: its owner, else the holder of the workbook, else everybody."""
        for name in (notification.owner, notification.holder):
            if name and fold(name) in self._owners:
                return [*self._owners[fold(name)], *self._always]
        return self._everybody

    def _enter(self, settings: Settings, recipient: Recipient, name: str = "") -> Iterator[str]:
        for target in _targets(settings, recipient, name):
            known = self.targets.get(target.key)
            is_shared = known is not None and known.name != name
            self.targets[target.key] = replace(target, name="") if is_shared else target
            yield target.key


def _targets(settings: Settings, recipient: Recipient, name: str) -> Iterator[Target]:
    server = settings.mail
    for address in recipient.addresses if server is not None else ():
        fingerprint = _fingerprint(server and server.model_dump())
        yield Target(f"mail:{address}", "mail", fingerprint, name, address, mail=server)
    hook = recipient.webhook
    if hook is not None:
        url = _address_or_none(hook.address)
        host = urlsplit(url).hostname or ""
        fingerprint = _fingerprint([url, hook.model_dump()])
        yield Target(hook.name, f"{hook.format} {host}", fingerprint, name, webhook=hook)


def _address_or_none(address: Callable[[], str]) -> str:
    try:
        url = address()
        urlsplit(url)
    except (CrmbookError, ValueError):
        return ""
    return url


def _fingerprint(data: Any) -> str:
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]
