"""Real servers for notices: a mail server and a web server on this machine, which answer as a test says."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    from collections.abc import Iterator

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Certificate and key of ``localhost``, which no system trusts by itself: see `trust`."""
PASSWORD = "pa ss:wörd"
USER = "crm@example.com"


def eventually(holds: Any, timeout: float = 20.0) -> Any:
    """Wait until `holds()` is true, and return it."""
    until = time.monotonic() + timeout
    while not (found := holds()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
    return found


def trust(monkeypatch: Any) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@dataclass
class Inbox:
    """What a mail server got, and what it answers; an answer stands until it is taken away."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT by address."""
    answer: str = ""
    """Answer to DATA."""
    pause: float = 0.0
    port: int = 0
    attempts: int = 0
    is_locked: bool = False
    password: str = PASSWORD

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for recipient, mail in self.mails if recipient == address]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.attempts += 1
        if self.is_locked and not session.authenticated:
            return "530 Authentication required"
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        await asyncio.sleep(self.pause)
        if self.answer:
            return self.answer
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(envelope.content)
        self.mails += [(address, mail) for address in envelope.rcpt_tos]
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (
            isinstance(data, LoginPassword)
            and data.login == USER.encode()
            and data.password == self.password.encode()
        )
        return AuthResult(success=right, handled=False)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(security: str = "none", *, port: int = 0, inbox: Inbox | None = None) -> Iterator[Inbox]:
    """A mail server; with TLS it wants a login."""
    inbox = inbox or Inbox()
    options: dict[str, Any] = {"timeout": 60}
    if security != "none":
        inbox.is_locked = True
        options |= {
            "authenticator": inbox.authenticate,
            "auth_require_tls": security == "starttls",
        }
    if security == "starttls":
        options |= {"tls_context": _context(), "require_starttls": True}
    outer = _context() if security == "tls" else None
    controller = _Controller(
        inbox, hostname="127.0.0.1", port=port or free_port(), ssl_context=outer, **options
    )
    controller.start()
    inbox.port = controller.port
    try:
        yield inbox
    finally:
        controller.stop()


@dataclass
class Web:
    """What a web server got, and what it answers."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    body: bytes = b'{"errcode":0,"code":0}'
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/robot/send?key=s3cr3t-t0ken"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]


@contextmanager
def web_server(*, port: int = 0, tls: bool = False) -> Iterator[Web]:
    web = Web()
    end = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.requests.append((self.path, dict(self.headers.items()), body))
            end.wait(web.pause)
            self.send_response(web.status)
            for name, value in web.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(web.body)))
            self.end_headers()
            self.wfile.write(web.body)

        def log_message(self, *args: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # the client hung up
                super().handle()

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        block_on_close = True

    server = Server(("127.0.0.1", port), Handler)
    if tls:
        server.socket = _context().wrap_socket(server.socket, server_side=True)
    web.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        end.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def dripping_server(data: bytes = b".", every: float = 0.05) -> Iterator[int]:
    """A server that accepts and then says the same again and again, for ever; yields its port."""
    end = threading.Event()
    threads: list[threading.Thread] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client hung up
            connection.sendall(data)
            while not end.wait(every):
                connection.sendall(data)

    def accept() -> None:
        while not end.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            threads.append(threading.Thread(target=drip, args=(connection,)))
            threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        yield server.getsockname()[1]
    finally:
        end.set()
        for thread in threads:
            thread.join()
        server.close()
