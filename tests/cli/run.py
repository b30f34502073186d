"""Commands as people run them: in this process, or in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from crmbook.cli import app

ROOT = Path(__file__).parents[2]


def run(*words: object) -> Any:
    """Run a command in this process; the result has ``exit_code`` and ``output``."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def run_json(*words: object) -> tuple[int, dict[str, Any]]:
    result = run(*words, "--json")
    return result.exit_code, json.loads(result.stdout)


def python_m(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m crmbook`` in a process of its own."""
    command = [sys.executable, "-m", "crmbook", *map(str, words)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
