"""Has LibreOffice open a workbook and save it; runs under the Python that has the UNO bridge.

Its argument is the job as JSON. It starts the program, opens the workbook, saves it under another name, and prints
what opening and saving took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from calculator import loaded, peak, processor, running

_FILTER = "Calc MS Excel 2007 XML"


def timed(profile, work):
    """Do some work; return what it gives, and what it took of the clock, of the processor and of memory."""
    start, used = time.perf_counter(), processor(profile)
    given = work()
    took = {"seconds": time.perf_counter() - start, "processor": processor(profile) - used}
    return given, took | {"memory": peak(profile)}


def save(document, path):
    import uno

    kind = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    kind.Name, kind.Value = "FilterName", _FILTER
    document.storeToURL(Path(path).as_uri(), (kind,))


def main():
    job = json.loads(sys.argv[1])
    profile = job["profile"]
    with running(profile) as desktop:
        document, opening = timed(profile, lambda: loaded(desktop, job["file"]))
        _, saving = timed(profile, lambda: save(document, job["target"]))
        print(json.dumps({"load": opening, "save": saving}), flush=True)
        document.close(True)


if __name__ == "__main__":
    main()
