"""Programs that open a workbook and save it again, and what they make of it.

LibreOffice is the real one, for several workbooks at one start. openpyxl is what scripts use. The third writes as
Excel does: every sheet anew, texts in a new table in the order in which they are met, numbers with 17 digits, a
calculation chain, its own marks; it keeps what Excel keeps.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from typing import TYPE_CHECKING

import openpyxl
from lxml import etree

from tests import office

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TEXTS, _CHAIN = "xl/sharedStrings.xml", "xl/calcChain.xml"
_REVISION = "http://schemas.microsoft.com/office/spreadsheetml/2014/revision"


def save_in_libreoffice(paths: list[Path], folder: Path) -> list[Path]:
    """Let LibreOffice open, recalculate and save workbooks; return the saved ones, in `folder`."""
    return office.recalculate(*paths, out_dir=folder, timeout=600 + 60 * len(paths))


def save_in_openpyxl(path: Path) -> None:
    """Load a workbook with openpyxl and save it in its place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work = openpyxl.load_workbook(path)
        work.save(path)
        work.close()


def save_as_excel(path: Path) -> None:
    """Write a workbook in its place as Excel leaves it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    texts = _Texts(parts.get(_TEXTS))
    chain = etree.Element(f"{{{_MAIN}}}calcChain", nsmap={None: _MAIN})
    for number, name in enumerate(_sheets(parts), 1):
        parts[name] = _sheet(parts[name], number, texts, chain)
    parts[_TEXTS] = texts.to_bytes()
    parts |= {_CHAIN: _xml(chain), **_announced(parts)}
    for name in parts:
        if name.startswith("xl/tables/"):
            parts[name] = _marked(parts[name])
    parts["docProps/core.xml"] = re.sub(
        rb"<cp:lastModifiedBy>.*?</cp:lastModifiedBy>", b"", parts["docProps/core.xml"]
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(
            parts, key=lambda name: (name != "[Content_Types].xml", not name.startswith("_rels"), name)
        ):
            new.writestr(name, parts[name])
    path.write_bytes(out.getvalue())


class _Texts:
    """The shared texts: the old ones by their number, the new table as they are met."""

    def __init__(self, old: bytes | None) -> None:
        self.old = list(etree.fromstring(old)) if old else []
        self.new: dict[bytes, int] = {}
        self.count = 0

    def place(self, item: etree._Element) -> str:
        self.count += 1
        return str(self.new.setdefault(etree.tostring(item, with_tail=False), len(self.new)))

    def to_bytes(self) -> bytes:
        head = f'<sst xmlns="{_MAIN}" count="{self.count}" uniqueCount="{len(self.new)}">'.encode()
        return (
            b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
            + head
            + b"".join(self.new)
            + b"</sst>"
        )


def _sheets(parts: dict[str, bytes]) -> list[str]:
    names = [name for name in parts if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
    return sorted(names, key=lambda name: int(re.sub(r"\D", "", name) or 0))


def _sheet(data: bytes, number: int, texts: _Texts, chain: etree._Element) -> bytes:
    root = etree.fromstring(data)
    for cell in root.iter(f"{{{_MAIN}}}c"):
        _cell(cell, texts)
        if cell.find(f"{{{_MAIN}}}f") is not None:
            etree.SubElement(chain, f"{{{_MAIN}}}c", r=cell.get("r"), i=str(number))
    for row in root.iter(f"{{{_MAIN}}}row"):
        if len(row):
            columns = [re.sub(r"\d", "", cell.get("r")) for cell in (row[0], row[-1])]
            row.set("spans", ":".join(str(_number(letters)) for letters in columns))
    return _xml(root)


def _cell(cell: etree._Element, texts: _Texts) -> None:
    kind, value = cell.get("t", "n"), cell.find(f"{{{_MAIN}}}v")
    if kind == "inlineStr":
        item = cell.find(f"{{{_MAIN}}}is")
        if item is None:  # emptied
            del cell.attrib["t"]
            return
        shared = etree.Element(f"{{{_MAIN}}}si", nsmap={None: _MAIN})
        shared.extend(list(item))
        cell.remove(item)
        etree.SubElement(cell, f"{{{_MAIN}}}v").text = texts.place(shared)
        cell.set("t", "s")
    elif value is not None and kind == "s":
        value.text = texts.place(texts.old[int(value.text)])
    elif value is not None and kind == "n" and value.text:
        value.text = format(float(value.text), ".17G")


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _marked(data: bytes) -> bytes:
    """Give a table the mark by which Excel follows it between versions."""
    root = etree.fromstring(data)
    if root.get(f"{{{_REVISION}}}uid") is None:
        named = etree.Element(root.tag, root.attrib, nsmap={**root.nsmap, "xr": _REVISION})
        named.set(f"{{{_REVISION}}}uid", "{00000000-000C-0000-FFFF-FFFF00000000}")
        named.extend(list(root))
        root = named
    return _xml(root)


def _announced(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the parts that name the texts, the calculation chain and the program, changed."""
    types, relations = (
        etree.fromstring(parts["[Content_Types].xml"]),
        etree.fromstring(parts["xl/_rels/workbook.xml.rels"]),
    )
    for name, kind in {_TEXTS: "sharedStrings", _CHAIN: "calcChain"}.items():
        if not any(item.get("PartName") == f"/{name}" for item in types):
            content = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
            etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=content)
        if not any(_is_target(item.get("Target"), name) for item in relations):
            link = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
            etree.SubElement(
                relations,
                f"{{{_RELATIONS}}}Relationship",
                Id=f"rId-{kind}",
                Type=link,
                Target=name.removeprefix("xl/"),
            )
    book = re.sub(
        rb"<fileVersion[^>]*/>",
        b'<fileVersion appName="xl" lastEdited="7" lowestEdited="7" rupBuild="28526"/>',
        parts["xl/workbook.xml"],
    )
    return {
        "[Content_Types].xml": _xml(types),
        "xl/_rels/workbook.xml.rels": _xml(relations),
        "xl/workbook.xml": book,
    }


def _is_target(target: str, part: str) -> bool:
    """Return whether a relationship of the workbook leads to a part."""
    return (target.removeprefix("/") if target.startswith("/") else f"xl/{target}") == part


def _xml(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
