"""Talking to a server that may be slow, silent or gone: every conversation ends in time, and can be cut off.

`Undelivered` says why a message did not arrive, and whether trying again can help. Its params never hold an address of
a robot, a password or a signature.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE: Final = 20.0
"""Seconds that a server may say nothing."""
LONGEST: Final = 60.0
"""Seconds that one conversation may take."""
_SHOWN: Final = 200


class Undelivered(Exception):  # noqa: N818 - it is an outcome, reported by name
    """A message did not arrive.

    Parameters
    ----------
    code, params
        Why, as a message of the catalogue.
    final
        Whether trying again is in vain.
    wait
        Seconds that the server asked to wait.
    """

    def __init__(self, code: str, *, final: bool = False, wait: float = 0.0, **params: str) -> None:
        super().__init__(code, params)
        self.code, self.params, self.final, self.wait = code, params, final, wait


class Conversation:
    """The one conversation under way, which another thread may cut off."""

    def __init__(self, longest: float = LONGEST, silence: float = SILENCE) -> None:
        self.longest, self.silence = longest, silence
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_cut = False

    def hold(self, connection: socket.socket | None) -> None:
        """Remember the connection; one that was cut off already is closed at once."""
        with self._lock:
            self._socket = connection
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """End the conversation."""
        self.is_cut = True
        with self._lock:
            held = self._socket
        if held is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                held.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        """End the conversation inside when it takes too long."""
        timer = threading.Timer(self.longest, self.cut)
        timer.daemon = True  # it writes nothing
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.hold(None)


def unreachable(host: str, error: OSError) -> Undelivered:
    """Return a failure of the network as an outcome: another attempt may succeed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Undelivered("notice.certificate", host=host, reason=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return Undelivered("notice.no-tls", host=host, reason=error.reason or "SSL")
    if isinstance(error, TimeoutError):
        return Undelivered("notice.silent", host=host)
    reason = error.strerror or type(error).__name__
    return Undelivered("notice.unreachable", host=host, reason=reason)


def shortened(text: str, *secrets: str) -> str:
    """Return a server's words on one line, without the secrets that it may have repeated."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
