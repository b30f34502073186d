"""Mails, handed to a real server: with TLS and a login, with Chinese, with servers that refuse, drip or are gone."""

from __future__ import annotations

import email.utils
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.notify.conversation import Conversation, Undelivered
from crmbook.notify.digest import compose
from crmbook.notify.mail import mail_of, send_mail
from crmbook.notify.settings import MailServer
from tests.watch.notification import conflict
from tests.watch.servers import PASSWORD, USER, dripping_server, free_port, mail_server, trust

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = compose("0123abcd", [conflict(1)], "zh", "王芳")
TO = "wangfang@example.com"


def server(port: int, security: str = "none", **more: str) -> MailServer:
    login = {"user": USER, "password-env": "CRM_TEST_PASSWORD"} if security != "none" else {}
    host = "127.0.0.1" if security == "none" else "localhost"
    told = {"host": host, "port": port, "security": security, "from": f"客户管理 <{USER}>", **login, **more}
    return MailServer.model_validate(told)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TEST_PASSWORD", PASSWORD)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_arrives_as_it_was_written(security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    with mail_server(security) as inbox:
        send_mail(DIGEST, server(inbox.port, security), TO, Conversation())
    (mail,) = inbox.to(TO)
    assert mail["Subject"] == DIGEST.subject == "【crmbook】王芳.xlsx：1 处冲突待处理"
    assert mail["From"].addresses[0].display_name == "客户管理"
    assert mail["From"].addresses[0].addr_spec == USER
    assert mail["To"] == TO
    assert mail["Message-ID"] == "<0123abcd@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh-CN"
    assert abs(email.utils.parsedate_to_datetime(mail["Date"]).timestamp() - time.time()) < 60
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail.get_content().replace("\r\n", "\n").strip() == DIGEST.text()
    assert "张三（001）" in mail.get_content()


@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_a_mail_says_which_language_it_is_in(lang: Literal["zh", "en"], tag: str) -> None:
    assert mail_of(compose("1", [conflict(1)], lang), USER, TO)["Content-Language"] == tag


def test_every_line_of_a_mail_is_short_enough_for_any_server_and_plain_ascii() -> None:
    long = compose("1", [conflict(1, head=["长" * 300], customer="很长的名字" * 40)], "zh")
    data = mail_of(long, f"客户管理 <{USER}>", TO).as_bytes()
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "typed", ["张三\r\nBcc: everybody@example.com", "a\nb", "x\u2028y", "x\x00y", "\u202etxt", "\ud800"]
)
def test_what_people_typed_cannot_add_a_header(typed: str) -> None:
    facts = {"customer": typed, "workbook": typed + ".xlsx", "head": [typed], "from": typed, "key": typed}
    digest = compose("1", [conflict(1, owner=typed, **facts)], "zh", typed)
    mail = mail_of(digest, f"客户管理 <{USER}>", TO)
    assert set(mail.keys()) == set(mail_of(DIGEST, USER, TO).keys())
    assert mail["Subject"].count("\n") == 0
    assert mail.as_bytes().count(b"Bcc") == 0
    assert len(mail["To"].addresses) == 1


@given(st.text(max_size=120), st.text(max_size=120))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_people_typed_is_text_and_nothing_else(name: str, value: str) -> None:
    digest = compose("1", [conflict(1, customer=name, workbook=name, head=[value])], "zh", name)
    data = mail_of(digest, f"客户管理 <{USER}>", TO).as_bytes()
    read = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
    assert read.keys() == mail_of(DIGEST, USER, TO).keys()
    assert read.defects == []
    assert "".join(read["Subject"].split()) == "".join(digest.subject.split())
    assert read.get_content().replace("\r\n", "\n").strip() == digest.text()


