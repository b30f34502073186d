"""A message as JSON over HTTP: for a program of one's own, or for a group robot of 企业微信, 钉钉 or 飞书.

The robots answer 200 whatever happened; a number in the answer says what. Some numbers mean later (the robot takes
only so many messages a minute), the others that trying again is in vain. Each takes messages up to a size: the last
paragraphs are left out then. Texts are sent as plain text, so that nothing people typed is read as markup or as a call
to everybody in the group.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from crmbook.notify.conversation import Conversation, Undelivered, shortened, unreachable
from crmbook.notify.settings import is_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmbook.notify.digest import Digest
    from crmbook.notify.settings import Webhook

_SIZES: Final = {"wecom": 2048, "dingtalk": 20_000, "feishu": 20_000}
"""Bytes that a robot takes: 企业微信 of the text, the others of the whole body."""
_MINUTE: Final = 60.0
_LATER: Final[Mapping[str, Mapping[int, float]]] = {
    "wecom": {-1: 0.0, 45009: _MINUTE, 45033: _MINUTE},
    "dingtalk": {-1: 0.0, 130101: 10 * _MINUTE, 410100: 10 * _MINUTE, 410101: 10 * _MINUTE},
    "feishu": {11232: _MINUTE, 11233: _MINUTE, 99991400: _MINUTE},
}
"""Error numbers after which trying again can help, with the seconds to wait: busy, or too many messages."""
_BAD_REQUEST: Final = 9499
_BUSY_WORDS: Final = ("too many", "too fast", "frequency")
_SHORTEST: Final = 5
"""Characters of a part of an address that may be no secret, but a word such as ``send``."""
_ANSWER: Final = 64 * 1024
_PASSING: Final = frozenset({408, 425, 429})


def send_webhook(
    digest: Digest, hook: Webhook, conversation: Conversation, clock: Callable[[], float] = time.time
) -> None:
    """Post a message.

    Raises
    ------
    Undelivered
        Final where the address or the message is refused for good.
    CrmbookError
        If the address or the secret is not where the settings say.
    """
    url, secret = hook.address(), hook.secret()
    if not is_web_address(url):
        raise Undelivered("notice.bad-hook", final=True, name=hook.name)
    body = body_of(digest, hook.format)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "crmbook"}
    if hook.format == "json":
        headers |= {"Idempotency-Key": digest.id}
    secrets = (secret, *_secret_parts(url))
    url, body, signed = _signed(hook.format, url, body, secret, clock())
    status, said, wait = _post(url, _encoded(body), headers | signed, conversation)
    _judge(hook, status, said, wait, secrets)


def body_of(digest: Digest, kind: str) -> dict[str, Any]:
    """Return a message in one of the formats, no larger than what takes it."""
    if kind == "json":
        return digest.to_json()
    size = _SIZES[kind]
    if kind == "wecom":
        text = digest.text(lambda text: len(_titled(digest, text).encode()) <= size)
        return {"msgtype": "text", "text": {"content": _cut(_titled(digest, text), size)}}
    if kind == "dingtalk":
        return _text_of(
            digest, size, lambda text: {"msgtype": "text", "text": {"content": _titled(digest, text)}}
        )
    return _text_of(digest, size, lambda text: _post_of(digest, text))


def _text_of(digest: Digest, size: int, shape: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    room = size - 200  # for the signature
    return shape(digest.text(lambda text: len(_encoded(shape(text))) <= room))


def _post_of(digest: Digest, text: str) -> dict[str, Any]:
    """Return the rich text of 飞书: in its plain text an ``<at>`` that somebody typed would call people."""
    lines = [[{"tag": "text", "text": line}] for line in text.split("\n")]
    language = "zh_cn" if digest.lang == "zh" else "en_us"
    return {"msg_type": "post", "content": {"post": {language: {"title": digest.subject, "content": lines}}}}


def _titled(digest: Digest, text: str) -> str:
    return f"{digest.subject}\n\n{text}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _signed(
    kind: str, url: str, body: dict[str, Any], secret: str, now: float
) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return address, body and headers with the signature that the format asks for."""
    if not secret:
        return url, body, {}
    if kind == "dingtalk":
        stamp = str(int(now * 1000))
        sign = _base64(secret.encode(), f"{stamp}\n{secret}".encode())
        joint = "&" if urlsplit(url).query else "?"
        return f"{url}{joint}{urlencode({'timestamp': stamp, 'sign': sign})}", body, {}
    if kind == "feishu":
        stamp = str(int(now))
        return url, {"timestamp": stamp, "sign": _base64(f"{stamp}\n{secret}".encode(), b""), **body}, {}
    stamp = str(int(now))
    sign = hmac.new(secret.encode(), f"{stamp}.".encode() + _encoded(body), hashlib.sha256).hexdigest()
    return url, body, {"X-Crmbook-Timestamp": stamp, "X-Crmbook-Signature": f"sha256={sign}"}


