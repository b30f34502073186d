"""The wheel, installed by pip into a fresh environment of each Python that is here: built, synced, asked for help."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from crmbook import __version__

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
"""From the oldest that the project says it runs on."""


def python_of(version):
    """Return a Python of a version that runs here: on the path, or where versions lie side by side; None without any."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{version}*/bin/python3"))
    for place in filter(None, [shutil.which(f"python{version}"), *map(str, beside)]):
        asked = [place, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
            return place
    return None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [made] = folder.glob("crmbook-*.whl")
    return made


def test_the_oldest_python_that_is_tried_is_the_oldest_that_is_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={VERSIONS[0]}"


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_works_in_a_fresh_environment(version, wheel, tmp_path):
    """It gets its requirements as a user's pip would get them."""
    python = python_of(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    place = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", place], check=True, capture_output=True)
    tools = place / "bin"
    quiet = ("--quiet", "--disable-pip-version-check")
    got = subprocess.run(
        [tools / "pip", "install", *quiet, wheel], capture_output=True, text=True, check=False
    )
    if got.returncode and re.search(
        r"NewConnectionError|timed out|name resolution", got.stderr, re.IGNORECASE
    ):
        pytest.skip(f"no package index is reached: {got.stderr.splitlines()[-1]}")
    assert got.returncode == 0, got.stderr

    def crmbook(*words):
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [tools / "crmbook", *words],
            cwd=tmp_path,
            env=kept | {"CRMBOOK_LANG": "en"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    assert crmbook("--version") == (0, f"crmbook {__version__}\n")
    assert crmbook("build", "-o", "crm.xlsx", "--sample")[0] == 0
    assert crmbook("sync", "--as-of", "2023-04-01")[0] in {0, 1}
    code, told = crmbook("sync", "--as-of", "2023-04-01")
    assert (code in {0, 1}, "Nothing has changed in crm.xlsx" in told) == (True, True), told
    assert "Usage" in crmbook("sync", "--help")[1]
