"""Started by `tests.office` in the Python that has the UNO bridge; drives one LibreOffice.

Arguments: the office program, the profile's URL, the workbook, the script, the file for the script's result; or
only the first two, and then jobs come as lines of JSON (``workbook``, ``script``) and answers leave in the same way
(``result`` or ``error``). The office program that this process starts is ended by it, whatever the script does.
"""

import contextlib
import json
import subprocess
import sys
import time
import traceback
import uuid
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException

XLSX = "Calc MS Excel 2007 XML"
PATIENCE = 60  # seconds until a started program must answer


def properties(**values):
    """Return UNO's list of named values."""
    made = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name, item.Value = name, value
        made.append(item)
    return tuple(made)


def connect(pipe, process):
    """Return the context of the office program that listens on `pipe`."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(PATIENCE * 10):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("LibreOffice did not answer")


def run_script(context, workbook, script):
    """Load the workbook, run the script's text and return what it left in ``result``."""
    services = context.ServiceManager
    desktop = services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = desktop.loadComponentFromURL(
        uno.systemPathToFileUrl(workbook), "_blank", 0, properties(Hidden=True)
    )
    if document is None:
        raise SystemExit("LibreOffice could not load " + workbook)

    def save_as(path):
        document.storeToURL(uno.systemPathToFileUrl(str(Path(path).resolve())), properties(FilterName=XLSX))

    def dispatch(command, **arguments):
        helper = services.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
        frame = document.CurrentController.Frame
        return helper.executeDispatch(frame, command, "", 0, properties(**arguments))

    names = {"document": document, "desktop": desktop, "context": context, "dispatch": dispatch, "uno": uno}
    names.update(save=document.store, save_as=save_as, properties=properties, result=None)
    try:
        exec(compile(script, "script", "exec"), names)
    finally:
        document.close(True)
    return names["result"]


def serve(context):
    """Run the scripts that come in, until no more come."""
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"result": run_script(context, job["workbook"], job["script"])}
        except (Exception, SystemExit):  # noqa: BLE001 - the test is told, and the next script runs
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


def main():
    """Start the office program, run the script or what comes in, end the program."""
    program, profile, *job = sys.argv[1:]
    pipe = "crmbook" + uuid.uuid4().hex
    listen = f"--accept=pipe,name={pipe};urp;"
    command = [program, "-env:UserInstallation=" + profile, "--headless", "--norestore", listen]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = connect(pipe, process)
    try:
        if job:
            workbook, script, answer = job
            result = run_script(context, workbook, Path(script).read_text(encoding="utf-8"))
            Path(answer).write_text(json.dumps(result), encoding="utf-8")
        else:
            serve(context)
    finally:
        with contextlib.suppress(DisposedException):
            context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", context
            ).terminate()
        process.wait(PATIENCE)


if __name__ == "__main__":
    main()
