"""A message as an e-mail, and its way to the server.

One mail goes to one address, so that a refused address keeps no mail from anybody else. The id of the message is the
Message-ID: whoever gets a mail twice, because the server's answer was lost, sees it once.
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from typing import TYPE_CHECKING, Final

from crmbook.notify.conversation import Conversation, Undelivered, shortened, unreachable
from crmbook.notify.digest import tidied
from crmbook.notify.settings import ascii_address, bare_address

if TYPE_CHECKING:
    from crmbook.notify.digest import Digest
    from crmbook.notify.settings import MailServer

_READY: Final = 220
_LOGGED_IN: Final = 235
_REFUSED: Final = 500
_PASSING: Final = frozenset({552})
"""Answers that sound final and are not: a mailbox that is full."""
_PATIENCE: Final = 3600.0
"""Seconds until a login that was refused is tried again: too many of them lock a mailbox."""
_NAME: Final = "crmbook"
_LONGEST: Final = 50_000
"""Characters of a text that anybody will read."""


def mail_of(digest: Digest, sender: str, recipient: str) -> EmailMessage:
    """Return the message as a mail."""
    mail = EmailMessage(policy=SMTP)
    origin = _address(sender)
    mail["From"] = origin
    mail["To"] = _address(recipient)
    mail["Subject"] = tidied(digest.subject)
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{digest.id}@{origin.domain or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply comes back
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Mailer"] = _NAME
    mail.set_content(digest.text(lambda text: len(text) <= _LONGEST) + "\n", charset="utf-8", cte="base64")
    mail["Content-Language"] = (
        "zh-CN" if digest.lang == "zh" else "en"
    )  # not before: the content clears its headers
    return mail


def send_mail(digest: Digest, server: MailServer, recipient: str, conversation: Conversation) -> None:
    """Hand a message to the mail server.

    Raises
    ------
    Undelivered
        Final where the server refuses the address or the mail for good.
    CrmbookError
        If the password is not where the settings say.
    """
    sender = server.sender or server.user
    mail, password, host = mail_of(digest, sender, recipient), server.password(), server.address[0]
    with conversation.limited():
        connection = _Smtp(conversation, server)
        try:
            connection.open(password)
            connection.sendmail(
                ascii_address(bare_address(sender)), [ascii_address(recipient)], mail.as_bytes()
            )
        except smtplib.SMTPException as error:
            if isinstance(error.__context__, OSError):  # smtplib calls a lost connection an answer
                raise unreachable(host, error.__context__) from None
            raise _outcome(error, host, password) from None
        except OSError as error:
            raise unreachable(host, error) from None
        finally:
            connection.leave()


class _Smtp(smtplib.SMTP):
    """A connection that another thread can cut off from its first byte on."""

    def __init__(self, conversation: Conversation, server: MailServer) -> None:
        self._conversation, self._server = conversation, server
        self._context = ssl.create_default_context()
        super().__init__(local_hostname=_own_name(), timeout=conversation.silence)

    def _get_socket(
        self, host: str, port: int, timeout: float
    ) -> socket.socket:  # what `connect` asks for a socket
        self._host = host  # the name that the certificate must have, should TLS begin later
        plain = socket.create_connection((host, port), timeout)
        self._conversation.hold(plain)
        if self._server.security != "tls":
            return plain
        wrapped = self._context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        self._conversation.hold(wrapped)
        try:
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def open(self, password: str) -> None:
        """Connect, as the settings say, and log in."""
        code, said = self.connect(*self._server.address)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, said)
        if self._server.security == "starttls":
            self.starttls(context=self._context)
            self._conversation.hold(self.sock)
        self.ehlo_or_helo_if_needed()
        if self._server.user:
            self._log_in(self._server.user, password)

    def _log_in(self, user: str, password: str) -> None:
        if (user + password).isascii():
            self.login(user, password)
            return
        credentials = base64.b64encode(
            f"\0{user}\0{password}".encode()
        ).decode()  # smtplib itself knows ASCII only
        code, said = self.docmd("AUTH", f"PLAIN {credentials}")
        if code != _LOGGED_IN:
            raise smtplib.SMTPAuthenticationError(code, said)

    def leave(self) -> None:
        """Say goodbye to a server that still listens; the mail is with it by now, or not, whatever becomes of that."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.sock is not None and not self._conversation.is_cut:
                self.quit()
        self.close()


def _outcome(error: smtplib.SMTPException, host: str, password: str) -> Undelivered:
    """Return what a server's answer means for the message."""
    code, said = _answer(error)
    reason = shortened(f"{code} {said}" if code else said, password)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Undelivered("notice.login-refused", wait=_PATIENCE, host=host, reason=reason)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Undelivered("notice.no-tls", wait=_PATIENCE, host=host, reason=reason)
    is_answer = isinstance(
        error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError
    )
    if is_answer and code >= _REFUSED and code not in _PASSING:
        return Undelivered("notice.mail-refused", final=True, host=host, reason=reason)
    return Undelivered("notice.mail-later", host=host, reason=reason)


def _answer(error: smtplib.SMTPException) -> tuple[int, str]:
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        return 0, str(error)
    return code, said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _address(text: str) -> Address:
    bare = bare_address(text)
    name, _, domain = ascii_address(bare).rpartition("@")
    shown = "" if bare == text else tidied(text.partition("<")[0]).strip('" ')
    return Address(shown, name, domain)


def _own_name() -> str:
    """Return how this machine greets a server; asking the network for its full name may take long."""
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"
