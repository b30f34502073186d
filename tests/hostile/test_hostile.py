"""Hostile packages and folders: a named refusal or a harmless result, in bounded time and memory, nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.cli.run import ROOT
from tests.hostile.folders import folders
from tests.hostile.packages import packages
from tests.sync.shop import Shop

SECONDS = 10
"""Of the processor; nearly all take a tenth of one."""
BATCHES = {"packages": 3, "folders": 1}


def tried(kind: str, batch: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.hostile.trial", kind, str(batch), str(BATCHES[kind])]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "batch"), [(kind, batch) for kind, many in BATCHES.items() for batch in range(many)]
)
def test_it_is_refused_by_name_or_does_no_harm(kind, batch):
    told = tried(kind, batch)
    wrong = [
        one
        for one in told
        if one["unknown"] or one["changed"] or not one["head"] or one["lint"] or one["seconds"] > SECONDS
    ]
    assert wrong == []
    assert len(told) >= 40


@pytest.mark.slow
def test_there_are_enough_of_them(tmp_path):
    made = [name for name, _ in packages(Shop(tmp_path).main.data)]
    kinds = [name for name, _ in folders()]
    assert len(set(made)) == len(made) >= 150
    assert len(set(kinds)) == len(kinds) >= 40
