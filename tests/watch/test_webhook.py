"""Messages posted to a real web server: four formats, their sizes, signatures and the robots' ways to say no."""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import json
import re
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.notify.conversation import Conversation, Undelivered
from crmbook.notify.digest import compose
from crmbook.notify.settings import Webhook
from crmbook.notify.webhook import body_of, send_webhook
from tests.watch.notification import conflict, day, failure, held, preview
from tests.watch.servers import Web, dripping_server, free_port, trust, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST = compose("0123abcd", [conflict(1), held(2)], "zh")
MANY = compose("0123abcd", [conflict(number) for number in range(1, 501)], "zh")
FORMATS = ("json", "wecom", "dingtalk", "feishu")
ROBOTS = FORMATS[1:]
SECRET = "SEC0123456789"
NOW = 1_700_000_000.5


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TEST_SECRET", SECRET)
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "no_proxy",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)


def hook(kind: str, url: str, **more: str) -> Webhook:
    return Webhook.model_validate({"format": kind, "url": url, **more})


def send(kind: str, web: Web, **more: str) -> None:
    send_webhook(DIGEST, hook(kind, web.url, **more), Conversation(), lambda: NOW)


def length(body: dict[str, Any]) -> int:
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def text_of(kind: str, body: dict[str, Any]) -> str:
    """What people see of a robot's message."""
    if kind == "feishu":
        (post,) = body["content"]["post"].values()
        lines = ["".join(part["text"] for part in line) for line in post["content"]]
        return post["title"] + "\n\n" + "\n".join(lines)
    return body["text"]["content"]


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_gets_the_words_of_the_message(kind: str, web: Web) -> None:
    send(kind, web)
    ((path, headers, _),) = web.requests
    assert path == "/robot/send?key=s3cr3t-t0ken"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    (body,) = web.bodies
    assert text_of(kind, body) == f"{DIGEST.subject}\n\n{DIGEST.text()}"
    assert body.get("msgtype", body.get("msg_type")) == ("post" if kind == "feishu" else "text")


def test_a_program_gets_data(web: Web) -> None:
    web.body = b""
    send("json", web)
    ((_, headers, _),) = web.requests
    (body,) = web.bodies
    assert headers["Idempotency-Key"] == body["id"] == "0123abcd"
    assert (body["version"], body["lang"], body["subject"]) == (1, "zh", DIGEST.subject)
    assert body["text"] == DIGEST.text()
    first, second = body["matters"]
    assert (first["kind"], first["workbook"], first["plan"]) == ("held", "王芳.xlsx", "plan")
    assert first["findings"] == ["“客户基本信息”的 10 行中有 8 行不见了"]
    assert (second["kind"], second["customer"], second["fields"]) == ("conflict", "张三", ["电话"])
    assert (second["head"], second["head_who"]) == (["13911112222"], "李强")
    assert (second["file"], second["file_at"]) == (["13933334444"], "2026-11-22T01:06:10+00:00")


def test_data_are_as_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    made = compose("1", [held(1), conflict(2), preview(), day(), failure()], "zh").to_json()
    assert shown.keys() == made.keys()
    assert shown["version"] == made["version"]
    for one, another in zip(shown["matters"], made["matters"], strict=True):
        assert one["kind"] == another["kind"]
        assert one.keys() == another.keys()


def test_dingtalk_is_signed_in_its_address(web: Web) -> None:
    send("dingtalk", web, **{"secret-env": "CRM_TEST_SECRET"})
    asked = parse_qs(urlsplit(web.requests[0][0]).query)
    stamp = "1700000000500"
    sign = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert asked == {"key": ["s3cr3t-t0ken"], "timestamp": [stamp], "sign": [base64.b64encode(sign).decode()]}


