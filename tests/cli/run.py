"""Commands as people run them: in this process, or in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from typer.testing import CliRunner

from crmbook.cli import app

ROOT = Path(__file__).parents[2]
DESCRIPTIONS = ROOT / "docs" / "json"


def run(*words: object) -> Any:
    """Run a command in this process; the result has ``exit_code`` and ``output``."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def run_json(*words: object) -> tuple[int, dict[str, Any]]:
    """Run a command; return its exit code and what it printed, which is as ``docs/json`` describes it."""
    result = run(*words, "--json")
    told: dict[str, Any] = json.loads(result.stdout)
    if "--json-schema" not in words:
        described("error" if "error" in told else str(words[0])).validate(told)
    return result.exit_code, told


@cache
def described(name: str) -> Draft202012Validator:
    """Return what judges by the description of a command's result."""
    read = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in DESCRIPTIONS.glob("*.json")}
    parts = Registry().with_resources((key, DRAFT202012.create_resource(text)) for key, text in read.items())
    return Draft202012Validator(read[f"{name}.json"], registry=parts)


def python_m(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m crmbook`` in a process of its own."""
    command = [sys.executable, "-m", "crmbook", *map(str, words)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
