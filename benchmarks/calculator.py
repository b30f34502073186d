"""Has LibreOffice calculate a workbook anew, or load it; runs under the Python that has the UNO bridge.

Its argument is the job as JSON. It opens the workbook, says so, waits for the name of a file, has everything
calculated with the clock running, writes the sum and the count of the numbers in each area asked for into that file,
and says what the calculation took. Where the job says `load`, only the program is started at first, and it is the
loading that the clock is for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("soffice") or "soffice"
PATIENCE = 120


def connect(process, pipe):
    import uno  # here only: other Pythons import this module for its name

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(PATIENCE * 4):
        if process.poll() is not None:
            break
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # noqa: BLE001 - the bridge has one exception type per version
            time.sleep(0.25)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    raise SystemExit("LibreOffice did not answer")


@contextmanager
def running(profile):
    """Start the office program with a profile of its own; it ends with the block, and the profile goes."""
    pipe = f"crmbook{uuid.uuid4().hex}"
    flags = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
    command = [PROGRAM, f"-env:UserInstallation={Path(profile).as_uri()}", *flags]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        desktop = connect(process, pipe)
        yield desktop
        desktop.terminate()
        process.wait(PATIENCE)
    finally:
        process.kill()
        shutil.rmtree(profile, ignore_errors=True)


def loaded(desktop, path):
    import uno

    hidden = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    hidden.Name, hidden.Value = "Hidden", True
    return desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (hidden,))


def processor(folder):
    """Return the processor seconds that the office program, whose profile is `folder`, has used."""
    ticks = sum(sum(map(int, fields[11:13])) for fields in map(stat, office(folder)))
    return ticks / os.sysconf("SC_CLK_TCK")


def stat(process):
    return (process / "stat").read_text().rpartition(")")[2].split()


def office(folder):
    """Return the processes that were started with a profile: the program itself and what started it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"-env:UserInstallation={Path(folder).as_uri()}" in words:
            found.append(process)
    return found


def peak(folder):
    lines = [line for process in office(folder) for line in (process / "status").read_text().splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def numbers(document, areas):
    """Return the sum and the count of the numbers in each area."""
    told = {}
    for name, (sheet, area) in areas.items():
        rows = document.Sheets.getByName(sheet).getCellRangeByName(area).getDataArray()
        found = [row[0] for row in rows if isinstance(row[0], float)]
        told[name] = [sum(found), len(found)]
    return told


def main():
    job = json.loads(sys.argv[1])
    profile = job["profile"]
    with running(profile) as desktop:
        document = None if job.get("load") else loaded(desktop, job["file"])
        print(json.dumps({"ready": True}), flush=True)
        target = sys.stdin.readline().strip()
        start, used = time.perf_counter(), processor(profile)
        if document is None:
            document = loaded(desktop, job["file"])
        else:
            document.calculateAll()
        took = {"seconds": time.perf_counter() - start, "processor": processor(profile) - used}
        took["memory"] = peak(profile)
        Path(target).write_text(json.dumps(numbers(document, job["areas"])), encoding="utf-8")
        print(json.dumps(took), flush=True)
        document.close(True)


if __name__ == "__main__":
    main()
