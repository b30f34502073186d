"""A folder's watcher as a service of the system: systemd, launchd, the Windows task scheduler, or cron.

Each kind has a *definition*, a text that names the watcher's command with its own rules of quoting, a location where the
system looks for it, and the commands by which a person starts and stops it. crmbook writes the definition and prints
those commands; it starts nothing by itself. The command is spelled out (this Python, the whole path of the folder), for
a service knows nothing of the shell it was made in; the variables that decide what crmbook does travel with it.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import re
import shlex
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import psutil

from crmbook.base import CrmbookError, make_folder, make_private_folder, without_passwords, write_atomically
from crmbook.watch.status import home
from crmbook.watch.times import parse_at, parse_every

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KINDS: Final = ("systemd", "launchd", "task-scheduler", "cron")
_VARIABLES: Final = {"CRMBOOK_STORE": "--store", "CRMBOOK_LANG": "--lang"}
"""What decides what crmbook does, and the options that say the same."""
_PATHS: Final = ("--settings", "--workspace", "--json-log", "--store")
"""Options whose values are paths: written down whole, because a service runs in another folder."""
_PATIENCE: Final = 300
"""Seconds that the system gives a watcher to finish the workbook under way."""
_TASK: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"


@dataclass(frozen=True, slots=True)
class Service:
    """A service definition.

    Attributes
    ----------
    name
        What the system calls it.
    path
        Where it lies, or belongs.
    text, encoding
        The definition, and how it is written to a file.
    steps
        What the person does next: message codes with their params.
    secrets
        A file that nobody else may read, with the variables that hold a password; None where there are none.
    """

    kind: str
    name: str
    path: Path
    text: str
    encoding: str = "utf-8"
    steps: Sequence[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    secrets: tuple[Path, str] | None = None


def service(kind: str, folder: Path, options: Sequence[str] = ()) -> Service:
    """Return the definition of the watcher of a folder.

    Parameters
    ----------
    options
        Further words of ``crmbook watch``.

    Raises
    ------
    CrmbookError
        ``service.unknown-kind``, ``service.bad-name``; ``service.password`` where a kind has no file that nobody else may
        read for a variable that holds one; for cron also ``service.uneven`` and ``service.no-holidays``.
    """
    makers: dict[str, Callable[[Path, list[str]], Service]] = {
        "systemd": _systemd, "launchd": _launchd, "task-scheduler": _task, "cron": _cron,
    }  # fmt: skip
    if kind not in makers:
        raise CrmbookError("service.unknown-kind", kind=kind, known=", ".join(KINDS))
    folder = folder.absolute()
    words = _whole_paths(options)
    for word in (str(folder), sys.executable, *words):
        if any(unicodedata.category(char) in {"Cc", "Cs"} for char in word):
            raise CrmbookError("service.bad-name", name=ascii(word))
    secret = _secret_variables()
    if kind != "systemd" and secret:
        raise CrmbookError("service.password", kind=kind, names=", ".join(secret))
    return makers[kind](folder, words)


def install(kind: str, folder: Path, options: Sequence[str] = (), *, print_only: bool = False) -> Service:
    """Write the definition of the watcher of a folder where it belongs, unless it is only to be shown.

    Raises
    ------
    CrmbookError
        See `service`; ``file.unwritable``, ``file.no-folder``.
    """
    made = service(kind, folder, options)
    if not print_only:
        make_folder(made.path.parent)
        _make_private(made.path)
        write_atomically(made.path, made.text.encode(made.encoding))
        if made.secrets is not None:
            path, text = made.secrets
            make_private_folder(path.parent)
            write_atomically(path, text.encode(), private=True)
    return made


def _make_private(path: Path) -> None:
    """Let nobody else read it: the location of a store may hold a password."""
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
    except OSError as error:
        raise CrmbookError("file.unwritable", path=path, reason=error.strerror or str(error)) from error


def _whole_paths(options: Sequence[str]) -> list[str]:
    """Return the options with their paths written down whole; ``--name=value`` becomes two words."""
    words: list[str] = []
    for option in options:
        name, mark, value = option.partition("=")
        words += [name, value] if mark and name in _PATHS else [option]
    for position, word in enumerate(words[1:], start=1):
        if words[position - 1] in _PATHS:
            words[position] = _whole(word)
    return words


def _whole(position: str) -> str:
    """Return a path from the root on; addresses of servers, and ``-``, stay."""
    return position if "://" in position or position == "-" else str(Path(position).absolute())


def _name(folder: Path) -> str:
    """Return a name for a folder that every system takes, and that no other folder has."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:24].strip("-")
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    return "-".join(filter(None, ("crmbook", plain, key)))