def _secret_parts(url: str) -> list[str]:
    """Return what of an address lets in whoever knows it: its query, and the last part of its path."""
    parts = urlsplit(url)
    found = [url, parts.query, *(value for _, value in parse_qsl(parts.query)), parts.path.rpartition("/")[2]]
    return [part for part in found if len(part) > _SHORTEST]


def _base64(key: bytes, answer: bytes) -> str:
    return base64.b64encode(hmac.new(key, answer, hashlib.sha256).digest()).decode()


def _post(
    url: str, body: bytes, headers: Mapping[str, str], conversation: Conversation
) -> tuple[int, bytes, float]:
    """Post and return status, answer, and the seconds the server asks to wait; redirections are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    with conversation.limited():
        connection = None
        try:
            connection, target = _connection(url, conversation)
            connection.request("POST", target, body, dict(headers))
            # Where the server ends the connection, it is the answer that holds it.
            with connection.getresponse() as answer:
                return answer.status, answer.read(_ANSWER), _seconds(answer.headers.get("Retry-After"))
        except http.client.HTTPException as error:
            raise Undelivered("notice.no-http", host=host, reason=type(error).__name__) from None
        except OSError as error:
            raise unreachable(host, error) from None
        finally:
            if connection is not None:
                connection.close()


class _Plain(http.client.HTTPConnection):
    """A connection that another thread can cut off."""

    conversation: Conversation

    def connect(self) -> None:
        super().connect()
        self.conversation.hold(self.sock)


class _Tls(http.client.HTTPSConnection):
    """The same over TLS."""

    conversation: Conversation

    def connect(self) -> None:
        super().connect()
        self.conversation.hold(self.sock)


def _connection(url: str, conversation: Conversation) -> tuple[http.client.HTTPConnection, str]:
    """Return a connection to the server, through the proxy that the environment names, and what to ask it for."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or (443 if is_tls else 80)
    proxy = "" if proxy_bypass(host) else getproxies().get(parts.scheme, "")
    via = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
    at = (via.hostname or "", via.port or 80) if via else (host, port)
    connection: _Plain | _Tls
    if is_tls:
        connection = _Tls(*at, timeout=conversation.silence, context=ssl.create_default_context())
        if via:
            connection.set_tunnel(host, port, _login(via.username, via.password))
    else:
        connection = _Plain(*at, timeout=conversation.silence)
        path = f"http://{parts.netloc}{path}" if via else path
    connection.conversation = conversation
    return connection, path


def _login(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()}


def _seconds(text: str | None) -> float:
    return float(min(int(text), 3600)) if text and text.isascii() and text.isdigit() else 0.0


def _judge(hook: Webhook, status: int, said: bytes, wait: float, secrets: tuple[str, ...]) -> None:
    """Raise unless the answer says that the message was taken."""
    number, words = (0, "") if hook.format == "json" else _verdict(said)
    is_good = 200 <= status < 300
    if is_good and number == 0:
        return
    if number:
        pause, reason = _pause(hook.format, number, words), f"{number} {words}"
    else:
        is_final = not is_good and status < 500 and status not in _PASSING
        pause, reason = None if is_final else 0.0, f"HTTP {status}"
    reason = shortened(reason, *secrets)
    if pause is None:
        raise Undelivered("notice.hook-refused", final=True, wait=wait, name=hook.name, reason=reason)
    raise Undelivered("notice.hook-later", wait=max(pause, wait), name=hook.name, reason=reason)


def _pause(kind: str, number: int, words: str) -> float | None:
    """Return the seconds to wait after an error of a robot; None where waiting is in vain."""
    if kind == "feishu" and number == _BAD_REQUEST:  # said of a request that is wrong, and of too many
        return _MINUTE if any(word in words.lower() for word in _BUSY_WORDS) else None
    return _LATER[kind].get(number)


def _verdict(said: bytes) -> tuple[int | None, str]:
    """Return the number and the words of a robot's answer; no number where it is none of a robot's."""
    try:
        answer = json.loads(said)
    except ValueError:
        return None, ""
    if not isinstance(answer, dict):
        return None, ""
    for number, words in (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")):
        with suppress(ValueError):  # some gateways in between spell numbers as texts
            return int(str(answer.get(number))), str(answer.get(words, ""))
    return None, ""