def test_feishu_is_signed_in_its_body(web: Web) -> None:
    send("feishu", web, **{"secret-env": "CRM_TEST_SECRET"})
    (body,) = web.bodies
    sign = hmac.new(f"1700000000\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == ("1700000000", base64.b64encode(sign).decode())


def test_data_is_signed_in_its_headers(web: Web) -> None:
    send("json", web, **{"secret-env": "CRM_TEST_SECRET"})
    ((_, headers, data),) = web.requests
    sign = hmac.new(SECRET.encode(), headers["X-Crmbook-Timestamp"].encode() + b"." + data, hashlib.sha256)
    assert headers["X-Crmbook-Signature"] == f"sha256={sign.hexdigest()}"


@pytest.mark.parametrize(("kind", "size"), [("wecom", 2048), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_a_long_message_fits_and_says_what_it_leaves_out(kind: str, size: int) -> None:
    body = body_of(MANY, kind)
    text = text_of(kind, body)
    taken = len(text.encode()) if kind == "wecom" else length(body)
    assert size * 0.75 < taken <= size
    shown = text.count("主库的值")
    assert f"另有 {500 - shown} 项" in text
    assert text.startswith(MANY.subject)
    assert text.endswith("同一件事只通知一次。")


@given(st.lists(st.text(max_size=400), min_size=1, max_size=30), st.sampled_from(ROBOTS))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_text_makes_a_message_too_long_or_more_than_text(texts: list[str], kind: str) -> None:
    digest = compose(
        "1", [conflict(number, customer=text, head=[text]) for number, text in enumerate(texts)], "en"
    )
    body = body_of(digest, kind)
    size = len(text_of(kind, body).encode()) if kind == "wecom" else length(body)
    assert size <= (2048 if kind == "wecom" else 20_000)
    if kind == "feishu":
        (post,) = body["content"]["post"].values()
        assert {part["tag"] for line in post["content"] for part in line} == {"text"}


def test_nobody_is_called_by_what_somebody_typed() -> None:
    digest = compose("1", [conflict(1, customer='<at user_id="all">所有人</at>', head=["@all"])], "zh")
    assert body_of(digest, "feishu")["msg_type"] == "post"  # its plain text would call everybody
    assert "at" not in body_of(digest, "dingtalk")
    assert set(body_of(digest, "wecom")["text"]) == {"content"}


@pytest.mark.parametrize(
    ("kind", "answer", "final", "wait"),
    [
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, True, 0),
        ("wecom", {"errcode": 40058, "errmsg": "text.content exceed max length 2048"}, True, 0),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, False, 60),
        ("wecom", {"errcode": -1, "errmsg": "system busy"}, False, 0),
        ("dingtalk", {"errcode": 300001, "errmsg": "token is not exist"}, True, 0),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, True, 0),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, False, 600),
        ("feishu", {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}, True, 0),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, True, 0),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, True, 0),
        ("feishu", {"code": 9499, "msg": "Bad Request"}, True, 0),
        ("feishu", {"code": 9499, "msg": "too many request"}, False, 60),
        ("feishu", {"code": 11232, "msg": "frequency limited psm"}, False, 60),
        ("feishu", {"StatusCode": 19021, "StatusMessage": "sign error"}, True, 0),
    ],
)
def test_a_robot_that_says_200_may_have_refused(
    kind: str, answer: dict[str, Any], final: bool, wait: float, web: Web
) -> None:
    web.body = json.dumps(answer).encode()
    with pytest.raises(Undelivered) as found:
        send(kind, web)
    assert (found.value.final, found.value.wait) == (final, wait)
    assert str(next(iter(answer.values()))) in found.value.params["reason"]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize("body", [b'{"errcode":"0"}', b'{"code":"0"}', b'{"StatusCode":" 0 "}'])
def test_a_number_that_is_spelled_as_a_text_is_that_number(kind: str, body: bytes, web: Web) -> None:
    web.body = body
    send(kind, web)
    web.body = body.replace(b"0", b"19021")
    with pytest.raises(Undelivered) as found:
        send(kind, web)
    assert "19021" in found.value.params["reason"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Login to Wi-Fi</html>",
        b"[]",
        b"{}",
        b'{"errcode":"ok"}',
        b'{"errcode":true}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_none_of_a_robots_is_no_success(body: bytes, web: Web) -> None:
    web.body = body
    with pytest.raises(Undelivered) as found:
        send("wecom", web)
    assert not found.value.final


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (401, True), (404, True), (410, True), (413, True), (302, True), (408, False), (429, False), (500, False), (503, False)],
)  # fmt: skip
@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_status_means(kind: str, status: int, final: bool, web: Web) -> None:
    web.status, web.headers = status, {"Retry-After": "120", "Location": "/elsewhere"}
    with pytest.raises(Undelivered) as found:
        send(kind, web)
    assert (found.value.final, found.value.params["reason"]) == (final, f"HTTP {status}")
    assert found.value.wait == 120
    assert len(web.requests) == 1  # a redirection is not followed


