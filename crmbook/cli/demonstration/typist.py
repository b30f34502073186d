"""Types into a workbook through LibreOffice; runs under the Python that has the UNO bridge, reads its job as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any


def connect(job: dict[str, Any]) -> tuple[Any, Any]:
    """Start LibreOffice without a window; return its process and its desktop."""
    import uno  # here only, because other Pythons read this module too

    accept = f"--accept=pipe,name={job['pipe']};urp;"
    flags = ["--headless", "--norestore", "--nologo", f"-env:UserInstallation={job['profile']}", accept]
    process = subprocess.Popen([job["program"], *flags])  # noqa: S603 - the program that demo found
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(job["patience"] * 4):
        try:
            context = resolver.resolve(f"uno:pipe,name={job['pipe']};urp;StarOffice.ComponentContext")
            break
        except Exception:  # noqa: BLE001 - the bridge has one exception type per version
            time.sleep(0.25)
    else:
        process.kill()
        sys.exit(1)
    return process, context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def setting(uno: Any, name: str, *, value: object) -> Any:
    """Return an option of the office program's calls."""
    option = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    option.Name, option.Value = name, value
    return option


def main() -> None:
    """Do the job; end the office program in any case."""
    job = json.load(sys.stdin)
    process, desktop = connect(job)
    try:
        type_and_save(job, desktop)
        desktop.terminate()
        process.wait(job["patience"])
    finally:
        process.kill()


def type_and_save(job: dict[str, Any], desktop: Any) -> None:
    """Open the file, type, save, close."""
    import uno

    hidden = setting(uno, "Hidden", value=True)
    document = desktop.loadComponentFromURL(job["file"], "_blank", 0, (hidden,))
    for edit in job["edits"]:
        document.Sheets.getByName(edit["sheet"]).getCellRangeByName(edit["ref"]).setFormula(edit["text"])
    kind = setting(uno, "FilterName", value="Calc MS Excel 2007 XML")
    document.storeToURL(job["file"], (kind,))
    document.close(True)


if __name__ == "__main__":
    main()
