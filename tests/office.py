"""The one harness through which tests drive LibreOffice.

Model: the office program is a separate process that reads a file and writes another; nothing of it lives in the
test's process. Every test process (each xdist worker too) has one private profile in a temporary folder, so that
neither a person's own settings nor another worker's lock can reach a result. The profile recalculates every
formula on load, whatever values the file carries, and shows no first-start windows.

User actions are scripted through UNO by the system's own Python (`run_macro_script`), because the UNO bridge is
built for that interpreter and not for a virtual environment's.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import functools
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self
from xml.etree import ElementTree as ET

from tests.required import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CellContent = None | bool | float | str
"""What a cell shows; an error value is an `ErrorText`."""

_REQUIRE = "CRMBOOK_REQUIRE_OFFICE"
_XLSX = "xlsx:Calc MS Excel 2007 XML"
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1"  # comma, quotation mark, UTF-8, from the first row
_NS = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "p": "http://schemas.openxmlformats.org/package/2006/relationships",
}
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DRIVER = Path(__file__).with_name("office_driver.py")

# The settings that make a run reproducible: always recalculate (0), no wizards, tips or OpenCL, one locale.
_SETTINGS = (
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Misc", "ShowTipOfTheDay", "false"),
    ("/org.openoffice.Office.Common/Misc", "UseOpenCL", "false"),
    ("/org.openoffice.Office.Recovery/RecoveryInfo", "Enabled", "false"),
    ("/org.openoffice.Setup/L10N", "ooLocale", "en-US"),
    ("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", "en-US"),
)


class OfficeError(Exception):
    """The office program failed, or did not write what it was asked for."""


class ErrorText(str):
    """An error value as a cell shows it (``#N/A``), told apart from the same text typed by a person."""

    __slots__ = ()


def find_office() -> Path | None:
    """Return the office program's path, or None where it is not installed."""
    names = ("soffice", "libreoffice")
    places = (
        "/Applications/LibreOffice.app/Contents/MacOS/soffice",
        r"C:\Program Files\LibreOffice\program\soffice.com",
    )
    found = next(filter(None, map(shutil.which, names)), None) or next(filter(os.path.exists, places), None)
    return Path(found) if found else None


def require_office() -> Path:
    """Return the office program's path; where it is missing skip the test, or fail it under CRMBOOK_REQUIRE_OFFICE=1."""
    program = find_office()
    if program is None:
        skip_or_fail("LibreOffice is not installed", _REQUIRE)
    return program


def recalculate(*paths: Path, out_dir: Path, timeout: float = 300) -> list[Path]:
    """Let LibreOffice load, recalculate and save workbooks; several files cost one start of the program.

    Returns
    -------
    list of Path
        The recalculated copies in `out_dir`, in the order of `paths`.

    Raises
    ------
    OfficeError
        When a copy was not written, when two files share a name, or when a copy would replace its source.
    """
    return _convert(paths, _XLSX, ".xlsx", out_dir, timeout)


def convert(*paths: Path, target: str, out_dir: Path, timeout: float = 300) -> list[Path]:
    """Let LibreOffice save workbooks in another format, ``ods`` or ``xls``; see `recalculate` for the rest."""
    return _convert(paths, target, f".{target}", out_dir, timeout)


def show_first_sheet(*paths: Path, out_dir: Path, timeout: float = 300) -> list[list[list[str]]]:
    """Return, for each workbook, the first sheet as LibreOffice shows it: rows of texts from A1 on.

    Here, and not in a workbook it saves, LibreOffice tells its own error codes apart: an invalid argument shows
    as ``Err:502`` but is saved as ``#VALUE!``.
    """
    shown = []
    for copy in _convert(paths, _CSV, ".csv", out_dir, timeout):
        with copy.open(encoding="utf-8", newline="") as stream:
            shown.append(list(csv.reader(stream)))
    return shown


def to_pdf(path: Path, out_dir: Path | None = None, timeout: float = 300) -> Path:
    """Print a workbook to PDF, beside the workbook unless `out_dir` is given."""
    return _convert([path], "pdf", ".pdf", out_dir or path.parent, timeout)[0]


def to_png(path: Path, dpi: int = 60, out_dir: Path | None = None, timeout: float = 300) -> list[Path]:
    """Return one image for each printed page of a workbook (or of a PDF)."""
    if shutil.which("pdftoppm") is None:
        skip_or_fail("pdftoppm (poppler-utils) is not installed", _REQUIRE)
    pdf = path if path.suffix == ".pdf" else to_pdf(path, out_dir, timeout)
    stem = (out_dir or path.parent) / path.stem
    _run(["pdftoppm", "-png", "-r", str(dpi), str(pdf), str(stem)], timeout)
    return sorted(stem.parent.glob(f"{glob_escape(path.stem)}-*.png"))


def glob_escape(text: str) -> str:
    """Quote the characters that a glob pattern would read as wildcards."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def read_values(path: Path) -> dict[str, dict[str, CellContent]]:
    """Return the value of every non-blank cell as ``{sheet title: {"B7": value}}``.

    A reader of the test's own, because the usual ones lose what matters here: calamine reads an error cell as an
    empty text, openpyxl an error value and the same text alike. Dates are serial numbers, an empty text a formula
    returned is ``""``.
    """
    with zipfile.ZipFile(path) as package:
        strings = list(_shared_strings(package))
        return {title: dict(_cells(package, part, strings)) for title, part in _sheet_parts(package)}


def run_macro_script(path: Path, script_text: str, timeout: float = 120) -> object:
    """Open a workbook as a user would, run a script on it and return what the script left in ``result``.

    The script sees ``document`` (the loaded spreadsheet), ``desktop``, ``context``, ``dispatch(command, **args)``
    for menu commands, ``save()`` and ``save_as(path)``. It runs in the system's Python, not in the test's.

    Parameters
    ----------
    path
        The workbook; it changes only when the script calls ``save()``.
    script_text
        Python statements; ``result``, when set, must be JSON.

    Raises
    ------
    OfficeError
        With the script's traceback when it fails.
    """
    program = require_office()
    python = _uno_python()
    if python is None:
        skip_or_fail("no Python with the UNO bridge is installed", _REQUIRE)
    with tempfile.TemporaryDirectory(prefix="crmbook-uno-") as folder:
        script, answer = Path(folder, "script.py"), Path(folder, "result.json")
        script.write_text(script_text, encoding="utf-8")
        command = [python, _DRIVER, program, _profile_url(), path.resolve(), script, answer]
        _run(list(map(str, command)), timeout)
        return json.loads(answer.read_text(encoding="utf-8"))


class OfficeSession:
    """One office program for many scripts, each on a workbook that is opened for it and closed after it.

    A context manager; scripts are those of `run_macro_script`, without a start of the program for each.
    """

    def __init__(self, timeout: float = 120) -> None:
        self._timeout = timeout
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        program, python = require_office(), _uno_python()
        if python is None:
            skip_or_fail("no Python with the UNO bridge is installed", _REQUIRE)
        self._process = subprocess.Popen(
            [python, str(_DRIVER), str(program), _profile_url()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=self._timeout)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def run(self, path: Path, script_text: str) -> object:
        """Open a workbook, run a script on it and return what the script left in ``result``.

        Raises
        ------
        OfficeError
            With the script's traceback when it fails, or when the program gives no answer.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"workbook": str(path.resolve()), "script": script_text}) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], self._timeout)[0]:
            raise OfficeError(f"no answer within {self._timeout:g} s")
        answer = json.loads(process.stdout.readline() or '{"error": "the office program ended"}')
        if "error" in answer:
            raise OfficeError(answer["error"])
        return answer["result"]


@functools.cache
def _profile_url() -> str:
    """Create this process's profile once; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="crmbook-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "user").mkdir()
    items = "".join(
        f'<item oor:path="{node}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for node, name, value in _SETTINGS
    )
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>',
        encoding="utf-8",
    )
    return folder.as_uri()


def _convert(paths: Sequence[Path], target: str, suffix: str, out_dir: Path, timeout: float) -> list[Path]:
    copies = [out_dir / (path.stem + suffix) for path in paths]
    if len(set(copies)) < len(copies):
        raise OfficeError(
            f"two files of one name would overwrite each other: {sorted(p.name for p in paths)}"
        )
    if clash := {path.resolve() for path in paths} & {copy.resolve() for copy in copies}:
        raise OfficeError(f"the copy would replace its source: {sorted(map(str, clash))}")
    out_dir.mkdir(parents=True, exist_ok=True)
    for copy in copies:
        copy.unlink(missing_ok=True)
    command = [str(require_office()), f"-env:UserInstallation={_profile_url()}", "--headless", "--norestore"]
    said = _run([*command, "--convert-to", target, "--outdir", str(out_dir), *map(str, paths)], timeout)
    if absent := [copy.name for copy in copies if not copy.exists()]:
        raise OfficeError(f"LibreOffice wrote no {', '.join(absent)}; it said: {said.strip()}")
    return copies


def _run(command: list[str], timeout: float) -> str:
    """Run a program in a process group of its own, so that a hanging one goes with all its children."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise OfficeError(f"no answer within {timeout:g} s: {' '.join(command)}") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode:
        raise OfficeError(f"exit code {process.returncode}: {' '.join(command)}\n{said}")
    return said


@functools.cache
def _uno_python() -> str | None:
    """Return the first Python that has the UNO bridge."""
    program = find_office()
    bundled = [str(program.resolve().parent / name) for name in ("python", "python.exe")] if program else []
    for candidate in ["/usr/bin/python3", *bundled]:
        if Path(candidate).exists():
            probe = subprocess.run([candidate, "-c", "import uno"], capture_output=True, check=False)
            if probe.returncode == 0:
                return candidate
    return None


def _sheet_parts(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    book = ET.fromstring(package.read("xl/workbook.xml"))
    relations = ET.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations.findall("p:Relationship", _NS)}
    for sheet in book.findall("m:sheets/m:sheet", _NS):
        target = targets[sheet.get(_REL_ID)]
        yield sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _shared_strings(package: zipfile.ZipFile) -> Iterator[str]:
    if "xl/sharedStrings.xml" in package.namelist():
        for item in ET.fromstring(package.read("xl/sharedStrings.xml")).findall("m:si", _NS):
            yield _plain_text(item)


def _plain_text(item: ET.Element) -> str:
    """Join a string's runs, without its phonetic guides."""
    runs = [*item.findall("m:t", _NS), *item.findall("m:r/m:t", _NS)]
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), "".join(run.text or "" for run in runs))


def _cells(package: zipfile.ZipFile, part: str, strings: list[str]) -> Iterator[tuple[str, CellContent]]:
    with package.open(part) as stream:
        for _, cell in ET.iterparse(stream):
            if cell.tag == f"{{{_NS['m']}}}c":
                value = _cell_value(cell, strings)
                if value is not None:
                    yield cell.get("r", ""), value
                cell.clear()


def _cell_value(cell: ET.Element, strings: list[str]) -> CellContent:
    kind, raw = cell.get("t", "n"), cell.findtext("m:v", namespaces=_NS)
    inline = cell.find("m:is", _NS)
    if inline is not None:
        return _plain_text(inline)
    if kind == "str":
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), raw or "")
    if not raw:
        return None
    if kind == "s":
        return strings[int(raw)]
    if kind == "b":
        return raw in {"1", "true"}
    if kind == "d":
        moment = datetime.fromisoformat(raw).replace(tzinfo=None)
        return (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - a day of no zone
    return ErrorText(raw) if kind == "e" else float(raw)
