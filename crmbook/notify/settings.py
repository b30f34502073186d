"""What a folder's ``watch.yaml`` says: who gets messages, by which mailbox and which robots, how often.

::

    digest: 10m
    mail: {host: smtp.example.com, user: crm@example.com, password-env: CRM_MAIL_PASSWORD, from: 客户管理 <crm@example.com>}
    notices:
      - webhook: {format: wecom, url-env: CRM_ROBOT}
    owners:
      王芳: {mail: wangfang@example.com}

Everything may be left out; without any of it no message goes out. Passwords are never in the file, which whoever sees the
folder can read: it names an environment variable or a file of its own. They are read when a message is sent, so that
looking at the settings needs none of them.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field

from crmbook.base import CrmbookError, Location, read_bytes
from crmbook.schema import Model, SchemaError, parse_source, problem, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.schema import Node, Problem

FILE: Final = "watch.yaml"
_DURATION: Final = re.compile(r"(?=\d)(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?")
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[\w-]+(?:\.[\w-]+)*"
)
"""Wider than what the world can reach: mailboxes of an office network (``name@mail.local``) are addresses too."""
_PORTS: Final = {"tls": 465, "starttls": 587, "none": 25}
_SECRETS: Final = frozenset({"password", "secret"})
Format = Literal["json", "wecom", "dingtalk", "feishu"]


class SettingsError(SchemaError):
    """The settings have mistakes; `problems` lists all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(problems)
        self.code = "notice.bad-settings"


class MailServer(Model):
    """The mailbox that sends."""

    host: str
    port: int | None = Field(None, ge=1, le=65535)
    """By default that of `security`: 465, 587 or 25."""
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    """Without one the server is not asked to let us in."""
    password_env: str = Field("", alias="password-env")
    password_file: str = Field("", alias="password-file")
    sender: str = Field("", alias="from")
    """By default `user`."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or _PORTS[self.security]

    def password(self) -> str:
        """Return the password, read now; see `secret_of`."""
        return secret_of(self.password_env, self.password_file)


class Webhook(Model):
    """An address that takes messages over HTTP."""

    format: Format = "json"
    url: str = ""
    url_env: str = Field("", alias="url-env")
    url_file: str = Field("", alias="url-file")
    secret_env: str = Field("", alias="secret-env")
    """Signs the messages: 加签 of 钉钉, 签名校验 of 飞书."""
    secret_file: str = Field("", alias="secret-file")

    @property
    def name(self) -> str:
        """What it is called in logs: never its address, which is as good as a password."""
        return f"{self.format}:{self.url_env or self.url_file or _fingerprint(self.url)[:8]}"

    def address(self) -> str:
        """Return the URL, read now; see `secret_of`."""
        return self.url or secret_of(self.url_env, self.url_file)

    def secret(self) -> str:
        """Return the secret, read now; empty where none is named."""
        return secret_of(self.secret_env, self.secret_file)


class Recipient(Model):
    """Who gets messages, by mail, by a robot, or by both."""

    mail: str | tuple[str, ...] = ()
    webhook: Webhook | None = None
    all: bool = False
    """Among `notices`: also what has reached its owner."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The mail addresses."""
        return (self.mail,) if isinstance(self.mail, str) else self.mail


class Settings(Model):
    """The whole file.

    `notices` gets what has no owner with an address of their own.
    """

    digest: str = "10m"
    """How long to gather before a message goes out."""
    personal: Literal["shown", "hidden"] = "shown"
    """Whether messages show names, telephone numbers and the like: what the schemas mark as personal."""
    calendars: Literal["all"] | tuple[str, ...] = ()
    """Whose reminders are written as calendars beside the workbooks: `all` who have customers, or people by name."""
    daily: bool = False
    """Whether people get a message, with the first sync of a day, about what is due for them."""
    mail: MailServer | None = None
    notices: tuple[Recipient, ...] = ()
    owners: dict[str, Recipient] = Field(default_factory=dict)

    @property
    def interval(self) -> float:
        """Seconds of `digest`."""
        return seconds_of(self.digest) or 0.0

    @property
    def tells(self) -> bool:
        """Return whether anybody gets messages."""
        return bool(self.notices or self.owners)


def load_settings(folder: Path, given: Path | None = None) -> Settings:
    """Return the settings of a folder: those of the file `given`, else of its ``watch.yaml``, else the defaults.

    Raises
    ------
    SettingsError
        If the file has mistakes; it lists all of them with line and column.
    CrmbookError
        ``file.missing`` if the file given is not there, ``file.unreadable``.
    """
    path = given or folder / FILE
    if given is None and not path.is_file():
        return Settings()
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError([problem("schema.not-utf8", Location(str(path), 1))]) from error
    node, problems = parse_source(
        text, str(path)
    )  # not through the cache of schemas: an address may be a secret
    if problems:
        raise SettingsError(problems)
    plain = [*_iter_plain_secrets(node)]
    settings, misfits = validate(node, Settings)
    if settings is None or plain:
        locations = {found.location for found in plain}
        raise SettingsError([*plain, *(found for found in misfits if found.location not in locations)])
    problems = tuple(_iter_problems(node, settings))
    if problems:
        raise SettingsError(problems)
    return settings


