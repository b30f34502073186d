"""Notices from real syncs to real servers: who gets what, once, in words; whatever servers and processes do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from crmbook.base.errors import BusyError, CrmbookError, DeniedError, OpenError
from crmbook.base.issues import describe
from crmbook.notify.notices import Notices, try_settings
from crmbook.notify.outbox import Outbox, read_unsent
from crmbook.notify.settings import load_settings
from crmbook.store import locate
from crmbook.store.engine import parse_location
from crmbook.sync.checkout import Wish, check_out
from crmbook.sync.outcome import Report
from tests.folders import kept_folder, write_files
from tests.sync.shop import DAY, FILES, OTHER, ROWS, Sheet, Shop, book
from tests.watch.servers import Inbox, Web, dripping_server, eventually, free_port, mail_server, web_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.notify.settings import Settings

WANG, LI, OFFICE = "wang@example.com", "li@example.com", "office@example.com"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture
def other(shop: Shop) -> Sheet:
    return shop.check_out()


@cache
def _quarrelled() -> tuple[Path, Report]:
    """A shop in which two people typed differently into a row of 王芳 and one of 李强; made once."""
    shop = Shop(kept_folder())
    quarrel(shop.main, shop.check_out(), 2, 3)
    return shop.folder, shop.sync()


@pytest.fixture
def told(shop: Shop) -> Report:
    """What a sync tells of the quarrel, which stands in the shop now."""
    folder, report = _quarrelled()
    shutil.copytree(folder, shop.folder, dirs_exist_ok=True)
    return Report([replace(one, path=shop.folder / one.path.name) for one in report.workbooks])


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as found:
        yield found


class Watch:
    """Notices of a shop, as a watcher uses them."""

    def __init__(self, shop: Shop, text: str, **options: Any) -> None:
        self.shop, self.options = shop, options
        self.log: list[tuple[str, dict[str, Any]]] = []
        (shop.folder / "watch.yaml").write_text(text, encoding="utf-8")
        self.home = shop.folder / ".crmbook" / "watch"
        self.notices = self.begin()

    @property
    def settings(self) -> Settings:
        return load_settings(self.shop.folder)

    def begin(self) -> Notices:
        def log(code: str, **params: Any) -> None:
            describe(code, "zh", params)
            self.log.append((code, params))

        defaults = {"first_pause": 0.05, "stays": 0.0, "log": log}
        self.notices = Notices(self.settings, self.home, "zh", **{**defaults, **self.options})
        self.notices.start()
        return self.notices

    def sync(self, *sheets: Sheet, **options: Any) -> None:
        self.tell(self.shop.sync(*sheets, **options))

    def tell(self, report: Report) -> None:
        self.notices.notify(report, locate(self.shop.folder))

    def restart(self) -> None:
        self.notices.stop()
        self.begin()

    def settled(self) -> None:
        eventually(lambda: self.notices.pending == 0)

    def logged(self, code: str) -> list[dict[str, Any]]:
        return [params for name, params in self.log if name == code]


@pytest.fixture
def watching(shop: Shop) -> Iterator[Callable[..., Watch]]:
    begun: list[Watch] = []

    def watch(text: str, **options: Any) -> Watch:
        begun.append(Watch(shop, text, **options))
        return begun[-1]

    yield watch
    for one in begun:
        one.notices.stop()


def settings_of(inbox: Inbox, rest: str, digest: str = "0s") -> str:
    server = f"{{host: 127.0.0.1, port: {inbox.port}, security: none, from: crm@example.com}}"
    return f"digest: {digest}\nmail: {server}\n{rest}"


OWNERS = f"owners:\n  王芳: {{mail: {WANG}}}\n  李强: {{mail: {LI}}}\nnotices: [{{mail: {OFFICE}}}]\n"


def quarrel(one: Sheet, another: Sheet, *rows: int, field: str = "phone") -> None:
    """Let two people type differently into rows."""
    for row in rows:
        one.type("clients", row, **{field: f"1390000{row:04}"})
        another.type("clients", row, **{field: f"1370000{row:04}"})


def emptied(sheet: Sheet) -> None:
    for row in range(2, 2 + ROWS):
        sheet.clear("clients", row)


def test_a_conflict_is_told_to_the_owner_of_the_customer(shop, told, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    watch.tell(told)
    watch.settled()
    (wang,), (li,) = inbox.to(WANG), inbox.to(LI)
    assert inbox.to(OFFICE) == []
    assert wang["Subject"] == "【crmbook】王芳.xlsx：1 处冲突待处理"
    text = wang.get_content()
    assert text.startswith("王芳，您好：")
    assert "“王芳.xlsx”有 1 处冲突" in text
    assert "“冲突处理”工作表" in text
    assert "采用主库、采用本簿、自定义" in text
    assert "1. 客户 · 客户1（001） · 电话\r\n" in text
    assert "主库的值（目前采用）：13900000002（客户，20" in text
    assert "本簿的值（在“王芳.xlsx”里填写）：13700000002（王芳，20" in text
    assert "客户2（002）" in li.get_content()
    assert "客户2" not in text


@pytest.mark.parametrize(
    ("rest", "gets"),
    [
        (OWNERS, {WANG, LI}),
        (f"notices: [{{mail: {OFFICE}}}]", {OFFICE}),
        (f"owners: {{王芳: {{mail: {WANG}}}}}\nnotices: [{{mail: {OFFICE}, all: true}}]", {WANG, OFFICE}),
        (f"owners: {{' 王芳 ': {{mail: [{WANG}, {LI}]}}}}", {WANG, LI}),
        (f"owners: {{赵六: {{mail: {LI}}}}}", set()),
    ],
)
def test_who_is_told(shop, told, inbox, watching, rest, gets):
    watch = watching(settings_of(inbox, rest))
    watch.tell(told)
    watch.settled()
    assert {address for address, _ in inbox.mails} == gets
    if not gets:
        assert [(one.target, one.count) for one in watch.notices.unsent()] == [("", 2)]


@pytest.mark.slow
def test_without_an_owner_or_holder_everybody_is_told(shop, other, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    for sheet, name in ((shop.main, "赵"), (other, "钱")):
        sheet.type("clients", 2, name=name)
    shop.main.type("clients", 2, owner=None)
    shop.sync(shop.main)
    watch.sync()
    watch.settled()
    assert [address for address, _ in inbox.mails] == [
        OFFICE
    ]  # nobody holds 王芳.xlsx: it was not built for her
    assert "负责人" not in inbox.to(OFFICE)[0].get_content()


def hand_out(shop: Shop, name: str, holder: str) -> Sheet:
    """Check out a working copy that somebody holds."""
    with shop.store() as store:
        [record] = store.books()
        check_out(store, record, book(), Wish(shop.folder / name, DAY, holder=holder, is_beside=True))
    return Sheet(shop.folder / name)


def test_a_held_workbook_is_told_to_its_holder(shop, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    mine = hand_out(shop, "我的.xlsx", "王芳")
    emptied(mine)
    watch.sync()
    watch.settled()
    ((address, mail),) = inbox.mails
    text = mail.get_content()
    assert address == WANG
    assert mail["Subject"] == "【crmbook】我的.xlsx：1 个工作簿待确认"
    assert "“我的.xlsx”里的改动看起来像误操作，一处也没有取入" in text
    assert f"“客户”被清空了，原有 {ROWS} 行" in text
    assert "“校验问题”工作表，在“处理”列选择“确认”" in text
    assert "“放弃”（恢复原来的内容）" in text


def test_who_left_a_workbook_open_is_not_named_where_nobody_knows(shop, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    watch.notices.remind(shop.folder, {shop.main.path.name: ""})
    watch.settled()
    text = inbox.to(OFFICE)[0].get_content()
    assert "它已打开超过一天" in text
    assert "?" not in text


def test_the_owner_is_sent_to_the_workbook_that_is_theirs(shop, other, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    hand_out(shop, "我的.xlsx", "王芳")
    shop.sync()
    quarrel(shop.main, other, 2, 3)
    watch.sync()
    watch.settled()
    assert "打开“我的.xlsx”的“冲突处理”" in inbox.to(WANG)[0].get_content()
    assert "打开“王芳.xlsx”的“冲突处理”" in inbox.to(LI)[0].get_content()  # where the other value was typed


def test_a_row_about_a_customer_is_told_with_the_customer_and_to_their_owner(shop, other, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    shop.main.type("visits", 4, memo="上门")
    other.type("visits", 4, memo="电话")
    watch.sync()
    watch.settled()
    (mail,) = inbox.to(LI)
    assert "拜访 · 客户2（1003） · 摘要\r\n" in mail.get_content()


def test_personal_values_may_stay_out_of_messages(shop, other, inbox, watching, tmp_path):
    files = {}
    for name, text in FILES.items():
        marked = text.replace("type: phone}", "type: phone, personal: true}")
        marked = marked.replace("name: {title: {zh: 名称", "name: {personal: true, title: {zh: 名称")
        files[name] = marked
    write_files(tmp_path / "workspace", files)
    watch = watching(settings_of(inbox, f"personal: hidden\nnotices: [{{mail: {OFFICE}}}]"))
    for number, one in enumerate((shop.main, other)):
        one.type("clients", 2, phone=f"1390000000{number}", city=f"城市{number}")
    watch.notices.notify(shop.sync(), locate(shop.folder), tmp_path / "workspace")
    watch.settled()
    text = inbox.to(OFFICE)[0].get_content()
    assert "客户 · 001 · 电话（负责人：王芳）" in text
    assert "主库的值（目前采用）：***" in text
    assert "主库的值（目前采用）：江苏 / 城市0" in text
    assert "139000" not in text
    assert "客户1" not in text


def test_a_deleted_row_is_told_as_such(shop, other, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    shop.main.clear("clients", 2)
    shop.sync(shop.main)
    other.type("clients", 2, phone="13700000000")
    watch.sync()
    watch.settled()
    (mail,) = inbox.mails[0][1:]
    text = mail.get_content()
    assert "整行" in text
    assert "（已删除）" in text
    assert "电话：13700000000" in text


def test_english(shop, other, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    watch.notices.stop()
    watch.notices = Notices(watch.settings, watch.home, "en")
    watch.notices.start()
    quarrel(shop.main, other, 2)
    emptied(other)
    watch.sync(shop.main)
    watch.sync(other)
    watch.settled()
    (mail,) = [mail for _, mail in inbox.mails]
    assert mail["Subject"] == "[crmbook] 王芳.xlsx: workbooks to confirm: 1"
    assert "look like an accident" in mail.get_content()


def test_many_conflicts_in_a_minute_make_one_message(shop, other, inbox, watching):
    now = [1000.0]
    watch = watching(settings_of(inbox, f"notices: [{{mail: {OFFICE}}}]", "10m"), clock=lambda: now[0])
    for number, field in enumerate(("phone", "name")):
        quarrel(shop.main, other, *range(2, 2 + ROWS), field=field)
        now[0] += 10
        watch.sync()
        assert watch.notices.pending == ROWS * (number + 1)
    count = len(shop.conflicts())
    assert count == 2 * ROWS
    assert watch.notices.pending == count
    assert inbox.mails == []
    now[0] += 600
    watch.notices.notify(
        Report([]), locate(shop.folder)
    )  # any news wakes the sender; by itself it looks every 30 s
    watch.settled()
    (mail,) = inbox.to(OFFICE)
    assert f"{count} 处冲突" in mail["Subject"]
    assert mail.get_content().count("主库的值") == count


def test_nothing_is_told_twice_whatever_is_synced_or_restarted(shop, told, inbox, watching):
    other = Sheet(shop.folder / OTHER)
    watch = watching(settings_of(inbox, OWNERS))
    watch.tell(told)
    watch.settled()
    watch.restart()
    watch.sync(shop.main)
    other.type("clients", 4, name="别的")
    watch.sync()
    time.sleep(0.1)
    watch.settled()
    assert len(inbox.mails) == 2


def test_a_conflict_of_a_run_that_died_before_it_told_is_told_by_the_next(shop, other, inbox, watching):
    quarrel(shop.main, other, 2)
    shop.sync()
    watch = watching(settings_of(inbox, OWNERS))
    watch.sync(shop.main)
    watch.settled()
    assert len(inbox.to(WANG)) == 1


@pytest.mark.slow
def test_a_settled_conflict_is_told_no_more_and_a_new_one_of_the_same_cell_is(shop, other, inbox, watching):
    now = [1000.0]
    watch = watching(settings_of(inbox, OWNERS, "10m"), clock=lambda: now[0])
    quarrel(shop.main, other, 2)
    watch.sync()
    assert watch.notices.pending == 1
    shop.main.answer("conflicts", 0, decision="采用本簿")
    watch.sync()
    assert watch.notices.pending == 0
    quarrel(shop.main, other, 2, field="name")
    watch.sync()
    now[0] += 601
    watch.restart()
    watch.settled()
    ((_, mail),) = inbox.mails
    assert "名称" in mail.get_content()


def test_the_same_accident_again_is_told_again(shop, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    for _ in range(2):
        emptied(shop.main)
        watch.sync()
        watch.settled()
        shop.main.answer("issues", 0, decision="放弃")
        watch.sync()
    assert len(inbox.to(OFFICE)) == 2


def test_a_failing_server_delays_nothing_and_loses_nothing(shop, told, inbox, watching, web):
    """One server gone, one that drips for ever, one that refuses: the fourth gets its notice at once."""
    gone = free_port()
    with dripping_server() as dripping:
        text = settings_of(inbox, "notices:\n", "0s") + "".join(
            f"  - webhook: {{format: {kind}, url: 'http://{host}:{port}/'}}\n"
            for kind, host, port in (
                ("json", "127.0.0.1", gone),
                ("wecom", "localhost", dripping),
                ("dingtalk", "127.0.0.1", web.port),
            )
        )
        text += f"  - mail: {OFFICE}\n"
        web.status = 503
        watch = watching(text, stays=600)
        begun = time.monotonic()
        watch.tell(told)
        assert time.monotonic() - begun < 2
        eventually(lambda: inbox.mails, 10)
        eventually(lambda: len(web.requests) > 2)
        assert len(inbox.mails) == 1
        assert watch.notices.pending == 6
        web.status = 200
        eventually(lambda: watch.notices.pending == 4)
        begun = time.monotonic()
        watch.notices.stop(0.2)
        assert time.monotonic() - begun < 5
    assert len({body["text"]["content"] for body in web.bodies}) == 1
    assert sum(one.count for one in read_unsent(watch.home / "outbox")) == 4
    with web_server(port=gone) as back:
        watch.begin()
        eventually(lambda: back.requests)


def test_while_a_server_is_down_its_notices_gather(shop, told, watching, web):
    other = Sheet(shop.folder / OTHER)
    web.status = 500
    watch = watching(f"digest: 0s\nnotices: [{{webhook: {{url: '{web.url}'}}}}]", first_pause=0.3)
    watch.tell(told)
    eventually(lambda: web.requests)
    quarrel(shop.main, other, 4, 5, 6)
    watch.sync()
    web.status = 200
    watch.settled()
    ids = [body["id"] for body in web.bodies]
    counts = [len(body["matters"]) for body in web.bodies]
    assert len(set(ids)) == 2
    assert counts[-1] == 3
    assert set(counts[:-1]) == {2}


def test_a_refused_address_is_given_up_told_and_tried_again_when_it_was_put_right(
    shop, told, inbox, watching
):
    inbox.refused[WANG] = "550 no such user"
    watch = watching(settings_of(inbox, OWNERS))
    watch.tell(told)
    watch.settled()
    assert len(inbox.to(LI)) == 1
    ((given_up),) = [one for one in watch.notices.unsent() if one.state == "failed"]
    assert (given_up.target, given_up.count) == (f"mail:{WANG}", 1)
    assert "550 no such user" in describe(given_up.reason[0], "zh", given_up.reason[1])
    (logged,) = watch.logged("notice.failed")
    assert logged["target"] == f"mail:{WANG}"
    attempts = inbox.attempts
    watch.restart()
    time.sleep(0.2)
    assert inbox.attempts == attempts
    corrected = settings_of(inbox, OWNERS).replace(WANG, "fang@example.com")
    (shop.folder / "watch.yaml").write_text(corrected, encoding="utf-8")
    watch.restart()
    watch.settled()
    assert len(inbox.to("fang@example.com")) == 1


def test_owners_who_share_a_robot_get_one_message_that_names_them(shop, told, web, watching):
    hook = f"{{webhook: {{format: wecom, url: '{web.url}'}}}}"
    watch = watching(f"digest: 0s\nowners: {{王芳: {hook}, 李强: {hook}}}")
    watch.tell(told)
    watch.settled()
    (body,) = web.bodies
    text = body["text"]["content"]
    assert "您好" not in text
    assert "客户1（001） · 电话（负责人：王芳）" in text
    assert "客户2（002） · 电话（负责人：李强）" in text


def test_a_failure_is_told_once_it_stays(shop, inbox, watching):
    now = [1000.0]
    watch = watching(settings_of(inbox, OWNERS), clock=lambda: now[0], stays=600.0)
    damaged = shop.folder / "坏.xlsx"
    damaged.write_bytes(b"damaged")
    report = Report(
        [], [(damaged, CrmbookError("file.unreadable", path=damaged, reason="Input/output error"))]
    )
    busy = Report(
        [], [(shop.main.path, OpenError("file.open", path=shop.main.path, holder="李雷", lock="~$客户.xlsx"))]
    )
    for _ in range(3):
        watch.tell(report)
        watch.tell(busy)
    now[0] += 300
    watch.restart()
    time.sleep(0.1)
    assert inbox.mails == []
    now[0] += 301
    watch.tell(report)
    watch.settled()
    (mail,) = inbox.to(OFFICE)
    assert mail["Subject"] == "【crmbook】坏.xlsx：1 个工作簿无法同步"
    assert "Input/output error" in mail.get_content()


def test_another_sync_that_never_ends_is_told_after_an_hour(shop, inbox, watching):
    now, path = [1000.0], shop.main.path
    watch = watching(settings_of(inbox, OWNERS), clock=lambda: now[0], stays=600.0)
    report = Report([], [(path, BusyError("store.busy", store="store", holder="li@PC-9 (12)"))])
    watch.tell(report)
    now[0] += 3599
    watch.restart()
    time.sleep(0.1)
    assert inbox.mails == []
    now[0] += 2
    watch.tell(report)
    watch.settled()
    (mail,) = inbox.to(OFFICE)
    assert "li@PC-9 (12)" in mail.get_content()


def test_another_sync_in_between_does_not_put_a_failure_off(shop, inbox, watching):
    now, path = [1000.0], shop.main.path
    watch = watching(settings_of(inbox, OWNERS), clock=lambda: now[0], stays=600.0)
    failing = Report([], [(path, DeniedError("file.denied-file", path=path))])
    watch.tell(failing)
    now[0] += 400
    watch.tell(Report([], [(path, BusyError("store.busy", store="store", holder="li@PC-9 (12)"))]))
    watch.tell(failing)
    now[0] += 201
    watch.tell(failing)
    watch.settled()
    (mail,) = inbox.to(OFFICE)
    assert "li@PC-9" not in mail.get_content()


def test_a_failure_that_mends_itself_is_never_told(shop, inbox, watching):
    now = [1000.0]
    watch = watching(settings_of(inbox, OWNERS), clock=lambda: now[0], stays=600.0)
    path = shop.main.path
    watch.tell(Report([], [(path, CrmbookError("file.unreadable", path=path, reason="x"))]))
    assert watch.notices.pending == 1
    watch.sync()
    now[0] += 1000
    watch.restart()
    watch.settled()
    assert inbox.mails == []


def test_a_failure_of_a_file_that_is_gone_is_never_told(shop, inbox, watching):
    now = [1000.0]
    watch = watching(settings_of(inbox, OWNERS), clock=lambda: now[0], stays=600.0)
    damaged = shop.folder / "坏.xlsx"
    damaged.write_bytes(b"half a download")
    watch.tell(Report([], [(damaged, CrmbookError("file.unreadable", path=damaged, reason="x"))]))
    assert watch.notices.pending == 1
    damaged.unlink()
    watch.notices.stop()  # before the time has come: a watcher at work would have seen that the file is gone
    now[0] += 1000
    watch.begin()
    watch.settled()
    assert inbox.mails == []


def test_an_outbox_that_fails_once_ends_no_notices(shop, told, inbox, watching, monkeypatch):
    """A disk that was full for a moment while a watcher began."""
    with monkeypatch.context() as full:
        refused = CrmbookError("notice.outbox", path="outbox", reason="disk is full")
        full.setattr(Outbox, "address_anew", lambda *_: (_ for _ in ()).throw(refused))
        watch = watching(settings_of(inbox, OWNERS))
        watch.tell(told)
    assert inbox.mails == []
    watch.notices.start()
    watch.settled()
    assert len(inbox.mails) == 2


def test_two_processes_do_not_send_the_same(shop, told, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    second = Notices(watch.settings, watch.home, "zh")
    second.start()
    watch.tell(told)
    second.notify(told, locate(shop.folder))
    watch.settled()
    time.sleep(0.1)
    second.stop()
    assert len(inbox.mails) == 2


def test_a_store_that_cannot_be_read_ends_nothing(shop, told, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS))
    database = Path(parse_location(locate(shop.folder)).database or "")
    kept = shutil.copy(database, shop.folder / "kept")
    database.write_bytes(b"damaged" * 1000)
    watch.tell(told)
    assert watch.logged("notice.not-entered")
    shutil.copy(kept, database)
    watch.tell(told)
    watch.settled()
    assert len(inbox.mails) == 2


def test_nobody_to_tell_costs_nothing(shop, told, watching):
    watch = watching("digest: 1m")
    watch.tell(told)
    assert watch.notices.pending == 0
    assert not watch.home.exists()


def test_flush_sends_what_has_gathered(shop, told, inbox, watching):
    watch = watching(settings_of(inbox, OWNERS, "10m"))
    watch.tell(told)
    assert inbox.mails == []
    assert watch.notices.flush(10)
    assert len(inbox.mails) == 2


def test_what_is_logged_holds_no_secret(shop, told, web, watching, monkeypatch):
    monkeypatch.setenv("CRM_TEST_SECRET", "SEC-very-secret")
    web.body = b'{"errcode": 310000, "errmsg": "SEC-very-secret s3cr3t-t0ken"}'
    hook = f"{{format: dingtalk, url: '{web.url}', secret-env: CRM_TEST_SECRET}}"
    watch = watching(f"digest: 0s\nnotices: [{{webhook: {hook}}}]")
    watch.tell(told)
    eventually(lambda: watch.logged("notice.failed"))
    watch.notices.stop()
    kept = b"".join(path.read_bytes() for path in watch.home.rglob("*") if path.is_file())
    for secret in ("SEC-very-secret", "s3cr3t-t0ken"):
        assert secret not in str(watch.log)
        assert secret.encode() not in kept


def test_the_settings_can_be_tried(shop, inbox, web, watching, monkeypatch):
    monkeypatch.delenv("CRM_TEST_MISSING", raising=False)
    inbox.refused[LI] = "550 no such user"
    text = settings_of(inbox, OWNERS) + "  - webhook: {format: wecom, url-env: CRM_TEST_MISSING}\n"
    text = text.replace(f"notices: [{{mail: {OFFICE}}}]\n", f"notices:\n  - mail: {OFFICE}\n")
    text += f"  - webhook: {{format: feishu, url: '{web.url}'}}\n"
    tried = try_settings(watching(text).settings, "zh")
    problems = {one.target: one.problem for one in tried}
    assert problems[f"mail:{WANG}"] == problems[f"mail:{OFFICE}"] == ""
    assert "550 no such user" in problems[f"mail:{LI}"]
    assert problems["wecom:CRM_TEST_MISSING"] == "环境变量 CRM_TEST_MISSING 没有设置"
    assert inbox.to(WANG)[0]["Subject"] == "【crmbook】测试：通知设置测试"
    assert "这是一条测试消息" in inbox.to(WANG)[0].get_content()
    assert len(web.requests) == 1


_TELLER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from crmbook.sync.outcome import Report
    from crmbook.store import locate
    from crmbook.sync.pipeline import Options, sync_workbooks
    from crmbook.notify.notices import Notices
    from crmbook.notify.settings import load_settings
    from tests.sync.shop import DAY, workspace
    folder = Path(sys.argv[1])
    notices = Notices(load_settings(folder), folder / ".crmbook" / "watch", "zh", first_pause=0.01)
    notices.start()
    report = sync_workbooks(sorted(folder.glob("*.xlsx")), Options(DAY, workspace()))
    notices.notify(report, locate(folder), workspace())
    print("told", flush=True)
    sys.stdin.read()
""")


_SENDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from crmbook.notify.notices import Notices
    from crmbook.notify.settings import load_settings
    Notices(load_settings(Path(sys.argv[1])), Path(sys.argv[2]), "zh").start()
    if len(sys.argv) > 3:
        raise SystemExit(7)  # without a word to the sender
    sys.stdin.read()
""")


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_message_whose_answer_nobody_heard_comes_again_as_the_same(shop, told, web, watching):
    """Killed between the server's taking a message and its saying so."""
    watch = watching(f"digest: 0s\nnotices: [{{webhook: {{url: '{web.url}'}}}}]")
    watch.notices.stop()
    with FileLock(watch.home / "outbox" / "sending.lock"):  # as if another process were sending
        watch.tell(told)
        watch.notices.stop()
    web.pause = 30
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _SENDER, str(shop.folder), str(watch.home)], cwd=root
    ) as process:
        eventually(lambda: web.requests, 60)
        os.kill(process.pid, signal.SIGKILL)
    web.pause = 0
    watch.begin()
    watch.settled()
    first, again = web.bodies
    assert first == again


@pytest.mark.slow
def test_a_process_that_ends_without_a_word_does_end(shop, watching, web):
    watch = watching(f"digest: 0s\nnotices: [{{webhook: {{url: '{web.url}'}}}}]")
    watch.notices.stop()
    command = [sys.executable, "-c", _SENDER, str(shop.folder), str(watch.home), "die"]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], timeout=120, check=False)
    assert ended.returncode == 7


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_killed_watch_loses_no_notice(shop, other, inbox, watching):
    """Told and killed at once, while the server is down; what arrives later arrives whole, each notification at least once."""
    port, root = free_port(), Path(__file__).parents[2]
    text = settings_of(inbox, f"notices: [{{mail: {OFFICE}}}]").replace(str(inbox.port), str(port))
    (shop.folder / "watch.yaml").write_text(text, encoding="utf-8")
    quarrel(shop.main, other, 2, 3, 4)
    process = subprocess.Popen(
        [sys.executable, "-c", _TELLER, str(shop.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"told\n"
        os.kill(process.pid, signal.SIGKILL)
    assert sum(one.count for one in read_unsent(shop.folder / ".crmbook" / "watch" / "outbox")) == 3
    with mail_server(port=port) as back:
        watch = watching(text)
        watch.settled()
        texts = "".join(mail.get_content() for mail in back.to(OFFICE))
    assert [texts.count(f"客户{number}（00{number}）") for number in (1, 2, 3)] == [1, 1, 1]
