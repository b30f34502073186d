"""An installed wheel works by itself: schemas, templates and examples come with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crmbook.ooxml import Package

ROOT = Path(__file__).parents[1]
WHERE = (
    "from crmbook.schema.shipped import shipped as at; print(at('schemas'), at('templates'), at('examples'))"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with what the wheel holds, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [wheel] = (folder / "dist").glob("crmbook-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, cwd: Path, *words: str) -> str:
    """Run Python where only the wheel is found (``-P`` keeps the working folder out)."""
    env = os.environ | {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-P", *words]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_schemas_come_from_inside_the_package(installed, tmp_path):
    folders = run(installed, tmp_path, "-c", WHERE).split()
    assert folders == [str(installed / "crmbook" / name) for name in ("schemas", "templates", "examples")]


def test_an_installed_wheel_builds_and_syncs(installed, tmp_path):
    run(installed, tmp_path, "-m", "crmbook", "build", "-o", "x.xlsx", "--sample", "--lang", "zh")
    assert "客户基本信息" in {sheet.name for sheet in Package.open(tmp_path / "x.xlsx").sheets}
    other = tmp_path / "other"  # a folder of its own, so that it is a book of its own
    other.mkdir()
    run(installed, other, "-m", "crmbook", "build", "-o", "y.xlsx")
    run(installed, other, "-m", "crmbook", "sync", "y.xlsx")


def test_the_wheel_holds_all_that_is_shipped_and_no_tests(installed):
    for folder in ("schemas", "templates"):
        shipped = {path.name for path in (ROOT / folder).glob("*.yaml")}
        assert {path.name for path in (installed / "crmbook" / folder).glob("*.yaml")} == shipped
    assert {path.name for path in (installed / "crmbook" / "base" / "messages").glob("*.toml")} == {
        path.name for path in (ROOT / "crmbook" / "base" / "messages").glob("*.toml")
    }
    assert not (installed / "tests").exists()
    assert (installed / "crmbook" / "py.typed").exists() == (ROOT / "crmbook" / "py.typed").exists()