def secret_of(variable: str, file: str) -> str:
    """Return what an environment variable or a file holds; empty where neither is named.

    Raises
    ------
    CrmbookError
        ``notice.no-variable``, ``notice.no-secret-file``: the name, never the content.
    """
    if variable:
        if not os.environ.get(variable):
            raise CrmbookError("notice.no-variable", name=variable)
        return os.environ[variable].strip()
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CrmbookError("notice.no-secret-file", path=file, reason=type(error).__name__) from error


def seconds_of(text: str) -> float | None:
    """Return the seconds of ``90s``, ``10m`` or ``1h30m``; None for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def is_address(text: str) -> bool:
    """Return whether a text is one mail address and nothing else."""
    if _ADDRESS.fullmatch(text) is None or len(text) > 254:
        return False
    try:
        ascii_address(text)
    except UnicodeError:
        return False
    return True


def ascii_address(text: str) -> str:
    """Return an address as mail servers know it: a domain in Chinese is spelled in ASCII."""
    name, _, domain = text.rpartition("@")
    return f"{name}@{domain.encode('idna').decode()}"


def _iter_plain_secrets(node: Node) -> Iterator[Problem]:
    """Yield every password that is in the file itself."""
    for name, inner in node.entries.items():
        if name in _SECRETS:
            yield problem("notice.plain-secret", inner.key_location, name)
        yield from _iter_plain_secrets(inner)
    for item in node.items:
        yield from _iter_plain_secrets(item)


def _iter_problems(node: Node, settings: Settings) -> Iterator[Problem]:
    """Yield what no type can tell: addresses, durations, and what one key needs of another."""
    if seconds_of(settings.digest) is None:
        yield problem("notice.bad-duration", node.at("digest").location, settings.digest)
    if settings.mail is not None:
        yield from _server_problems(node.at("mail"), settings.mail)
    for number, recipient in enumerate(settings.notices):
        yield from _recipient_problems(node.at("notices", number), recipient, settings)
    for name, recipient in settings.owners.items():
        inner = node.at("owners", name)
        if not name.strip():
            yield problem("schema.empty-text", inner.key_location)
        if recipient.all:
            yield problem("schema.misplaced-key", inner.at("all").key_location, "all", kind=name)
        yield from _recipient_problems(inner, recipient, settings)


def _server_problems(node: Node, server: MailServer) -> Iterator[Problem]:
    if not server.host.strip() or not server.host.isprintable():
        yield problem("schema.empty-text", node.at("host").location)
    yield from _path_problems(node, "password-file", server.password_file)
    if server.password_env and server.password_file:
        yield problem("notice.one-of", node.key_location, "password-env / password-file")
    if (server.password_env or server.password_file) and not server.user:
        yield problem("schema.missing-key", node.key_location, "user")
    if server.user and not (server.password_env or server.password_file):
        yield problem("schema.missing-key", node.key_location, "password-env")
    if server.sender and not is_address(bare_address(server.sender)):
        yield problem("notice.bad-address", node.at("from").location, server.sender)
    if not server.sender and not is_address(server.user):
        yield problem("schema.missing-key", node.key_location, "from")


def _recipient_problems(node: Node, recipient: Recipient, settings: Settings) -> Iterator[Problem]:
    if not recipient.addresses and recipient.webhook is None:
        yield problem("notice.one-of", node.location, "mail / webhook")
    if recipient.addresses and settings.mail is None:
        yield problem("notice.no-server", node.at("mail").key_location)
    for number, address in enumerate(recipient.addresses):
        if not is_address(address):
            yield problem("notice.bad-address", node.at("mail", number).location, address)
    hook, inner = recipient.webhook, node.at("webhook")
    if hook is None:
        return
    yield from _path_problems(inner, "url-file", hook.url_file)
    yield from _path_problems(inner, "secret-file", hook.secret_file)
    if sum(map(bool, (hook.url, hook.url_env, hook.url_file))) != 1:
        yield problem("notice.one-of", inner.key_location, "url-env / url-file / url")
    if hook.url and not is_web_address(hook.url):
        yield problem("notice.bad-url", inner.at("url").location)
    if hook.secret_env and hook.secret_file:
        yield problem("notice.one-of", inner.key_location, "secret-env / secret-file")
    if hook.format == "wecom" and (hook.secret_env or hook.secret_file):
        yield problem("schema.misplaced-key", inner.key_location, "secret-env", kind=hook.format)


def _path_problems(node: Node, key: str, path: str) -> Iterator[Problem]:
    """Yield that a path depends on where the watch was started."""
    if path and not Path(path).expanduser().is_absolute():
        yield problem("notice.relative-path", node.at(key).location, path)


def is_web_address(text: str) -> bool:
    """Return whether a text is the address of a web server."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def bare_address(text: str) -> str:
    """Return the address of ``name <address>``, or the text itself."""
    found = re.fullmatch(r"[^<>\r\n]*<([^<>\r\n]+)>\s*", text)
    return found[1] if found else text


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
