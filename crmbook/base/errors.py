"""The exception tree: an error means "cannot go on"; findings in people's data are `Issue` values instead.

Every error carries a stable ``code`` and the parameters of its message; the words themselves, Chinese and
English, are in ``crmbook/base/messages/*.toml`` and are put together by `crmbook.base.issues.describe`. The
self-contained packages (``crmbook.ooxml``, ``crmbook.formula``) keep trees of their own with the same two
attributes, so that one renderer serves all.

::

    CrmbookError            exit code 2: could not run, nothing changed
    ├── HeldError           exit code 3: held for a person's confirmation
    ├── DeniedError         exit code 2: this account may not; in vain until somebody lets it
    └── BusyError           exit code 4: another sync is at work, try again
        └── OpenError       exit code 4: a program has the workbook open
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from crmbook.base.records import Location


_WORD: Final = re.compile(r"\S+")
_ADDRESS: Final = re.compile(r"\w://")
_USER: Final = re.compile(r"\w://[^\s:/@]*:")
_OPTION: Final = re.compile(r"([?&](?:ssl)?(?:password|passwd|pwd)=)[^&\s\"'”]*", re.IGNORECASE)


def without_passwords(text: str) -> str:
    """Return a text in which addresses of servers show no password."""
    return _WORD.sub(_without_password, text) if "://" in text else text


def _without_password(found: re.Match[str]) -> str:
    """Return a word without what is before a server's name, or as an option of its address, as a password."""
    word = found[0]
    address = _ADDRESS.search(word)
    if address is None:
        return word
    server = word.rfind("@")
    user = _USER.search(word, 0, max(server, 0))
    if user is not None:
        word = f"{word[: user.end()]}***{word[server:]}"
    return word[: address.start()] + _OPTION.sub(r"\1***", word[address.start() :])


class CrmbookError(Exception):
    """Base of crmbook's own errors.

    Parameters
    ----------
    code
        Stable message code, e.g. ``"schema.unknown-field"``.
    location
        Where the cause is, if it is anywhere.
    params
        Values for the placeholders of the message; passwords in addresses are not kept.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, location: Location | None = None, **params: object) -> None:
        shown = {
            name: without_passwords(value) if isinstance(value, str) else value
            for name, value in params.items()
        }
        super().__init__(code, location, shown)
        self.code = code
        self.location = location
        self.params = shown

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return " ".join(
            filter(None, [str(self.location or ""), self.code, f"({details})" if details else ""])
        )


class HeldError(CrmbookError):
    """The work waits for a person's confirmation."""

    exit_code = 3


class DeniedError(CrmbookError):
    """The system does not let this account write what the work needs."""


class BusyError(CrmbookError):
    """Somebody else holds what the work needs, and will let it go."""

    exit_code = 4


class OpenError(BusyError):
    """A program has the workbook open."""