def test_a_domain_in_chinese_is_spelled_as_servers_know_it() -> None:
    with mail_server() as inbox:
        send_mail(DIGEST, server(inbox.port), "wang@例子.com", Conversation())
    assert [address for address, _ in inbox.mails] == ["wang@xn--fsqu00a.com"]


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        ("550 5.1.1 no such user", True),
        ("553 mailbox name not allowed", True),
        ("450 try again later", False),
        ("452 too many recipients", False),
        ("552 mailbox full", False),
    ],
)
def test_a_refused_address_is_given_up_and_a_busy_one_is_not(answer: str, final: bool) -> None:
    with mail_server() as inbox:
        inbox.refused[TO] = answer
        with pytest.raises(Undelivered) as found:
            send_mail(DIGEST, server(inbox.port), TO, Conversation())
    assert found.value.final is final
    assert answer.split(" ", 1)[1] in found.value.params["reason"]


@pytest.mark.parametrize(("answer", "final"), [("554 looks like spam", True), ("451 greylisted", False)])
def test_a_refused_mail_is_given_up_and_a_delayed_one_is_not(answer: str, final: bool) -> None:
    with mail_server() as inbox:
        inbox.answer = answer
        with pytest.raises(Undelivered) as found:
            send_mail(DIGEST, server(inbox.port), TO, Conversation())
    assert (found.value.final, inbox.mails) == (final, [])


def test_a_password_of_plain_letters_logs_in_too(monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    monkeypatch.setenv("CRM_TEST_PASSWORD", "abcd-1234")
    with mail_server("tls") as inbox:
        inbox.password = "abcd-1234"
        send_mail(DIGEST, server(inbox.port, "tls"), TO, Conversation())
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_tried_again_seldom_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    monkeypatch.setenv("CRM_TEST_PASSWORD", "not the password")
    with mail_server("starttls") as inbox, pytest.raises(Undelivered) as found:
        send_mail(DIGEST, server(inbox.port, "starttls"), TO, Conversation())
    assert (found.value.code, found.value.final, found.value.wait) == ("notice.login-refused", False, 3600)
    assert "not the password" not in repr(found.value)


def test_a_password_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    (tmp_path / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    chosen = server(465, "tls").model_copy(
        update={"password_env": "", "password_file": str(tmp_path / "password")}
    )
    with mail_server("tls") as inbox:
        send_mail(DIGEST, chosen.model_copy(update={"port": inbox.port}), TO, Conversation())
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_said_to_a_server_whose_certificate_nobody_trusts(security: str) -> None:
    with mail_server(security) as inbox, pytest.raises(Undelivered) as found:
        send_mail(DIGEST, server(inbox.port, security), TO, Conversation())
    assert (found.value.code, found.value.final) == ("notice.certificate", False)
    assert inbox.attempts == 0


def test_a_server_without_tls_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    with mail_server("none") as inbox, pytest.raises(Undelivered) as found:
        send_mail(DIGEST, server(inbox.port, "starttls"), TO, Conversation())
    assert found.value.code == "notice.no-tls"


def test_a_server_that_is_gone_is_tried_again() -> None:
    with pytest.raises(Undelivered) as found:
        send_mail(DIGEST, server(free_port()), TO, Conversation())
    assert (found.value.code, found.value.final) == ("notice.unreachable", False)


@pytest.mark.parametrize("data", [b".", b"220-x\r\n"])
def test_a_server_that_talks_without_end_is_cut_off(data: bytes) -> None:
    begun = time.monotonic()
    with dripping_server(data) as port, pytest.raises(Undelivered) as found:
        send_mail(DIGEST, server(port), TO, Conversation(longest=0.5))
    assert time.monotonic() - begun < 5
    assert not found.value.final


def test_a_silent_server_is_left_in_time() -> None:
    with mail_server() as inbox:
        inbox.pause = 3
        with pytest.raises(Undelivered) as found:
            send_mail(DIGEST, server(inbox.port), TO, Conversation(silence=0.3))
    assert (found.value.code, found.value.final) == ("notice.silent", False)
