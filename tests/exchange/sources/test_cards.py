"""Address cards of telephones and mail programs: one row each, whatever their version and their faults."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.exchange.sources.case import read


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def rows(text: str, folder, encoding: str = "utf-8") -> list[dict[str, object]]:
    """Return the rows of a file of cards, without their blanks."""
    (sheet,) = read(text.encode(encoding), folder, "联系人.vcf").sheets
    return [
        {key: value for key, value in row.items() if value is not None}
        for row in sheet.frame.to_dict("records")
    ]


CASES = {
    "version 3": (card("N:张;三;;;", "FN:张三", "TEL;TYPE=CELL:138"), {"姓名": "张三", "电话": "138"}),
    "version 2.1, quoted-printable": (
        card("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=B8=89;;;", "TEL;CELL:138", version="2.1"),
        {"姓名": "张三", "电话": "138"},
    ),
    "quoted-printable over two lines": (
        card("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=\r\n=E4=B8=89", "TEL;CELL:138", version="2.1"),
        {"姓名": "张三", "电话": "138"},
    ),
    "quoted-printable in another encoding": (
        card("FN;CHARSET=GB2312;QUOTED-PRINTABLE:=D5=C5=C8=FD", "TEL;WORK;VOICE:138", version="2.1"),
        {"姓名": "张三", "电话": "138"},
    ),
    "version 4": (
        card("FN:张三", 'TEL;VALUE=uri;TYPE="voice,cell":tel:+86-138', "BDAY:19850302", "GENDER:M", version="4.0"),
        {"姓名": "张三", "电话": "+86-138", "出生日期": dt.date(1985, 3, 2), "性别": "M"},
    ),
    "line feeds alone": (card("FN:张三", "TEL:138", end="\n"), {"姓名": "张三", "电话": "138"}),
    "words in small letters": ("begin:vcard\nversion:3.0\nfn:张三\ntel:138\nend:vcard\n", {"姓名": "张三", "电话": "138"}),
    "a folded line": (card("FN:张三", "NOTE:喜欢\r\n 绿茶"), {"姓名": "张三", "备注": "喜欢绿茶"}),
    "signs that are guarded": (card("FN:张三\\, 先生", "NOTE:一\\n二\\;三"), {"姓名": "张三, 先生", "备注": "一\n二;三"}),
    "several numbers and addresses of mail": (
        card("FN:张三", "TEL:138", "TEL:139", "TEL:138", "EMAIL:a@b.cn", "item1.EMAIL;TYPE=INTERNET:c@d.cn", "item1.X-ABLabel:公司"),
        {"姓名": "张三", "电话": "138", "电话 2": "139", "电子邮件": "a@b.cn", "电子邮件 2": "c@d.cn"},
    ),
    "company, department, position": (
        card("FN:张三", "ORG:星河\\;科技;销售部;一组", "TITLE:经理"),
        {"姓名": "张三", "公司名称": "星河;科技", "部门": "销售部/一组", "职位": "经理"},
    ),
    "a Chinese address": (
        card("FN:张三", "ADR;TYPE=HOME:;;中关村大街1号;北京市;北京市;100080;中国"),
        {"姓名": "张三", "地址": "中国北京市中关村大街1号", "邮政编码": "100080"},
    ),
    "what stands before and behind a name": (
        card("N:Smith;John;;Dr.;Jr.", "TEL:tel:+86-10-62551234;ext=88"),
        {"姓名": "Dr. John Smith Jr.", "电话": "+86-10-62551234;ext=88"},
    ),
    "a salutation that the whole name lacks": (
        card("FN:张三", "N:张;三;;教授;"),
        {"姓名": "张三", "称谓": "教授"},
    ),
    "an English address": (
        card("N:Smith;Ann;B.;;", "ADR:;;1 Main St;Springfield;IL;62701;USA"),
        {"姓名": "Ann B. Smith", "地址": "1 Main St, Springfield, IL, USA", "邮政编码": "62701"},
    ),
    "a birthday without its year": (card("FN:张三", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-02"), {"姓名": "张三", "出生日期": "--03-02"}),
    "a birthday with the time": (card("FN:张三", "BDAY:1985-03-02T00:00:00Z"), {"姓名": "张三", "出生日期": dt.date(1985, 3, 2)}),
    "a birthday that is none": (card("FN:张三", "BDAY:1985-02-30"), {"姓名": "张三", "出生日期": "1985-02-30"}),
    "a picture": (card("FN:张三", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n SkZJRgABAQ", "TEL:138"), {"姓名": "张三", "电话": "138"}),
    "what has no column of its own": (card("FN:张三", "X-WECHAT:zs", "X-SHOE-SIZE:42"), {"姓名": "张三", "微信": "zs", "X-SHOE-SIZE": "42"}),
    "a name alone in parts": (card("N:欧阳;军明;;;", "FN:"), {"姓名": "欧阳军明"}),
    "a number alone": (card("N:;;;;", "FN:", "TEL:138"), {"电话": "138"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_card_is_read_as_a_person_reads_it(name, tmp_path):
    text, expected = CASES[name]
    assert rows(text, tmp_path) == [expected]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_cards_are_known_in_every_encoding(encoding, tmp_path):
    assert rows(card("FN:张三", "TEL:138"), tmp_path, encoding) == [{"姓名": "张三", "电话": "138"}]


BROKEN = {
    "a line without a colon": (card("FN:张三", "TEL"), 4),
    "bytes that are not in their encoding": (
        card("FN:张三", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=FF=FE"),
        4,
    ),
    "an encoding that nobody knows": (card("FN:张三", "NOTE;CHARSET=XX;ENCODING=QUOTED-PRINTABLE:=FF"), 4),
    "two encodings at once": (card("FN:张三", "NOTE;ENCODING=8BIT;QUOTED-PRINTABLE:=FF", version="2.1"), 4),
    "a card that never ends": ("BEGIN:VCARD\nVERSION:3.0\nFN:张三\n", 1),
    "a card in which the next begins": ("BEGIN:VCARD\nFN:张三\n" + card("FN:李四"), 1),
    "a line between cards": (card("FN:张三") + "TEL:139\r\n" + card("FN:李四"), 5),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_the_rest_is_taken(name, tmp_path):
    text, line = BROKEN[name]
    source = read(text.encode(), tmp_path, "联系人.vcf")
    assert [(one.code, one.location.line) for one in source.issues] == [("import.broken-card", line)]
    assert source.sheets[0].frame["姓名"].tolist() == [name for name in ("张三", "李四") if name in text]


def test_rows_of_cards_are_counted_as_a_telephone_does(tmp_path):
    source = read((card("FN:张三") + card("FN:李四", "TEL:1.38E+10")).encode(), tmp_path, "联系人.vcf")
    assert source.sheets[0].frame.index.tolist() == [1, 2]
    (issue,) = source.issues
    assert (issue.code, issue.location.line, issue.params["row"]) == ("import.lost-digits", 5, 2)
    assert source.sheets[0].frame["电话"].tolist() == [None, None]


def test_the_columns_of_cards_stand_in_a_fixed_order(tmp_path):
    text = card("NOTE:注", "EMAIL:a@b.cn", "FN:张三", "TEL:1", "TEL:2") + card(
        "TITLE:经理", "FN:李四", "TEL:3"
    )
    (sheet,) = read(text.encode(), tmp_path, "联系人.vcf").sheets
    assert sheet.headers == ("姓名", "电话", "电话 2", "电子邮件", "职位", "备注")
