"""``crmbook forget``: it lists, asks, erases, proves; what comes back later is named and not taken in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from crmbook.store import Store, locate
from tests.cli.run import run, run_json
from tests.privacy.test_forget import NAME, PHONE, WORDS, _populate
from tests.privacy.traces import traces
from tests.sync.shop import DAY, Sheet, workspace

if TYPE_CHECKING:
    from pathlib import Path

WHERE = ("--workspace", workspace(), "--as-of", DAY)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forget")
    _populate(folder)
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    shutil.copytree(filled, tmp_path / "town")
    monkeypatch.chdir(tmp_path / "town")
    return tmp_path / "town"


def test_it_says_what_goes_and_where_before_it_asks_and_proves_it_afterwards(folder):
    before = traces(folder, WORDS)
    code, told = run_json("forget", NAME, folder, *WHERE)
    assert (code, told["state"], told["after"]) == (3, "held", None)
    assert {one["table"]: one["erased"] for one in told["tables"]} == {"clients": 1, "visits": 2, "care": 1}
    stands = {one["place"] for one in told["before"]["places"] if one["found"]}
    assert {"store", "workbooks", "imports", "backups", "archive", "logs", "watch"} <= stands
    assert traces(folder, WORDS) == before
    code, told = run_json("forget", f"003 {NAME}", folder, "--yes", *WHERE)
    assert (code, told["state"], told["complete"], told["after"]["found"]) == (0, "done", True, [])
    assert traces(folder, WORDS) == {}


def test_a_store_at_work_leaves_nothing_of_the_person_lying_about(folder):
    before = traces(folder, WORDS)
    with Store.open(locate(folder)) as store, store.lease(store.books()[0].book_id):
        code, told = run_json("forget", f"003 {NAME}", folder, "--yes", *WHERE)
    assert (code, told["error"]["code"]) == (4, "store.busy")
    assert traces(folder, WORDS) == before
    assert run("forget", f"003 {NAME}", folder, "--yes", *WHERE).exit_code == 0
    assert traces(folder, WORDS) == {}


def test_who_says_no_day_has_that_of_the_book(folder):
    code, told = run_json("forget", NAME, folder, "--dry-run", "--workspace", workspace())
    assert (code, told["state"]) == (0, "dry-run")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_it_in_their_language(folder, lang):
    result = run("forget", NAME, folder, "--dry-run", "--lang", lang, *WHERE)
    assert result.exit_code == 0
    assert {"zh": "工作簿：", "en": "Workbooks: "}[lang] in result.output
    assert {"zh": "什么都没有改动", "en": "nothing was changed"}[lang] in result.output
    result = run("forget", NAME, folder, "--yes", "--lang", lang, *WHERE)
    assert result.exit_code == 0
    assert {"zh": "没有找到", "en": "Nothing in"}[lang] in result.output
    assert {"zh": "够不着", "en": "Out of reach"}[lang] in result.output
    assert "{" not in result.output
    result = run("forget", NAME, folder, "--yes", "--lang", lang, *WHERE)
    assert result.exit_code == 2


@pytest.mark.slow
def test_a_file_of_somebodys_own_is_named_and_left(folder):
    (folder / "我的.txt").write_text(f"记得给{NAME}打电话", "utf-8")
    code, told = run_json("forget", NAME, folder, "--yes", *WHERE)
    assert code == 1
    [left] = told["after"]["found"]
    assert (left["place"], left["where"], left["named"]) == ("outside", str(folder / "我的.txt"), True)
    assert (folder / "我的.txt").read_text("utf-8") == f"记得给{NAME}打电话"


@pytest.mark.slow
def test_a_list_does_not_bring_the_person_back(folder):
    run("forget", NAME, folder, "--yes", *WHERE)
    rows = f"名称,电话,备注\n新客户,13911112222,好\n{NAME},{PHONE},又见面了\n李某,+86-{PHONE},同一个号\n"
    (folder / "新名单.csv").write_text(rows, "utf-8")
    result = run("import", "新名单.csv", "--yes", "--lang", "zh", *WHERE)
    assert "2 行是已删除的客户" in result.output
    names = {row["name"] for row in Sheet(folder / "客户.xlsx").rows("clients", "name").values()}
    assert "新客户" in names
    assert names.isdisjoint({NAME, "李某"})
    (folder / "新名单.csv").unlink()
    assert traces(folder, [*WORDS, "又见面了"]) == {}


@pytest.mark.slow
def test_an_import_that_is_undone_brings_nobody_back(folder):
    words = ("只在名单里的人", "13944443333", "来自名单的话")
    rows = f"名称,电话,备注\n{','.join(words)}\n新客户,13911112222,好\n"
    (folder / "新名单.csv").write_text(rows, "utf-8")
    assert run("import", "新名单.csv", "--yes", *WHERE).exit_code in {0, 1}
    (folder / "新名单.csv").unlink()
    assert ".crmbook/store.db" in traces(folder, words)
    assert run("forget", words[0], folder, "--yes", *WHERE).exit_code == 0
    assert traces(folder, words) == {}
    run("import", "--undo", *WHERE)
    assert traces(folder, words) == {}
    names = {row["name"] for row in Sheet(folder / "客户.xlsx").rows("clients", "name").values()}
    assert "新客户" not in names


@pytest.mark.slow
def test_going_back_to_an_earlier_state_brings_nobody_back(folder):
    run("forget", NAME, folder, "--yes", *WHERE)
    result = run("restore", folder, "--to", "2", "--lang", "zh", *WHERE)
    assert result.exit_code in {0, 1}, result.output
    run("sync", folder, *WHERE)
    assert traces(folder, WORDS) == {}


@pytest.mark.slow
def test_what_a_bulk_edit_wrote_for_the_person_alone_goes_from_its_note(folder):
    edit = ("bulk", folder, "--table", "visits", "--where", '[@client_id]="003"', "--set", "memo=不吃辣")
    _, told = run_json(*edit, "--dry-run", *WHERE)
    assert run(*edit, "--accept", told["plan"], *WHERE).exit_code in {0, 1}
    assert ".crmbook/store.db" in traces(folder, ["不吃辣"])
    assert run("forget", NAME, folder, "--yes", *WHERE).exit_code == 0
    assert traces(folder, ["不吃辣"]) == {}
    told = run("bulk", folder, "--undo", "--lang", "zh", *WHERE)
    assert told.exit_code in {0, 1, 2}, told.output
    assert traces(folder, ["不吃辣", *WORDS]) == {}
