"""What cannot be read at all is refused by name, and the names have words in both languages."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from crmbook.base import CrmbookError, advise, describe
from crmbook.exchange.sources import SourceError, SourceLayout
from tests.exchange.sources.case import read
from tests.exchange.sources.test_books import filled, several
from tests.exchange.sources.test_text import PLAIN

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


def with_chart_alone() -> bytes:
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.create_sheet("空")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


REFUSED = {
    "an empty file": (b"", "import.empty"),
    "spaces and line ends alone": (b" \r\n\t\n", "import.empty"),
    # Its headers would be customers: 电话, 公司.
    "a list that lies on its side": (
        "姓名,张三,李四\n电话,13800138001,13900139001\n公司,星河科技,云帆教育\n".encode(),
        "import.on-its-side",
    ),
    "a byte order mark alone": (b"\xef\xbb\xbf", "import.no-list"),
    "delimiters alone": (b",,\n,,\n", "import.no-list"),
    "an encrypted package": (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "read.encrypted"),
    "a Word document of old": (OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "import.other-kind"),
    "the beginning of an old workbook": (OLE + b"\0" * 600, "import.binary"),
    "an old workbook that is damaged": (
        OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"),
        "read.unreadable",
    ),
    "a Word document": (zipped(word__document_xml=b"<x/>"), "import.other-kind"),
    "an OpenDocument text": (
        zipped(mimetype=b"application/vnd.oasis.opendocument.text"),
        "import.other-kind",
    ),
    "a Word document whose bytes say xl/": (
        zipped(word__document_xml=b"<x/>", word__a=bytes(9)) + b"xl/",
        "import.other-kind",
    ),
    "an archive": (zipped(a=b"x"), "import.other-kind"),
    "a workbook cut in half": (filled()[:2500], "ooxml.truncated"),
    "a workbook without its parts": (zipped(xl__a_xml=b"<x/>"), "ooxml.not-a-workbook"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", "import.other-kind"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "import.other-kind"),
    "a web page": (b"<html><table><tr><td>a</td></tr></table></html>", "import.web-page"),
    "a web page behind a mark": (b"\xef\xbb\xbf<!DOCTYPE html><html>", "import.web-page"),
    "XML of an office program": (b'<?xml version="1.0"?><Workbook/>', "import.web-page"),
    "rubbish": (bytes(range(1, 32)) * 40, "import.binary"),
    "zeros among text": (b"name,tel\n" + b"a\0\0b" * 3 + b"x" * 60, "import.binary"),
    "a workbook without cells": (with_chart_alone(), "import.no-list"),
    "a workbook whose only list is hidden": (several(空=[], _旧=[("姓名",), ("张三",)]), "import.no-list"),
    "a quotation mark that is never closed": (b'name,tel\n"Ann,1\nBob,2\n', "import.open-quote"),
    "bytes in no encoding": (b"\xff\xfe\x00\xd8\x41\x00" * 40, "import.not-in-encoding"),
    "a card file without cards": (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "import.no-list"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(name, tmp_path):
    data, code = REFUSED[name]
    with pytest.raises(SourceError) as caught:
        read(data, tmp_path)
    assert caught.value.code == code
    assert caught.value.location.file == str(tmp_path / "名单.csv")
    for lang in ("zh", "en"):
        assert describe(code, lang, caught.value.params)
        assert advise(code, lang, caught.value.params)


LAYOUTS = {
    "an encoding that nobody knows": (SourceLayout(encoding="utf-99"), "import.unknown-encoding"),
    "an encoding that it is not in": (SourceLayout(encoding="ascii"), "import.not-in-encoding"),
    "a delimiter of two signs": (SourceLayout(delimiter="||"), "import.bad-delimiter"),
    "a quotation mark as the delimiter": (SourceLayout(delimiter='"'), "import.bad-delimiter"),
    "a column that is not there": (SourceLayout(columns={"姓名": (9, 9)}), "import.no-such-position"),
    "a row of headers that is not there": (SourceLayout(header_row=40), "import.no-such-row"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_a_person_said_wrongly_of_a_text_is_refused_by_name(name, tmp_path):
    layout, code = LAYOUTS[name]
    with pytest.raises(SourceError) as caught:
        read(PLAIN.encode(), tmp_path, layout=layout)
    assert caught.value.code == code
    assert describe(code, "zh", caught.value.params)
    assert describe(code, "en", caught.value.params)


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(SourceError) as caught:
        read(several(甲=[("a", "b")], 乙=[]), tmp_path, layout=SourceLayout(sheet="丙"))
    assert caught.value.code == "import.no-such-sheet"
    assert describe(caught.value.code, "zh", caught.value.params) == "文件里没有叫“丙”的工作表，有：甲、乙"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    from crmbook.exchange.sources import read_source

    with pytest.raises(CrmbookError) as caught:
        read_source(tmp_path / "无.csv")
    assert caught.value.code == "file.missing"


def test_where_a_quotation_mark_was_opened_is_told(tmp_path):
    with pytest.raises(SourceError) as caught:
        read('姓名,备注\n张三,"好"\n李四,"坏\n王五,\n'.encode(), tmp_path)
    assert caught.value.params["line"] == 3
