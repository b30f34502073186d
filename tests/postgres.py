"""The one way in which tests come by a PostgreSQL server.

Model: ``CRMBOOK_TEST_POSTGRES`` names a server that is there; otherwise one is started in a temporary folder, reachable
only through a socket in it, and goes with the test process. Nothing in it is meant to last, so it does not wait for the
disk. PostgreSQL refuses to run as root: there the system's own account for it is borrowed.
"""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.required import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIVEN = "CRMBOOK_TEST_POSTGRES"
_REQUIRE = "CRMBOOK_REQUIRE_POSTGRES"
_ACCOUNTS = ("postgres", "nobody")


@functools.cache
def server_url() -> str:
    """Return the URL of a server; where there is none skip the test, or fail it under CRMBOOK_REQUIRE_POSTGRES=1."""
    if given := os.environ.get(_GIVEN):
        return given
    programs = find_programs()
    return start(programs) if programs else skip_or_fail("PostgreSQL's server is not installed", _REQUIRE)


@contextmanager
def own_schema() -> Iterator[str]:
    """Yield the URL of an empty schema of its own, which is dropped afterwards; the server may be restarted meanwhile."""
    import psycopg  # for the tests that ask for a server only

    url, name = server_url(), f"t{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs, or None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    places = [*found, *([Path(on_path).resolve()] if on_path else [])]
    return places[-1].parent if places else None


def start(programs: Path) -> str:
    """Start a server of our own and return its URL; it stops with this process."""
    folder = Path(tempfile.mkdtemp(prefix="crmbook-pg-"))
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    _run(
        folder,
        account,
        programs / "initdb",
        "-D",
        data,
        "-U",
        "crmbook",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    )
    settings = f"-k {folder} -c listen_addresses= -F -c max_connections=30 -c shared_buffers=64MB"
    control = (programs / "pg_ctl", "-D", data, "-w")
    _run(folder, account, *control, "-l", folder / "log", "-o", settings, "start")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(_run, folder, account, *control, "-m", "immediate", "stop")
    return f"postgresql://crmbook@/postgres?host={folder}"


def dump(url: str) -> bytes:
    """Return what ``pg_dump`` writes of the schema of its own that a URL names."""
    where, _, name = url.replace("%3D", "=").partition("options=-csearch_path=")
    programs = find_programs()
    program = programs / "pg_dump" if programs is not None else "pg_dump"
    command = [str(program), f"--dbname={where.rstrip('?&')}", f"--schema={name}"]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def restart() -> None:
    """Start our own server anew, as after a power cut: no connection outlives it."""
    if os.environ.get(_GIVEN):
        pytest.skip("a server that was given is not ours to restart")
    folder, programs = Path(server_url().partition("host=")[2]), find_programs()
    assert programs is not None
    command = (
        programs / "pg_ctl",
        "-D",
        folder / "data",
        "-w",
        "-m",
        "immediate",
        "-l",
        folder / "log",
        "restart",
    )
    _run(folder, _account(), *command)


def _account() -> pwd.struct_passwd | None:
    """Return whom to run the server as; None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _ACCOUNTS if name in known)


def _run(folder: Path, account: pwd.struct_passwd | None, *command: object) -> None:
    other = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False, timeout=120, **other,
    )  # fmt: skip
    if done.returncode:
        log = folder / "log"
        said = done.stdout + (log.read_text(errors="replace") if log.exists() else "")
        raise RuntimeError(f"PostgreSQL did not do {command[0]}: {said}")
