"""Service definitions: what each system reads out of them is the command that was meant."""

from __future__ import annotations

import json
import plistlib
import re
import shlex
import shutil
import stat
import string
import subprocess
import sys
from datetime import datetime

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import describe
from crmbook.watch.service import KINDS, install, service
from crmbook.watch.status import home

NAMES = [
    "plain",
    "客户 管理",
    "50% & more",
    "a 'b' \"c\"",
    "back\\slash\\",
    "$HOME ${x} `id` $(id)",
    "%h %% %i;#!*?[x]{y}~",
    "-dash",
    "tail ",
]
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.fixture(autouse=True)
def person(tmp_path, monkeypatch):
    """A person's own folders, in which definitions may be written."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("CRMBOOK_STORE", raising=False)
    monkeypatch.setenv("CRMBOOK_LANG", "en")


@pytest.fixture
def folder_of(tmp_path):
    def make(name):
        folder = tmp_path / "desk" / name
        folder.mkdir(parents=True)
        return folder

    return make


def expected(folder, *options):
    return [sys.executable, "-m", "crmbook", "watch", str(folder), *options]


def windows_words(text):
    """Words of a command line as a Windows program reads them: backslashes count only before a quotation mark."""
    words, word, quoted, begun, place = [], "", False, False, 0
    while place < len(text):
        slashes = len(text[place:]) - len(text[place:].lstrip("\\"))
        after = text[place + slashes : place + slashes + 1]
        if slashes:
            begun, place = True, place + slashes
            word += "\\" * (slashes // 2 if after == '"' else slashes)
            if after == '"' and slashes % 2:
                word, place = word + '"', place + 1
        elif after == '"':
            quoted, begun, place = not quoted, True, place + 1
        elif after in " \t" and not quoted:
            words, word, begun, place = words + [word] * begun, "", False, place + 1
        else:
            word, begun, place = word + after, True, place + 1
    return words + [word] * begun


def systemd_words(text):
    """Words of a unit's command line: shlex knows the quoting, the rest are systemd's own doublings."""
    assert not re.search(r"(?<!%)(?:%%)*%(?!%)", text), "a specifier"
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(text)]


def words_of(made):
    """The command that a system reads out of a definition."""
    if made.kind == "systemd":
        (line,) = re.findall("^ExecStart=(.*)$", made.text, re.MULTILINE)
        return systemd_words(line)
    if made.kind == "launchd":
        return plistlib.loads(made.text.encode())["ProgramArguments"]
    root = etree.fromstring(made.text.encode(made.encoding))
    return [root.findtext(f".//{TASK}Command"), *windows_words(root.findtext(f".//{TASK}Arguments"))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["systemd", "launchd", "task-scheduler"])
def test_the_command_comes_out_as_it_was_meant(kind, name, folder_of, monkeypatch):
    monkeypatch.delenv("CRMBOOK_LANG")
    folder = folder_of(name)
    options = ["--every", "15m", "--for", '王 "芳" 100%']
    assert words_of(service(kind, folder, options)) == expected(folder, *options)


names = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(names, st.sampled_from(["systemd", "launchd", "task-scheduler"]))
def test_any_name_survives(tmp_path_factory, name, kind):
    folder = tmp_path_factory.getbasetemp() / f"x{name}"
    made = service(kind, folder, ["--lang", "en"])
    assert words_of(made) == expected(folder, "--lang", "en")
    assert set(made.name) <= set(string.ascii_lowercase + string.digits + "-.")


@pytest.mark.parametrize("name", NAMES)
def test_cron_s_shell_gets_the_command_that_was_meant(name, folder_of, tmp_path, monkeypatch):
    program = tmp_path / "the python 3%"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv, dict(os.environ)]))\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("CRMBOOK_STORE", "postgresql://u%40 'w'@h/db")
    folder = folder_of(name)
    made = service("cron", folder, ["--for", "王 芳"])
    (line,) = made.text.splitlines()
    *when, command = line.split(" ", 5)
    assert when == ["*/15", "*", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", command)
    assert command.endswith(f" # {made.name}")
    shown = command.replace("\\%", "%").replace(">/dev/null", "")  # what cron hands to the shell
    done = subprocess.run(["/bin/sh", "-c", shown], capture_output=True, check=True, env={})
    words, env = json.loads(done.stdout)
    assert words == expected(folder, "--for", "王 芳", "--once")
    assert env["CRMBOOK_STORE"] == "postgresql://u%40 'w'@h/db"


@pytest.mark.parametrize(
    ("options", "whens"),
    [
        ([], ["*/15 * * * *"]),
        (["--every", "5m"], ["*/5 * * * *"]),
        (["--every=1h"], ["0 */1 * * *"]),
        (["--every", "6h", "--weekdays"], ["0 */6 * * 1-5"]),
        (["--every", "1d"], ["0 0 * * *"]),
        (["--at", "08:30", "--at=17:05", "--weekdays"], ["30 8 * * 1-5", "5 17 * * 1-5"]),
    ],
)
def test_cron_begins_the_rounds_that_the_watcher_would(options, whens, folder_of):
    made = service("cron", folder_of("x"), [*options, "--poll"])
    assert [" ".join(line.split()[:5]) for line in made.text.splitlines()] == whens
    assert all(" --poll --once >/dev/null # " in line for line in made.text.splitlines())
    for when in whens:
        CronTrigger.from_crontab(when).get_next_fire_time(None, datetime(2026, 11, 22).astimezone())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--every", "7m"], "service.uneven"),
        (["--every", "90m"], "service.uneven"),
        (["--every", "30s"], "service.uneven"),
        (["--every", "soon"], "watch.bad-every"),
        (["--every"], "watch.bad-every"),
        (["--at", "25:00"], "watch.bad-at"),
        (["--holidays", "cn"], "service.no-holidays"),
    ],
)
def test_what_cron_cannot_do_is_refused(options, code, folder_of):
    with pytest.raises(CrmbookError) as caught:
        service("cron", folder_of("x"), options)
    assert caught.value.code == code


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_finds_nothing_wrong(name, folder_of, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("CRMBOOK_STORE", 'postgresql://u:p%40 "w"\\@h/db')
    made = install("systemd", folder_of(name), ["--for", '王 "芳" 100%'])
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", made.path], capture_output=True, text=True, check=False
    )
    about_it = [line for line in done.stderr.splitlines() if made.name in line]
    assert (about_it, done.returncode) == ([], 0)


def test_a_task_is_utf_16_and_runs_from_the_logon_on(folder_of):
    made = install("task-scheduler", folder_of("客户"), [])
    data = made.path.read_bytes()
    assert data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    root = etree.fromstring(data)
    settings_of = {item.tag.removeprefix(TASK): item.text for item in root.find(f"{TASK}Settings")}
    assert settings_of["ExecutionTimeLimit"] == "PT0S"
    assert settings_of["MultipleInstancesPolicy"] == "IgnoreNew"
    principal = root.find(f"{TASK}Principals/{TASK}Principal")
    assert principal.get("id") == root.find(f"{TASK}Actions").get("Context")
    assert root.findtext(f"{TASK}Triggers/{TASK}LogonTrigger/{TASK}UserId") == principal.findtext(
        f"{TASK}UserId"
    )
    assert [child.tag.removeprefix(TASK) for child in root] == [
        "RegistrationInfo", "Triggers", "Principals", "Settings", "Actions",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_definition_is_written_for_its_owner_alone(kind, folder_of):
    folder = folder_of("客户")
    shown = install(kind, folder, ["--lang", "zh"], print_only=True)
    assert not shown.path.exists()
    made = install(kind, folder, ["--lang", "zh"])
    assert made == shown
    assert made.path.read_bytes().decode(made.encoding) == made.text
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert install(kind, folder, ["--lang", "en"]).path == made.path
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert install(kind, folder_of("another"), []).path != made.path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_next_steps_are_told(kind, lang, folder_of):
    made = service(kind, folder_of("x"))
    start, *_, stop = [describe(code, lang, params) for code, params in made.steps]
    assert (made.name if kind in {"systemd", "task-scheduler"} else str(made.path)) in start
    assert made.name in stop


def test_a_crontab_gets_the_line_once_and_loses_it(folder_of, tmp_path, monkeypatch):
    table, program = tmp_path / "crontab.txt", tmp_path / "programs" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat "{table}"; else cat > "{table}.new" && mv "{table}.new" "{table}"; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    table.write_text("0 1 * * * backup\n")
    folder = folder_of("客户 50%")
    for options in (["--every", "10m"], ["--at", "08:30", "--at", "12:00"]):
        made = install("cron", folder, options)
        start, stop = [describe(code, "en", params).partition(": ")[2] for code, params in made.steps]
        subprocess.run(["/bin/sh", "-c", start], check=True)
        assert table.read_text() == "0 1 * * * backup\n" + made.text
    subprocess.run(["/bin/sh", "-c", stop], check=True)
    assert table.read_text() == "0 1 * * * backup\n"


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_stands_in_another_folder(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRMBOOK_STORE", "store")
    text = service(
        kind, tmp_path / "x", ["--settings=my.yaml", "--json-log", "-", "--workspace", "mine"]
    ).text
    for name in ("my.yaml", "mine", "store"):
        assert str(tmp_path / name) in text
    words = service("launchd", tmp_path, ["--store", "postgresql://h/db", "--json-log", "-"]).text
    assert "<string>postgresql://h/db</string>" in words
    assert "<string>-</string>" in words


@pytest.mark.parametrize("kind", ["systemd", "launchd", "cron"])
def test_variables_travel_with_the_command(kind, folder_of, monkeypatch):
    monkeypatch.setenv("CRMBOOK_STORE", "postgresql://user@host/db")
    text = service(kind, folder_of("x")).text
    assert "postgresql://user@host/db" in text
    assert "--store" not in text


SECRET = "postgresql://user:geheim%40@host/db?sslmode=require"


@pytest.mark.parametrize("url", [SECRET, "postgresql://user@host/db?password=geheim&sslmode=require"])
def test_a_password_stands_in_no_unit_file_but_in_one_for_its_owner_alone(
    url, folder_of, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CRMBOOK_STORE", url)
    made = install("systemd", folder_of("x"))
    assert "geheim" not in made.path.read_text()
    assert made.secrets is not None
    path, text = made.secrets
    assert f"EnvironmentFile={path}\n" in made.path.read_text()
    assert path.read_text() == text == f'CRMBOOK_STORE="{url}"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    told = [describe(code, lang, params) for code, params in made.steps for lang in ("zh", "en")]
    assert str(path) in told[0]
    assert "geheim" not in "".join(told)


@pytest.mark.parametrize("kind", ["launchd", "cron", "task-scheduler"])
def test_a_kind_that_others_may_read_takes_no_password(kind, folder_of, monkeypatch):
    monkeypatch.setenv("CRMBOOK_STORE", SECRET)
    with pytest.raises(CrmbookError) as caught:
        service(kind, folder_of("x"))
    assert caught.value.code == "service.password"
    for lang in ("zh", "en"):
        assert "geheim" not in describe("service.password", lang, caught.value.params)


def test_a_task_gets_its_variables_as_options(folder_of, monkeypatch):
    monkeypatch.setenv("CRMBOOK_STORE", "postgresql://host/db")
    folder = folder_of("x")
    assert words_of(service("task-scheduler", folder, ["--lang", "zh"])) == expected(
        folder, "--lang", "zh", "--store", "postgresql://host/db"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["line\nbreak", "tab\t", "bell\x07", "\udce9"])
def test_control_characters_are_refused(kind, name, tmp_path):
    with pytest.raises(CrmbookError) as caught:
        service(kind, tmp_path / name)
    assert caught.value.code == "service.bad-name"
    for lang in ("zh", "en"):
        assert describe("service.bad-name", lang, caught.value.params).isprintable()


def test_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(CrmbookError) as caught:
        service("upstart", tmp_path)
    assert caught.value.code == "service.unknown-kind"
    assert "systemd" in describe("service.unknown-kind", "en", caught.value.params) + str(caught.value.params)


def test_definitions_that_no_system_looks_for_lie_with_the_watcher_s_state(folder_of):
    folder = folder_of("Nutstore")  # synced by a drive: nothing is written inside
    for kind in ("task-scheduler", "cron"):
        assert install(kind, folder).path.parent == home(folder)
    assert list(folder.iterdir()) == []


def test_a_unit_waits_for_the_drives_that_its_paths_lie_on(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMBOOK_STORE", str(tmp_path / "大 盘" / "store"))
    folder = tmp_path / "客户 100%"
    words = ["--settings", str(tmp_path / "s.yaml"), "--at", "08:30", "--json-log", "-"]
    [line] = [
        one for one in service("systemd", folder, words).text.splitlines() if "RequiresMountsFor" in one
    ]
    found = systemd_words(line.removeprefix("RequiresMountsFor="))
    assert found == [str(folder), str(tmp_path / "s.yaml"), str(tmp_path / "大 盘" / "store")]
