"""Part names: how a zip member becomes an OPC part, and how a relationship target finds its part.

A part name is kept without its leading slash (``xl/workbook.xml``). Real packages spell members with
backslashes, a leading slash or other letter case than their relationships do; part names are equal regardless
of ASCII case (ECMA-376 part 2, 6.2.2.3), so `key` folds them. Nothing is ever unpacked to a path; names that
climb out of the package are refused all the same, because whoever unpacks the file later may be hurt.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from crmbook.ooxml.errors import ContainerError

_DRIVE = re.compile(r"^[A-Za-z]:")


def normal(member_name: str) -> str:
    """Return the part name of a zip member.

    Raises
    ------
    ContainerError
        ``ooxml.unsafe-path`` for ``..`` segments, drive letters and NUL characters.
    """
    name = member_name.replace("\\", "/").lstrip("/")
    if _DRIVE.match(name) or "\0" in name or ".." in name.split("/"):
        raise ContainerError("ooxml.unsafe-path", member=member_name)
    return name


def key(part_name: str) -> str:
    """Return the form in which part names are compared."""
    return part_name.lower()


def resolve(source: str, target: str) -> str:
    """Return the part name that `target`, written in the relationships of part `source`, points at.

    ``resolve("xl/workbook.xml", "worksheets/sheet1.xml")`` is ``"xl/worksheets/sheet1.xml"``.
    """
    target = unquote(target.split("#", 1)[0]).replace("\\", "/")
    folder = [] if target.startswith("/") else source.split("/")[:-1]
    for segment in target.split("/"):
        if segment == "..":
            folder = folder[:-1]
        elif segment not in {"", "."}:
            folder.append(segment)
    return "/".join(folder)


def relative(source: str, part_name: str) -> str:
    """Return `part_name` as a target relative to the folder of part `source`."""
    here, there = source.split("/")[:-1], part_name.split("/")
    while here and len(there) > 1 and here[0] == there[0]:
        here, there = here[1:], there[1:]
    return "/".join([*[".."] * len(here), *there])


def relationships_of(part_name: str) -> str:
    """Return the name of the relationships part of `part_name`; of the package itself for ``""``."""
    folder, _, name = part_name.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
