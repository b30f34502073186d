"""What telling that nothing is new may import: a store is asked for records long before it is asked for frames."""

from __future__ import annotations

import subprocess
import sys

from crmbook.store import Store
from tests.store.world import a_book

_ASK = """
import sys
from pathlib import Path
from crmbook.store import Store
with Store.open(Path(sys.argv[1])) as store, store.lease("b"):
    assert store.book("b") and not store.workbooks("b") and not store.conflicts("b")
    print("pandas" in sys.modules, "numpy" in sys.modules)
    store.head("b")
    print("pandas" in sys.modules)
"""


def test_records_are_told_without_pandas(tmp_path):
    with Store.open(tmp_path) as store:
        store.add_book(a_book())
    command = [sys.executable, "-W", "error", "-c", _ASK, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False", "True"]
