"""The sender: one thread for each server takes what is due out of the outbox, so that a slow one delays no other."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import CrmbookError, describe
from crmbook.notify.conversation import Conversation, Undelivered
from crmbook.notify.digest import compose
from crmbook.notify.mail import send_mail
from crmbook.notify.notification import FAILURE
from crmbook.notify.webhook import send_webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmbook.base import Language
    from crmbook.notify.outbox import Message, Outbox
    from crmbook.notify.settings import MailServer, Webhook

_LONGEST_PAUSE: Final = 3600.0
_LONGEST_SLEEP: Final = 5.0
"""Seconds after which a thread sees that the main thread is gone."""
_LOOK_AGAIN: Final = 60.0
"""Seconds after which a thread looks into the outbox again, also where nothing seems to be due."""
_LAST_WORDS: Final = 30.0
"""Seconds for what cannot be cut off: the asking for a server's address."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address.

    Attributes
    ----------
    key
        Names it in the outbox and in logs.
    server
        Targets of the same server are served one after the other.
    settings
        Fingerprint of what the settings say of it.
    name
        The person it belongs to; empty for a group.
    """

    key: str
    server: str
    settings: str = ""
    name: str = ""
    address: str = ""
    mail: MailServer | None = None
    webhook: Webhook | None = None

    def send(
        self, message: Message, lang: Language, conversation: Conversation, clock: Callable[[], float]
    ) -> None:
        """Send a message to it.

        Raises
        ------
        Undelivered, CrmbookError
            See `send_mail` and `send_webhook`.
        """
        digest = compose(message.id, message.notifications, lang, self.name)
        if self.mail is not None:
            send_mail(digest, self.mail, self.address, conversation)
        elif self.webhook is not None:
            send_webhook(digest, self.webhook, conversation, clock)


@dataclass(frozen=True, slots=True)
class Work:
    """What all threads of a sender share.

    Attributes
    ----------
    first_pause
        Seconds until the second attempt; each further pause is twice as long, up to an hour.
    log
        Takes message codes with their params, from any thread.
    """

    outbox: Outbox
    lang: Language
    clock: Callable[[], float]
    first_pause: float
    log: Callable[..., None]

    def report(self, code: str, **params: object) -> None:
        """Log a message; a log that cannot be written keeps nothing from being sent."""
        with suppress(Exception):
            self.log(code, **params)


class Line:
    """The thread that serves the targets of one server."""

    def __init__(self, work: Work, targets: Sequence[Target]) -> None:
        self.work, self.targets = work, targets
        self._conversation = Conversation()
        self._bell = threading.Condition()
        self._stopping = self._hurry = self._rung = False
        self._arrived: set[str] = set()
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notices {targets[0].server}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ring(self, *, hurry: bool = False) -> None:
        """Look again now; with `hurry` send what has gathered."""
        with self._bell:
            self._rung = True
            self._hurry |= hurry
            self._idle.clear()
            self._bell.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is due; say whether that came."""
        return self._idle.wait(timeout)

    def stop(self) -> None:
        """End after the conversation under way."""
        with self._bell:
            self._stopping = True
            self._bell.notify_all()

    def join(self, timeout: float) -> None:
        """Wait for the end; after `timeout` seconds the conversation under way is cut off, and tried again later."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._conversation.cut()
            self._thread.join(_LAST_WORDS)

    def _run(self) -> None:
        while (hurry := self._wake()) is not None:
            try:
                due = self._serve(hurry=hurry)
            except CrmbookError as error:  # the outbox cannot be read or written now
                self.work.report(error.code, **error.params)
                due = self.work.clock() + _LOOK_AGAIN
            except Exception as error:  # noqa: BLE001 - without this thread nothing would be sent any more
                self.work.report("notice.defect", reason=f"{type(error).__name__}: {error}")
                due = self.work.clock() + _LOOK_AGAIN
            self._sleep_until(due)
        self._idle.set()

    def _wake(self) -> bool | None:
        """Return whether to hurry; None at the end."""
        with self._bell:
            hurry, self._hurry, self._rung = self._hurry, False, False
            # Where the main thread died without a word, this one must not keep the process from being started anew.
            return None if self._stopping or not threading.main_thread().is_alive() else hurry

    def _sleep_until(self, due: float) -> None:
        with self._bell:
            if self._rung:
                return
            self._idle.set()
            until = time.monotonic() + _LOOK_AGAIN  # then look again, whatever the clock did
            while not (self._stopping or self._rung) and threading.main_thread().is_alive():
                left = min(due - self.work.clock(), until - time.monotonic())
                if left <= 0:
                    return
                self._bell.wait(min(left, _LONGEST_SLEEP))

    def _serve(self, *, hurry: bool) -> float:
        """Send what is due to each target, and return when the next is."""
        self._forget_gone()
        soonest = float("inf")
        for target in self.targets:
            message, due = self.work.outbox.next(target.key, self.work.clock(), hurry=hurry)
            while message is not None and not self._stopping:
                self._send(target, message)
                message, due = self.work.outbox.next(target.key, self.work.clock(), hurry=hurry)
            soonest = min(soonest, due)
        return soonest

    def _forget_gone(self) -> None:
        """Take note of failures whose file is gone: nobody needs to mend it."""
        outbox = self.work.outbox
        failed = [key for key, _ in outbox.known(FAILURE)]
        gone = [key for key in failed if not Path(key.removeprefix(FAILURE)).exists()]
        if gone:
            outbox.end(gone)

    def _send(self, target: Target, message: Message) -> None:
        work = self.work
        if message.id in self._arrived:  # a full disk kept that from being noted
            work.outbox.sent(message)
            self._arrived.discard(message.id)
            return
        self._conversation = Conversation()
        params = {"target": target.key, "count": len(message.notifications)}
        try:
            target.send(message, work.lang, self._conversation, work.clock)
        except Undelivered as outcome:
            if outcome.final:
                work.outbox.failed(message, target.settings, outcome.code, outcome.params)
                work.report(
                    "notice.failed", **params, reason=describe(outcome.code, work.lang, outcome.params)
                )
            else:
                self._later(target, message, outcome.code, outcome.params, outcome.wait)
        except CrmbookError as error:
            self._later(target, message, error.code, error.params)
        except Exception as error:  # noqa: BLE001 - whatever one message meets, the others go out
            self._later(target, message, "notice.defect", {"reason": type(error).__name__})
        else:
            self._arrived.add(message.id)
            work.outbox.sent(message)
            self._arrived.discard(message.id)
            work.report("notice.sent", **params)

    def _later(
        self, target: Target, message: Message, code: str, params: Mapping[str, Any], wait: float = 0.0
    ) -> None:
        """Put a message off; the pauses double."""
        work = self.work
        pause = max(min(work.first_pause * 2 ** min(message.attempts, 16), _LONGEST_PAUSE), wait)
        work.outbox.later(message, work.clock() + pause, code, params)
        facts = {
            "target": target.key,
            "count": len(message.notifications),
            "minutes": max(round(pause / 60), 1),
        }
        work.report("notice.later", **facts, reason=describe(code, work.lang, params))