def _command(folder: Path, options: Sequence[str], program: str | None = None) -> list[str]:
    return [program or sys.executable, "-m", "crmbook", "watch", str(folder), *options]


def _variables() -> dict[str, str]:
    """Return the variables that travel with the command, a store's folder written down whole."""
    found = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    return {name: _whole(value) if name == "CRMBOOK_STORE" else value for name, value in found.items()}


def _secret_variables() -> dict[str, str]:
    """Return those of the variables that hold a password."""
    return {name: value for name, value in _variables().items() if without_passwords(value) != value}


def _systemd(folder: Path, options: list[str]) -> Service:
    program, *rest = _command(folder, options)
    words = [_unit_word(program), *(_unit_word(word).replace("$", "$$") for word in rest)]
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    secret = _secret_variables()
    plain = {name: value for name, value in _variables().items() if name not in secret}
    variables = [f"Environment={_unit_word(f'{name}={value}')}" for name, value in plain.items()]
    secrets = None
    if secret:
        path = base / "crmbook" / f"{_name(folder)}.env"
        variables.append(f"EnvironmentFile={str(path).replace('%', '%%')}")
        secrets = path, "".join(f"{name}={_file_word(value)}\n" for name, value in secret.items())
    lines = [
        "[Unit]",
        f"Description=crmbook watches {str(folder).replace('%', '%%')}",
        f"RequiresMountsFor={' '.join(map(_unit_word, _paths_of(folder, options)))}",
        "",
        "[Service]",
        f"ExecStart={' '.join(words)}",
        *variables,
        "Restart=on-failure",
        "RestartSec=10",
        f"TimeoutStopSec={_PATIENCE}",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    name = f"{_name(folder)}.service"
    steps: list[tuple[str, Mapping[str, Any]]] = [
        (f"service.systemd-{step}", {"name": name}) for step in ("start", "stay", "stop")
    ]
    if secrets is not None:
        steps.insert(0, ("service.secrets", {"path": secrets[0], "names": ", ".join(secret)}))
    unit = base / "systemd" / "user" / name
    return Service("systemd", name, unit, "\n".join(lines) + "\n", steps=steps, secrets=secrets)


def _paths_of(folder: Path, options: Sequence[str]) -> list[str]:
    """Return the paths that a watcher needs, whose drives must be mounted before it begins."""
    found = [value for name, value in pairwise(options) if name in _PATHS]
    found.append(_variables().get("CRMBOOK_STORE", ""))
    return [str(folder), *dict.fromkeys(path for path in found if Path(path).is_absolute())]


def _file_word(text: str) -> str:
    """Return a value as one word of an environment file, in which four characters mean something between quotes."""
    return '"' + re.sub(r'(["\\`$])', r"\\\1", text) + '"'


def _unit_word(text: str) -> str:
    """Return a text as one word of a unit file, in which a backslash, a quotation mark and ``%`` mean something."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _launchd(folder: Path, options: list[str]) -> Service:
    name = _name(folder)
    plist: dict[str, Any] = {
        "Label": name,
        "ProgramArguments": _command(folder, options),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ExitTimeOut": _PATIENCE,
        "ProcessType": "Background",
    }
    if variables := _variables():
        plist["EnvironmentVariables"] = variables
    path = Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"
    params: dict[str, Any] = {"name": name, "path": shlex.quote(str(path))}
    steps = [(f"service.launchd-{step}", params) for step in ("start", "stop")]
    return Service("launchd", name, path, plistlib.dumps(plist, sort_keys=False).decode(), steps=steps)


def _task(folder: Path, options: list[str]) -> Service:
    """Return a task that runs from the user's logon on, without a window, as long as it runs."""
    windowless = Path(sys.executable).with_name("pythonw.exe")
    for variable, value in _variables().items():  # a task has no variables of its own
        if _VARIABLES[variable] not in options:
            options = [*options, _VARIABLES[variable], value]
    program, *rest = _command(folder, options, str(windowless) if windowless.exists() else None)
    name = _name(folder)
    root = ET.Element("Task", {"version": "1.2", "xmlns": _TASK})
    _branch(root, "RegistrationInfo", Description=f"crmbook watches {folder}")
    user = psutil.Process().username()  # whoever may not act for others may still make a task of their own
    _branch(ET.SubElement(root, "Triggers"), "LogonTrigger", Enabled="true", UserId=user)
    principals = ET.SubElement(root, "Principals")
    principal = _branch(
        principals, "Principal", UserId=user, LogonType="InteractiveToken", RunLevel="LeastPrivilege"
    )
    principal.set("id", "Author")
    settings = _branch(
        root, "Settings", MultipleInstancesPolicy="IgnoreNew", DisallowStartIfOnBatteries="false",
        StopIfGoingOnBatteries="false", StartWhenAvailable="true", ExecutionTimeLimit="PT0S",
    )  # fmt: skip
    _branch(settings, "RestartOnFailure", Interval="PT1M", Count="999")
    actions = ET.SubElement(root, "Actions", {"Context": "Author"})
    _branch(actions, "Exec", Command=program, Arguments=subprocess.list2cmdline(rest))
    ET.indent(root)
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    path = home(folder) / f"{name}.xml"
    params: dict[str, Any] = {"name": name, "path": path}
    steps = [(f"service.task-{step}", params) for step in ("start", "stop")]
    return Service("task-scheduler", name, path, text, "utf-16", steps)


def _branch(parent: ET.Element, name: str, **leaves: str) -> ET.Element:
    branch = ET.SubElement(parent, name)
    for leaf, text in leaves.items():
        ET.SubElement(branch, leaf).text = text
    return branch


def _cron(folder: Path, options: list[str]) -> Service:
    """Return one line for each time of the day: cron begins a round, and ``--once`` ends with it."""
    fields, rest = _cron_fields(options)
    variables = [f"{name}={shlex.quote(value)}" for name, value in _variables().items()]
    name = _name(folder)
    command = shlex.join(_command(folder, [*rest, "--once"]))
    words = [*variables, command, ">/dev/null", f"# {name}"]  # by which the line is found again
    line = " ".join(words).replace("%", "\\%")  # cron ends the command there otherwise, within quotes too
    path = home(folder) / f"{name}.cron"
    params: dict[str, Any] = {"name": name, "path": shlex.quote(str(path))}
    steps = [(f"service.cron-{step}", params) for step in ("start", "stop")]
    return Service("cron", name, path, "".join(f"{when} {line}\n" for when in fields), steps=steps)


def _cron_fields(options: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return when cron begins a round, and the options that are not about that; without any, every 15 minutes."""
    whens: list[tuple[str, str]] = []
    rest: list[str] = []
    days = "*"
    words = iter(options)
    for word in words:
        name, mark, value = word.partition("=")
        if name in {"--every", "--at"}:
            value = value if mark else next(words, "")
            whens.append(_every_fields(value) if name == "--every" else _at_fields(value))
        elif name == "--weekdays":
            days = "1-5"
        elif name == "--holidays":
            raise CrmbookError("service.no-holidays")
        else:
            rest.append(word)
    whens = whens or [("*/15", "*")]
    return [f"{minute} {hour} * * {days}" for minute, hour in whens], rest


def _at_fields(text: str) -> tuple[str, str]:
    at = parse_at(text)
    return str(at.minute), str(at.hour)


def _every_fields(text: str) -> tuple[str, str]:
    minutes, odd = divmod(int(parse_every(text).total_seconds()), 60)
    if not odd and minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes}", "*"
    if not odd and minutes % 60 == 0 and (24 * 60) % minutes == 0:
        return "0", f"*/{minutes // 60}" if minutes < 24 * 60 else "0"
    raise CrmbookError("service.uneven", value=text)