def test_no_failure_tells_the_address_or_the_secret(web: Web) -> None:
    web.body = json.dumps(
        {"errcode": 310000, "errmsg": f"no {SECRET} at {web.url} key=s3cr3t-t0ken"}
    ).encode()
    with pytest.raises(Undelivered) as refused:
        send("dingtalk", web, **{"secret-env": "CRM_TEST_SECRET"})
    with pytest.raises(Undelivered) as gone:
        send_webhook(
            DIGEST, hook("wecom", f"http://127.0.0.1:{free_port()}/?key=s3cr3t-t0ken"), Conversation()
        )
    told = repr(refused.value) + repr(refused.value.params) + repr(gone.value) + repr(gone.value.params)
    assert SECRET not in told
    assert "s3cr3t-t0ken" not in told


def test_a_server_that_is_gone_is_tried_again() -> None:
    with pytest.raises(Undelivered) as found:
        send_webhook(DIGEST, hook("json", f"http://127.0.0.1:{free_port()}/"), Conversation())
    assert (found.value.code, found.value.final) == ("notice.unreachable", False)


@pytest.mark.parametrize("data", [b".", b"HTTP/1.1 200 OK\r\nX: y\r\n", b"X: y\r\n"])
def test_a_server_that_talks_without_end_is_cut_off(data: bytes) -> None:
    begun = time.monotonic()
    with dripping_server(data) as port, pytest.raises(Undelivered) as found:
        send_webhook(DIGEST, hook("wecom", f"http://127.0.0.1:{port}/"), Conversation(longest=0.5))
    assert time.monotonic() - begun < 5
    assert not found.value.final


@pytest.mark.slow
def test_an_answer_that_stops_halfway_leaves_no_connection_open() -> None:
    started = b"HTTP/1.0 200 OK\r\n\r\n{"  # with this version the connection goes over to the answer

    def call() -> None:  # what it raised keeps its frames until garbage is collected
        with dripping_server(started, every=60) as port, pytest.raises(Undelivered) as failed:
            send_webhook(DIGEST, hook("wecom", f"http://127.0.0.1:{port}/"), Conversation(silence=0.3))
        assert failed.value.code == "notice.silent"

    gc.collect()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
        gc.collect()
    assert [str(one.message) for one in found] == []


def test_a_silent_server_is_left_in_time(web: Web) -> None:
    web.pause = 3
    with pytest.raises(Undelivered) as found:
        send_webhook(DIGEST, hook("wecom", web.url), Conversation(silence=0.3))
    assert (found.value.code, found.value.final) == ("notice.silent", False)


def test_tls_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(tls=True) as web:
        url = f"https://localhost:{web.port}/hook"
        with pytest.raises(Undelivered) as found:
            send_webhook(DIGEST, hook("wecom", url), Conversation())
        assert found.value.code == "notice.certificate"
        assert web.requests == []
        trust(monkeypatch)
        send_webhook(DIGEST, hook("wecom", url), Conversation())
        assert len(web.requests) == 1


def test_the_way_leads_through_the_proxy_of_the_environment(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{web.port}")
    send_webhook(DIGEST, hook("wecom", "http://robots.invalid/send?key=1"), Conversation())
    assert web.requests[0][0] == "http://robots.invalid/send?key=1"
    assert web.requests[0][1]["Host"] == "robots.invalid"


def test_an_address_may_stand_in_the_environment_and_need_not_be_one(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Webhook.model_validate({"format": "wecom", "url-env": "CRM_TEST_ROBOT"})
    monkeypatch.setenv("CRM_TEST_ROBOT", f" {web.url}\n")
    send_webhook(DIGEST, named, Conversation())
    assert len(web.requests) == 1
    monkeypatch.setenv("CRM_TEST_ROBOT", "s3cr3t")
    with pytest.raises(Undelivered) as found:
        send_webhook(DIGEST, named, Conversation())
    assert (found.value.code, found.value.final) == ("notice.bad-hook", True)
    assert "s3cr3t" not in repr(found.value)
