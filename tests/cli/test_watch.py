"""``crmbook watch`` as people start it, stop it and lose it: a process of its own on a real folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from crmbook.base import CHINA, day_of_book
from crmbook.base.locale import ANYWHERE
from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.status import read_status
from crmbook.watch.times import local_now
from tests.cli.run import ROOT, run
from tests.signals import heard
from tests.sync.shop import MAIN, Sheet, Shop, workspace
from tests.watch.watching import strays, until

NO_POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    shop = Shop(tmp_path_factory.mktemp("model"))
    shop.check_out("b.xlsx")
    (shop.folder / MAIN).rename(shop.folder / "a.xlsx")
    sync_workbooks(shop.paths(), Options(local_now().date(), now=local_now()))
    return shop.folder


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "客户 100%"))


@pytest.fixture
def processes():
    """Processes that a test begins; none outlives it."""
    begun: list[subprocess.Popen[bytes]] = []
    yield begun
    for process in begun:
        process.kill()
        process.wait()


def begin(processes, folder: Path, said: Path, *words: object) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "crmbook",
        "watch",
        folder,
        "--lang",
        "en",
        "--quiet-time",
        "0.2",
        *words,
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with said.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env
        )
    processes.append(process)
    return process


def until_said(said: Path, text: str) -> None:
    until(lambda: text in said.read_text(encoding="utf-8"), lambda: said.read_text(encoding="utf-8"))


@pytest.mark.slow
@NO_POSIX
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_second_watcher_takes_over_within_seconds_when_the_first_is_killed(
    kind, folder, tmp_path, processes, request
):
    words: tuple[object, ...] = ()
    if kind == "postgresql":
        words = ("--store", request.getfixturevalue("server"), "--workspace", workspace())
        assert run("sync", folder, "--adopt-store", *words).exit_code in {0, 1}
    first = begin(processes, folder, tmp_path / "1", *words)
    until_said(tmp_path / "1", "Watching")
    until(lambda: (found := read_status(folder)) and len(found.workbooks) == 2)
    begin(processes, folder, tmp_path / "2", *words)
    until_said(tmp_path / "2", "standing by")
    assert f"({first.pid})" in (tmp_path / "2").read_text(encoding="utf-8")
    first.kill()
    killed = time.monotonic()
    until_said(tmp_path / "2", "Taking over")
    assert time.monotonic() - killed < 20
    Sheet(folder / "a.xlsx").type("clients", 2, name="关羽")
    until_said(tmp_path / "2", "a.xlsx: took in 1 changed cell")
    assert strays(folder) == []


@pytest.mark.slow
@NO_POSIX
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_stop_it_finishes_and_ends_well(sign, folder, tmp_path, processes):
    Sheet(folder / "a.xlsx").type("clients", 2, name="张飞")
    with heard(sign):
        process = begin(processes, folder, tmp_path / "said")
    until_said(tmp_path / "said", "Watching")
    process.send_signal(sign)
    assert process.wait(60) == 0
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert said.splitlines()[-1].endswith("Stopped")
    assert "Traceback" not in said
    assert strays(folder) == []
    assert read_status(folder).role == "stopped"


@pytest.mark.slow
@NO_POSIX
def test_it_goes_on_when_nobody_listens_any_more(folder, processes):
    command = [sys.executable, "-m", "crmbook", "watch", folder, "--lang", "en", "--quiet-time", "0.2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    processes.append(process)
    assert "Watching" in process.stdout.readline().decode()
    process.stdout.close()
    Sheet(folder / "a.xlsx").type("clients", 2, name="貂蝉")
    log = folder / ".crmbook" / "watch" / "log"
    until(lambda: any('"watch.taken"' in one.read_text(encoding="utf-8") for one in log.iterdir()))
    process.terminate()
    assert process.wait(60) == 0


@pytest.mark.slow
@NO_POSIX
def test_killed_at_any_time_it_goes_on_where_it_was(folder, tmp_path, processes):
    for number in range(4):
        Sheet(folder / f"{'ab'[number % 2]}.xlsx").type("clients", 2 + number, name=f"客户{number}号")
        process = begin(processes, folder, tmp_path / "said")
        until_said(tmp_path / "said", "Watching")
        time.sleep(0.3 * number)
        process.kill()
        process.wait()
    assert run("watch", folder, "--once").exit_code in {0, 1}
    for name in ("a.xlsx", "b.xlsx"):
        found = Sheet(folder / name).rows("clients", "name")
        assert [found[2 + number]["name"] for number in range(4)] == [
            f"客户{number}号" for number in range(4)
        ]
    assert strays(folder) == []


def test_a_single_round_for_cron(folder, tmp_path):
    Sheet(folder / "a.xlsx").type("clients", 2, name="吕布")
    first = run("watch", folder, "--once", "--lang", "en", "--json-log", tmp_path / "log.jsonl")
    assert "a.xlsx: took in 1 changed cell" in first.output
    assert first.exit_code == run("sync", folder).exit_code
    assert run("watch", folder, "--once").exit_code == first.exit_code
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["code"] for line in lines if line["params"].get("name") == "a.xlsx"] == ["watch.taken"]
    assert Sheet(folder / "b.xlsx").value("clients", "name", 2) == "吕布"


def test_a_single_round_says_of_every_workbook_what_it_did(folder, tmp_path):
    today = f"{day_of_book(CHINA.zone, local_now()):%Y-%m-%d}"
    nothing = f"Nothing had changed in 2 workbooks (as of {today})\n"
    assert run("watch", folder, "--once", "--lang", "en").output == nothing
    Sheet(folder / "a.xlsx").lock()
    Sheet(folder / "a.xlsx").add("clients", name="马岱")
    for _ in range(2):  # each round says so
        told = run("watch", folder, "--once", "--lang", "zh").output
        assert re.search("a.xlsx：.*正打开着", told)
        assert f"b.xlsx：没有变化（截止日期 {today}）" in told
    (folder / "~$a.xlsx").unlink()
    (folder / "b.xlsx").rename(tmp_path / "b.xlsx")
    told = run("watch", folder, "--once", "--lang", "en").output
    assert "a.xlsx: took in 0 changed cells, 1 new row" in told
    assert "b.xlsx is gone" in told
    assert "gone" not in run("watch", folder, "--once", "--lang", "en").output
    for _ in range(2):
        (folder / "a.xlsx").write_bytes(b"PK nothing")
        told = run("watch", folder, "--once", "--lang", "en")
        assert (told.exit_code, "a.xlsx: cannot be synced" in told.output) == (2, True)


@pytest.mark.slow
def test_a_single_round_goes_on_to_today_and_says_so(folder):
    today = day_of_book(ANYWHERE.zone, local_now())
    then = today - timedelta(400)
    for path in folder.glob("*.xlsx"):
        path.unlink()
    run(
        "build", "-o", folder / "c.xlsx", "--sample", "--lang", "en", "--store", folder / "s", "--as-of", then
    )
    run("sync", folder / "c.xlsx", "--as-of", then, "--store", folder / "s")
    told = run("watch", folder, "--once", "--lang", "en", "--store", folder / "s").output
    assert f"c.xlsx: brought up to date, as-of date {then} → {today}\n" in told


@pytest.mark.slow
@NO_POSIX
@pytest.mark.parametrize("obstacle", ["folder in its place", "file in place of its folder"])
def test_a_json_log_that_cannot_be_written_is_told_and_the_watch_goes_on(
    obstacle, folder, tmp_path, processes
):
    place, said = tmp_path / "there", tmp_path / "said"
    is_folder = obstacle == "folder in its place"
    place.mkdir() if is_folder else place.write_bytes(b"")
    wanted = place if is_folder else place / "log.jsonl"
    process = begin(processes, folder, said, "--json-log", wanted)
    until_said(said, f"“{wanted}”, cannot be written")
    Sheet(folder / "a.xlsx").type("clients", 2, name="许褚")
    until_said(said, "a.xlsx: took in")
    place.rmdir() if is_folder else place.unlink()
    process.terminate()
    assert process.wait(60) == 0
    assert said.read_text(encoding="utf-8").count("cannot be written") == 1
    assert json.loads(wanted.read_text(encoding="utf-8").splitlines()[-1])["code"] == "watch.stopped"


def test_a_single_round_tells_a_damaged_workbook_by_its_exit_code(folder):
    (folder / "b.xlsx").write_bytes(b"PK nothing")
    result = run("watch", folder, "--once", "--lang", "en")
    assert result.exit_code == 2
    assert "b.xlsx: cannot be synced" in result.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--every", "often"], "watch.bad-every"),
        (["--at", "25:00"], "watch.bad-at"),
        (["--holidays", "mars"], "watch.bad-holidays"),
        (["--quiet-time", "0"], "watch.bad-quiet"),
        (["--settings", "missing.yaml"], "file.missing"),
        (["--test-notice"], "watch.nobody-to-tell"),
        (["--install", "windows"], "service.unknown-kind"),
        (["--print"], "watch.print-alone"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_makes_no_sense_is_refused_before_anything_is_done(words, code, lang, tmp_path):
    from crmbook.base.issues import catalogue

    result = run("watch", tmp_path, *words, "--lang", lang)
    pattern = ".*".join(map(re.escape, re.split(r"\{[^}]*\}", str(catalogue()[code][lang]))))
    assert result.exit_code == 2
    assert re.search(pattern, result.output.replace("\n", ""))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    result = run("watch", tmp_path / "nowhere", "--lang", "en")
    assert (result.exit_code, "is no folder" in result.output) == (2, True)


def test_a_single_round_syncs_whatever_is_wrong_with_the_settings_and_says_so(folder):
    (folder / "watch.yaml").write_text("digest: 10m\nnotice: []\n", encoding="utf-8")
    Sheet(folder / "a.xlsx").type("clients", 2, name="马超")
    result = run("watch", folder, "--once", "--lang", "en")
    assert "watch.yaml:2" in result.output
    assert "a.xlsx: took in 1 changed cell" in result.output
    assert result.exit_code in {0, 1}
    tried = run("watch", folder, "--test-notice", "--lang", "en")
    assert (tried.exit_code, "watch.yaml:2" in tried.output) == (2, True)


def test_the_definition_of_a_service_holds_what_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "客户 100%"
    folder.mkdir()
    words = [
        "--every",
        "15m",
        "--at",
        "08:30",
        "--at",
        "13:00",
        "--no-poll",
        "--install",
        "systemd",
        "--lang",
        "en",
    ]
    shown = run("watch", folder, *words, "--print")
    assert shown.exit_code == 0
    assert '"--every" "15m" "--at" "08:30" "--at" "13:00" "--no-poll" "--lang" "en"' in shown.stdout
    assert not (tmp_path / "config").exists()
    written = run("watch", folder, *words)
    [unit] = (tmp_path / "config").rglob("*.service")
    assert unit.read_text(encoding="utf-8") == shown.stdout
    assert unit.name in written.output
    assert list(folder.iterdir()) == []
