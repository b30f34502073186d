"""Lists in the import folder when a person is forgotten: the person's rows go, those of others stay byte for byte."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.cli.run import run, run_json
from tests.ooxml_lint import lint
from tests.sync.shop import DAY, Shop, workspace

if TYPE_CHECKING:
    from pathlib import Path

WHERE = ("--workspace", workspace(), "--as-of", DAY)
NAME, PHONE = "张三", "13766667777"
OTHER = "13900000000"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = Shop(tmp_path_factory.mktemp("lists"))
    shop.main.type("clients", 4, name=NAME, phone=PHONE)
    shop.main.type("clients", 5, name="张三丰")
    shop.sync()
    (shop.folder / "导入").mkdir()
    return shop.folder


@pytest.fixture
def lists(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    shutil.copytree(begun, tmp_path / "shop")
    return tmp_path / "shop" / "导入"


def forgotten(lists: Path) -> list[dict]:
    """Forget the person; return what of the lists the proof names."""
    code, told = run_json("forget", f"003 {NAME}", lists.parent, "--yes", *WHERE)
    assert code in {0, 1}
    assert told["failed"] == []
    return [one for one in told["after"]["found"] if one["place"] in {"imports", "exports"}]


HEAD = "名称,电话,备注,推荐人\r\n"
STAYS = [
    f"张三丰,{OTHER},\u201c老客户\u201d,\r\n",
    f'"李四","{OTHER}","第一行\r\n第二行, 认识张三丰",王五\r\n',
    '"0012",,  两格  ,"带""引号"""\r\n',
]
GOES = [
    f"{NAME},,什么都有,\r\n",
    f"{NAME}先生,,\r\n",
    f"{NAME}（恒信公司）,{OTHER},\r\n",
    f'"{NAME} 总经理",,"两\r\n行",\r\n',
    f"阿三,{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]},,\r\n",
    f"阿三,+86 {PHONE},,\r\n",
    f"003 {NAME},,,\r\n",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_line_goes_only_where_a_whole_cell_names_the_person(lists, encoding):
    path = lists / "名单.csv"
    path.write_bytes((HEAD + STAYS[0] + "".join(GOES) + "".join(STAYS[1:])).encode(encoding))
    named = forgotten(lists)
    assert path.read_bytes() == (HEAD + "".join(STAYS)).encode(encoding)
    assert [(one["named"], one["cells"]) for one in named] == [(True, ["A2", "C3"])]


def test_anothers_line_loses_only_the_cell_that_is_the_persons(lists):
    path = lists / "名单.csv"
    rows = [f"李四,{OTHER},电话打{PHONE}找他,{NAME}\n", f"王五,{OTHER},,{NAME}介绍\n"]
    path.write_text(HEAD.replace("\r\n", "\n") + "".join(rows), "utf-8")
    forgotten(lists)
    assert path.read_text("utf-8").splitlines()[1:] == [
        f"李四,{OTHER},电话打（已删除）找他,",
        f"王五,{OTHER},,{NAME}介绍",
    ]


@pytest.mark.parametrize(
    ("name", "stays", "goes"),
    [
        ("a.tsv", ["姓名\t手机\n", f"张三丰\t{OTHER}\n"], [f"{NAME}女士\t\n", f"甲\t{PHONE}\n"]),
        ("b.csv", ["姓名;手机\r", f"张三丰;{OTHER}\r"], [f"{NAME};\r"]),
        ("c.txt", [f"张三丰 {OTHER} 北京\n", "随便一行\n"], [f"{NAME} 12345 北京\n", f"{PHONE} 某人\n"]),
        ("d.csv", [f"张三丰,{OTHER}\n", f"李四,{OTHER}"], [f"{NAME},{OTHER}\n"]),
        ("e.csv", ["客户编号,名称,电话\n", f"003,李四,{OTHER}\n"], ["003,,\n", f"9,{NAME},\n"]),
    ],
)
def test_lists_of_every_layout(lists, name, stays, goes):
    path = lists / name
    path.write_bytes("".join([stays[0], *goes, *stays[1:]]).encode())
    forgotten(lists)
    assert path.read_bytes() == "".join(stays).encode()


def test_a_workbook_keeps_the_rows_that_a_text_keeps(lists):
    book = openpyxl.Workbook()
    book.active.append(["名称", "电话", "备注", "推荐人"])
    for row in [
        ["张三丰", OTHER, None, None], [f"{NAME}先生", None, "甲", None], ["李四", OTHER, "乙", NAME], ["阿三", int(PHONE), "丙", None],
    ]:  # fmt: skip
        book.active.append(row)
    book.save(lists / "名单.xlsx")
    forgotten(lists)
    rows = openpyxl.load_workbook(lists / "名单.xlsx").active.iter_rows(min_row=2, values_only=True)
    kept = [row for row in rows if any(row)]
    assert kept[0] == ("张三丰", OTHER, None, None)
    assert kept[1][:3] == ("李四", OTHER, "乙")
    assert not kept[1][3]
    assert len(kept) == 2


def test_cards_and_records_of_others_stay(lists):
    cards = [f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:{tel}\r\nEND:VCARD\r\n" for name, tel in (
        ("张三丰", OTHER), (NAME, ""), ("阿三", f"+86-{PHONE}"),
    )]  # fmt: skip
    (lists / "名片.vcf").write_bytes("".join(cards).encode())
    records = [{"名称": "张三丰", "电话": OTHER}, {"名称": NAME}, {"名称": "阿三", "电话": int(PHONE)}]
    (lists / "a.json").write_text(json.dumps(records), "utf-8")
    (lists / "b.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    forgotten(lists)
    assert (lists / "名片.vcf").read_bytes() == cards[0].encode()
    assert json.loads((lists / "a.json").read_text("utf-8")) == records[:1]
    assert (lists / "b.jsonl").read_text("utf-8") == json.dumps(records[0]) + "\n"


def test_a_preview_of_anothers_list_stays(lists):
    (lists / "新的.csv").write_text(f"名称,电话,说不清的\n张三丰,{OTHER},好\n", "utf-8")
    done = run("watch", lists.parent, "--once", "--workspace", workspace(), "--quiet-time", "0.2")
    assert done.exit_code in {0, 1}, done.output
    assert (lists / "导入-新的.xlsx").exists()
    forgotten(lists)
    assert (lists / "导入-新的.xlsx").exists()


def test_a_telephone_that_is_a_number_leaves_a_blank_cell_and_formulas_as_they_were(lists):
    book = openpyxl.Workbook()
    for row in (
        ["名称", "电话", "家属", "是否"],
        ["李四", OTHER, int(PHONE), "=C2>0"],
        ["王五", OTHER, 1, "=C3>0"],
    ):
        book.active.append(row)
    book.save(lists / "名单.xlsx")
    assert forgotten(lists) == []
    kept = list(openpyxl.load_workbook(lists / "名单.xlsx").active.iter_rows(min_row=2, values_only=True))
    assert kept == [("李四", OTHER, None, "=C2>0"), ("王五", OTHER, 1, "=C3>0")]
    assert lint((lists / "名单.xlsx").read_bytes()) == []
