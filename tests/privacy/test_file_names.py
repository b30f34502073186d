"""Files whose names carry a forgotten person's: crmbook's own go or are renamed, people's are named with what to do."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests import office
from tests.cli.run import run, run_json
from tests.privacy.traces import traces

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")
NAME = "雀无双"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    assert (
        run("build", "-o", folder / "客户.xlsx", "--example", "sample", "--lang", "zh", *DAY).exit_code == 0
    )
    package = Package.open(folder / "客户.xlsx")
    for info in package.sheets:
        for cell in list(package.sheet(info.name).cells()) if info.kind == "worksheet" else ():
            if cell.formula is None and cell.value in {"张三", "001 张三"}:
                package.sheet(info.name).set(cell.ref, str(cell.value).replace("张三", NAME))
    package.save(folder / "客户.xlsx")
    assert run("sync", folder, *DAY).exit_code in {0, 1}
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    return shutil.copytree(begun, tmp_path / "names")


def forgotten(folder: Path) -> dict:
    code, told = run_json("forget", NAME, folder, "--yes", *DAY)
    assert code in {0, 1}
    return told


def test_peoples_files_are_named_and_left(folder):
    (folder / "导入").mkdir()
    own = [
        folder / f"{NAME}-合同.xlsx",
        folder / f"提醒-{NAME}.txt",
        folder / "合同 001.pdf",
        folder / "导入" / f"{NAME}.vcf",
    ]
    others = [folder / f"{NAME}丰.txt", folder / "2001.txt"]
    for path in [*own, *others[1:]]:
        path.write_bytes(b"x")
    told = forgotten(folder)
    found = [one for one in told["after"]["found"] if one["file_name"]]
    assert {one["where"] for one in found} == {str(path) for path in own}
    assert all(one["named"] for one in found)
    assert all(path.exists() for path in own)


def test_a_longer_name_of_somebody_who_stays_is_not_the_persons(folder):
    package = Package.open(folder / "客户.xlsx")
    for info in package.sheets:
        for cell in list(package.sheet(info.name).cells()) if info.kind == "worksheet" else ():
            if cell.formula is None and cell.value == "李四":
                package.sheet(info.name).set(cell.ref, f"{NAME}丰")
    package.save(folder / "客户.xlsx")
    assert run("sync", folder, *DAY).exit_code in {0, 1}
    (folder / f"{NAME}丰.txt").write_bytes(b"x")
    assert not [one for one in forgotten(folder)["after"]["found"] if one["file_name"]]


def test_cards_and_reports_of_the_person_go_and_those_of_others_stay(folder):
    mine = ["a.xlsx", "b.xlsx", f"{NAME}.json"]
    for customer, names in (("001", mine), ("002", ["x.xlsx", "y.xlsx", "z.json"])):
        assert run("card", customer, folder, "-o", folder / names[0], *DAY).exit_code == 0
        for name in names[1:]:
            assert run("person", customer, folder, "-o", folder / name, *DAY).exit_code == 0
    told = forgotten(folder)
    assert sorted(told["deleted"]) == sorted(str(folder / name) for name in mine)
    assert {"x.xlsx", "y.xlsx", "z.json"} <= {path.name for path in folder.iterdir()}
    assert traces(folder, [NAME]) == {}


@pytest.mark.slow
def test_a_card_that_was_printed_goes(folder):
    office.require_office()
    for customer, name in (("001", "a.pdf"), ("002", "b.pdf")):
        assert run("card", customer, folder, "-o", folder / name, *DAY).exit_code == 0
    assert forgotten(folder)["deleted"] == [str(folder / "a.pdf")]
    assert (folder / "b.pdf").exists()


def test_what_crmbook_exported_gets_another_name(folder):
    (folder / "导出").mkdir()
    (folder / "导出" / f"{NAME}的客户.csv").write_text(f"客户ID,姓名\n001,{NAME}\n002,李四\n", "utf-8")
    told = forgotten(folder)
    [new] = told["renamed"].values()
    assert new == str(folder / "导出" / "（已删除）的客户.csv")
    assert (folder / "导出" / "（已删除）的客户.csv").read_text("utf-8") == "客户ID,姓名\n002,李四\n"
    assert [one for one in told["after"]["found"] if one["place"] in {"reports", "exports", "outside"}] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_what_to_do_with_a_file_of_their_own(folder, lang):
    (folder / f"{NAME}-合同.txt").write_bytes(b"x")
    shown = run("forget", NAME, folder, "--yes", "--lang", lang, *DAY).output
    assert f"{NAME}-合同.txt" in "".join(shown.split())
    assert {"zh": "改名", "en": "another name"}[lang] in shown
