"""``watch.yaml``: what may stand in it, and what is said of mistakes, by line and nearest name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmbook.base.errors import CrmbookError
from crmbook.notify.settings import SettingsError, is_address, load_settings, seconds_of, secret_of

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "notices.md"
MAIL = "mail: {host: smtp.example.com, user: crm@example.com, password-env: CRM_MAIL_PASSWORD}\n"


def load(folder: Path, text: str):  # type: ignore[no-untyped-def]
    (folder / "watch.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_without_a_file_nobody_is_told(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.tells, settings.interval) == (False, 600)


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing yet\n") == load_settings(tmp_path / "elsewhere")


def test_everything_that_may_be_said(tmp_path: Path) -> None:
    text = """
digest: 1h30m
mail: {host: smtp.example.com, port: 587, security: starttls, user: crm@example.com, password-file: ~/mail-password, from: 客户管理 <crm@example.com>}
notices:
  - mail: [office@example.com, boss@mail.local]
    all: true
  - webhook: {format: dingtalk, url-env: CRM_ROBOT, secret-env: CRM_ROBOT_SECRET}
owners:
  王芳: {mail: wangfang@example.com}
  李强: {webhook: {format: json, url: "http://127.0.0.1:8080/hook"}, mail: li@example.com}
"""
    settings = load(tmp_path, text)
    assert settings.interval == 5400
    assert settings.mail is not None
    assert settings.mail.address == ("smtp.example.com", 587)
    assert settings.notices[0].addresses == ("office@example.com", "boss@mail.local")
    assert settings.owners["李强"].addresses == ("li@example.com",)
    assert settings.tells


def test_no_secret_is_asked_for_before_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_MAIL_PASSWORD", raising=False)
    server = load(tmp_path, MAIL + "notices: [{mail: a@example.com}]").mail
    with pytest.raises(CrmbookError) as found:
        server.password()
    assert (found.value.code, found.value.params) == ("notice.no-variable", {"name": "CRM_MAIL_PASSWORD"})
    monkeypatch.setenv("CRM_MAIL_PASSWORD", "secret")
    assert server.password() == "secret"


def test_a_secret_is_read_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes("\ufeff授权码\r\n".encode())
    assert secret_of("", str(tmp_path / "password")) == "授权码"
    with pytest.raises(CrmbookError) as found:
        secret_of("", str(tmp_path / "nowhere"))
    assert found.value.code == "notice.no-secret-file"


def test_what_the_documentation_shows_can_be_loaded(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for text in blocks:
        assert load(tmp_path, text).tells


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_each_kind_of_security_has_its_port(tmp_path: Path, security: str) -> None:
    text = f"mail: {{host: x, security: {security}, from: a@example.com}}"
    assert load(tmp_path, text).mail.address[1] == {"tls": 465, "starttls": 587, "none": 25}[security]


@pytest.mark.parametrize(
    ("text", "code", "line", "value"),
    [
        ("digest: soon", "notice.bad-duration", 1, "soon"),
        ("digest: 10", "schema.wrong-type", 1, "10"),
        ("digset: 10m", "schema.unknown-key", 1, "digset"),
        ("mail: {host: x, user: a@example.com, password: 12345}", "notice.plain-secret", 1, "password"),
        ("\nnotices:\n  - webhook: {url: 'http://x.cn', secret: abc}", "notice.plain-secret", 3, "secret"),
        ("mail: {host: x, user: a@example.com}", "schema.missing-key", 1, "password-env"),
        ("mail: {host: x, password-env: P, from: a@example.com}", "schema.missing-key", 1, "user"),
        ("mail: {host: x, user: a, password-env: P}", "schema.missing-key", 1, "from"),
        ("mail: {host: x, from: nobody}", "notice.bad-address", 1, "nobody"),
        ("mail: {host: x, user: a@example.com, password-file: geheim}", "notice.relative-path", 1, "geheim"),
        ("notices:\n  - webhook: {url-file: ./url}", "notice.relative-path", 2, "./url"),
        ("mail: {host: '', from: a@example.com}", "schema.empty-text", 1, ""),
        ("mail: {host: x, from: a@example.com, security: ssl}", "schema.unknown-value", 1, "ssl"),
        ("mail: {host: x, from: a@example.com, port: 70000}", "schema.out-of-range", 1, "70000"),
        ("mail: {host: x, from: a@example.com, port: '25'}", "schema.wrong-type", 1, "'25'"),
        (MAIL + "notices:\n  - mail: wang fang", "notice.bad-address", 3, "wang fang"),
        (MAIL + 'notices:\n  - mail: "a@example.com\\nBcc: b@example.com"', "notice.bad-address", 3, "a@example.com\nBcc: b@example.com"),
        (MAIL + "notices:\n  - mail: a@example.com, b@example.com", "notice.bad-address", 3, "a@example.com, b@example.com"),
        ("notices:\n  - mail: a@example.com", "notice.no-server", 2, ""),
        ("notices:\n  - all: true", "notice.one-of", 2, "mail / webhook"),
        ("notices:\n  - webhook: {format: wecom}", "notice.one-of", 2, "url-env / url-file / url"),
        ("notices:\n  - webhook: {url: 'http://x.cn', url-env: X}", "notice.one-of", 2, "url-env / url-file / url"),
        ("notices:\n  - webhook: {url: 'ftp://x.cn'}", "notice.bad-url", 2, ""),
        ("notices:\n  - webhook: {url: 'http://[x'}", "notice.bad-url", 2, ""),
        ("notices:\n  - webhook: {url: 'http://x.cn', format: wecm}", "schema.unknown-value", 2, "wecm"),
        ("notices:\n  - webhook: {url: 'http://x.cn', format: wecom, secret-env: X}", "schema.misplaced-key", 2, "secret-env"),
        (MAIL + "owners:\n  王芳: {mail: a@example.com, all: true}", "schema.misplaced-key", 3, "all"),
        ("owners: [王芳]", "schema.wrong-type", 1, "[…]"),
        ("mail: [", "schema.unclosed-bracket", 1, None),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, text: str, code: str, line: int, value: str | None
) -> None:
    with pytest.raises(SettingsError) as found:
        load(tmp_path, text)
    (problem,) = found.value.problems
    assert (problem.code, problem.location.line) == (code, line)
    assert value is None or problem.value == value
    for lang in ("zh", "en"):
        assert problem.line(lang).startswith(f"{tmp_path / 'watch.yaml'}:{line}")


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as found:
        load(tmp_path, "notices:\n  - webhook: {url_env: X, formt: wecom}")
    assert [problem.suggestion for problem in found.value.problems] == ["url-env", "format"]


def test_no_mistake_repeats_a_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as found:
        load(tmp_path, "mail: {host: x, user: a@example.com, password: hunter2, port: yes}")
    assert "hunter2" not in str(found.value)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(CrmbookError) as found:
        load_settings(tmp_path, tmp_path / "nowhere.yaml")
    assert found.value.code == "file.missing"
    (tmp_path / "own.yaml").write_text("digest: 5m", encoding="utf-8")
    assert load_settings(tmp_path, tmp_path / "own.yaml").interval == 300


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_bytes("owners: {王芳: {}}".encode("gb18030"))
    with pytest.raises(SettingsError) as found:
        load_settings(tmp_path)
    assert found.value.problems[0].code == "schema.not-utf8"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h", 3600), ("1h30m", 5400), ("0s", 0), (" 5m ", 300), ("９m", 540)]
    + [(text, None) for text in ("", "10", "m", "1d", "-5m", "5m1h", "1.5h", "10 m")],
)
def test_lengths_of_time(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["a@example.com", "a.b+c@mail.local", "a@intranet", "a@例子.com"])
def test_what_is_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a@@b.com", "a b@c.com", "a@b..com", "<a@b.com>", "a@b.com\n", "a@b.com,c@d.com", "王@example.com", "a" * 250 + "@b.com"],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert not is_address(text)
