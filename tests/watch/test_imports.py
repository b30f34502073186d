"""Lists that are dropped into a watched folder: shown, answered, taken in once, and put away."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from crmbook.exchange import commit_plan, is_preview
from crmbook.ooxml import Package
from crmbook.store import Store, locate
from crmbook.watch import listfile
from tests.cli.run import run
from tests.cli.test_import import rows
from tests.cli.test_import_again import answer
from tests.exchange.intake.desk import workspace
from tests.watch.servers import web_server
from tests.watch.watching import Watching

FIRST = "姓名,电话,等第\n王五,13800000005,上等\n"
SECOND = FIRST.replace("王五", "赵六").replace("5,", "6,")


class _Cut(BaseException):
    """The end of a process."""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    made = run(
        "build", "-o", folder / "客户.xlsx", "--template", "club", "--workspace", workspace(), "--lang", "zh"
    )
    assert made.exit_code == 0, made.output
    assert run("sync", folder, "--workspace", workspace()).exit_code in {0, 1}
    return folder


@pytest.fixture
def folder(model, tmp_path) -> Path:
    folder = Path(shutil.copytree(model, tmp_path / "team"))
    (folder / "导入").mkdir()
    return folder


def drop(folder: Path, text: str = FIRST, name: str = "一月.csv", into: str = "导入") -> Path:
    path = folder / into / name
    path.write_text(text, encoding="utf-8")
    return path


def watch(folder: Path) -> str:
    done = run("watch", folder, "--once", "--workspace", workspace(), "--lang", "en", "--quiet-time", "0.2")
    assert done.exit_code in {0, 1}, done.output
    return done.output


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def names(folder: Path) -> list[str | None]:
    return [name for (name,) in rows(folder, "name")]


def agree(folder: Path, name: str = "导入-一月.xlsx") -> Path:
    """Choose where a column of a preview goes, and save it."""
    preview = folder / "导入" / name
    answer(preview, "列对应", "等第", "进入字段", "公司")
    return preview


def revisions(folder: Path) -> int:
    with Store.open(locate(folder)) as store:
        return len(store.revisions(store.books()[0].book_id))


def test_a_list_is_answered_with_its_preview_and_nothing_else(folder):
    drop(folder)
    said = watch(folder)
    assert "look at the preview 导入/导入-一月.xlsx" in said
    assert files(folder / "导入") == ["一月.csv", "导入-一月.xlsx"]
    assert is_preview(folder / "导入" / "导入-一月.xlsx")
    texts = [cell.value for cell in Package.open(folder / "导入" / "导入-一月.xlsx").sheet("说明").cells()]
    assert any("存盘、关闭" in str(text) for text in texts)
    for _ in range(2):
        assert "preview" not in watch(folder)
    assert (files(folder / "导入"), names(folder)) == (["一月.csv", "导入-一月.xlsx"], [])


def test_status_names_a_preview_that_waits_until_it_is_answered(folder):
    drop(folder)
    watch(folder)
    said = run("status", folder, "--lang", "en")
    assert said.exit_code == 1
    assert "导入/导入-一月.xlsx: the preview of a list waits for an answer" in said.output
    [need] = [
        one for one in json.loads(run("status", folder, "--json").output)["needs"] if "preview" in one["code"]
    ]
    assert need["code"] == "status.preview-waits"
    agree(folder)
    watch(folder)
    assert "waits for an answer" not in run("status", folder, "--lang", "en").output


def test_a_preview_that_waits_is_told_once_until_it_is_answered(folder):
    with web_server() as web:
        settings = f"digest: 0s\nnotices: [{{webhook: {{url: '{web.url}', format: json}}}}]\n"
        (folder / "watch.yaml").write_text(settings, encoding="utf-8")
        drop(folder)
        watch(folder)
        watch(folder)
        [message] = [body for body in web.bodies if body["matters"][0]["kind"] == "preview"]
        assert message["matters"][0]["workbook"] == "导入/导入-一月.xlsx"
        assert "导入/导入-一月.xlsx: the preview of a list waits for an answer" in message["text"]
        agree(folder)
        watch(folder)
        drop(folder, FIRST.replace("等第", "称号").replace("王五", "赵六").replace("5,", "6,"))
        watch(folder)
        kinds = [one["kind"] for body in web.bodies for one in body["matters"]]
        assert kinds.count("preview") == 2


def test_a_preview_that_was_saved_is_carried_out_and_both_are_put_away(folder):
    drop(folder)
    watch(folder)
    agree(folder)
    said = watch(folder)
    assert "Imported 一月.csv as revision 2" in said
    assert files(folder / "导入") == ["已导入/一月.csv", "已导入/导入-一月.xlsx"]
    assert rows(folder, "name", "company") == [("王五", "上等")]
    place = Package.open(folder / "客户.xlsx").sheet("人员")
    assert "王五" in [cell.value for cell in place.cells()]


@pytest.mark.sample(2)
@pytest.mark.parametrize(("mode", "given"), [(0o644, 0o640), (0o660, 0o660), (0o600, 0o600)])
def test_who_may_read_a_list_may_answer_its_preview(folder, mode, given):
    drop(folder).chmod(mode)
    drop(folder, "", "空.csv").chmod(mode)
    watch(folder)
    for name in ("导入-一月.xlsx", "空.csv.说明.txt"):
        assert (folder / "导入" / name).stat().st_mode & 0o777 == given


@pytest.mark.slow
def test_a_list_of_a_known_shape_is_taken_in_at_once(folder):
    drop(folder)
    watch(folder)
    agree(folder)
    watch(folder)
    drop(folder, SECOND)
    said = watch(folder)
    assert "Imported 一月.csv as revision 3" in said, said
    assert files(folder / "导入") == ["已导入/一月 2.csv", "已导入/一月.csv", "已导入/导入-一月.xlsx"]
    assert rows(folder, "name", "company") == [("王五", "上等"), ("赵六", "上等")]


def test_what_is_doubtful_in_a_known_list_is_asked(folder):
    drop(folder)
    watch(folder)
    agree(folder)
    watch(folder)
    drop(folder, SECOND + ",13800000007,\n", "二月.csv")
    assert "look at the preview" in watch(folder)
    assert names(folder) == ["王五"]


def test_the_same_file_again_is_not_taken_in_twice(folder):
    drop(folder)
    watch(folder)
    agree(folder)
    watch(folder)
    before = revisions(folder)
    drop(folder, FIRST, "又一次.csv")
    assert "was imported before" in watch(folder)
    assert (revisions(folder), (folder / "导入" / "已导入" / "又一次.csv").exists()) == (before, True)


@pytest.mark.sample(1)
@pytest.mark.parametrize("at", ["commit_plan", "put_away"])
def test_a_watch_that_ends_between_import_and_move_imports_once(folder, monkeypatch, at):
    drop(folder)
    watch(folder)
    agree(folder)

    def taken_and_gone(*words, **named):
        commit_plan(*words, **named)
        raise _Cut

    def gone(path):
        raise _Cut

    with monkeypatch.context() as broken:
        broken.setattr(listfile, at, taken_and_gone if at == "commit_plan" else gone)
        with pytest.raises(_Cut):
            watch(folder)
    assert (names(folder), revisions(folder)) == (["王五"], 2)
    watch(folder)
    assert (names(folder), revisions(folder)) == (["王五"], 2)
    assert files(folder / "导入") == ["已导入/一月.csv", "已导入/导入-一月.xlsx"]


def test_what_cannot_be_imported_says_why_beside_it_once(folder):
    path = drop(folder, "%PDF-1.7 \x00\x01", "合同.pdf")
    said = watch(folder)
    note = folder / "导入" / "合同.pdf.说明.txt"
    assert "合同.pdf cannot be imported" in said
    assert "“合同.pdf”没有导入" in note.read_text(encoding="utf-8-sig")
    assert "合同.pdf" not in watch(folder)
    path.write_text(FIRST, encoding="utf-8")
    watch(folder)
    agree(folder, "导入-合同.xlsx")
    watch(folder)
    assert files(folder / "导入") == ["已导入/合同.pdf", "已导入/导入-合同.xlsx"]


def test_an_answer_that_is_none_says_so_and_waits(folder):
    drop(folder)
    watch(folder)
    answer(folder / "导入" / "导入-一月.xlsx", "列对应", "等第", "进入字段", "没有这一列")
    assert "导入-一月.xlsx cannot be imported" in watch(folder)
    assert (folder / "导入" / "导入-一月.xlsx.说明.txt").exists()
    agree(folder)
    watch(folder)
    assert files(folder / "导入") == ["已导入/一月.csv", "已导入/导入-一月.xlsx"]


@pytest.mark.slow
def test_a_preview_somebody_has_open_waits(folder):
    drop(folder)
    watch(folder)
    preview = agree(folder)
    lock = preview.with_name(f".~lock.{preview.name}#")
    lock.write_text(",王芳,elsewhere,06.03.2024 08:00,file:///x;", encoding="utf-8")
    watch(folder)
    assert names(folder) == []
    lock.unlink()
    watch(folder)
    assert names(folder) == ["王五"]


def test_a_preview_that_was_deleted_is_written_anew(folder):
    drop(folder)
    watch(folder)
    (folder / "导入" / "导入-一月.xlsx").unlink()
    watch(folder)
    assert files(folder / "导入") == ["一月.csv", "导入-一月.xlsx"]


def test_without_its_memory_a_preview_nobody_changed_is_no_answer(folder):
    drop(folder)
    watch(folder)
    next((folder / ".crmbook").rglob("imports.json")).unlink()
    watch(folder)
    assert (names(folder), files(folder / "导入")) == ([], ["一月.csv", "导入-一月.xlsx"])
    agree(folder)
    watch(folder)
    assert names(folder) == ["王五"]


@pytest.mark.slow
def test_failed_rows_that_were_mended_are_taken_in(folder):
    others = "".join(f"客{number},1380000001{number},甲\n" for number in range(5))
    drop(folder, f"姓名,电话,级别\n王五,13800000005,丙\n,13800000007,甲\n{others}")
    watch(folder)
    answer(folder / "导入" / "导入-一月.xlsx", "列对应", "电话", "已有内容时", "用名单的")
    said = watch(folder)
    assert "2 rows could not be taken whole" in said, said
    assert files(folder / "导入") == ["失败明细.xlsx", "已导入/一月.csv", "已导入/导入-一月.xlsx"]
    watch(folder)
    path = folder / "导入" / "失败明细.xlsx"
    package = Package.open(path)
    package.sheet("一月").set("C2", "乙")
    package.sheet("一月").set("A3", "赵六")
    package.save(path)
    watch(folder)
    assert rows(folder, "name", "grade")[::6] == [("王五", "乙"), ("赵六", "甲")]
    assert files(folder / "导入")[0] == "已导入/一月.csv"


@pytest.mark.slow
def test_each_list_of_a_file_is_asked_and_the_file_goes_last(folder):
    with pd.ExcelWriter(folder / "导入" / "名单.xlsx") as writer:
        for title, name in (("甲", "王五"), ("乙", "赵六")):
            frame = pd.DataFrame({"姓名": [name], "等第": ["上等"]})
            frame.to_excel(writer, sheet_name=title, index=False)
    watch(folder)
    assert files(folder / "导入") == ["名单.xlsx", "导入-名单-乙.xlsx", "导入-名单-甲.xlsx"]
    agree(folder, "导入-名单-乙.xlsx")
    watch(folder)
    assert (names(folder), "名单.xlsx" in files(folder / "导入")) == (["赵六"], True)
    agree(folder, "导入-名单-甲.xlsx")
    assert "Imported" in watch(folder)
    assert names(folder) == ["赵六", "王五"]
    assert {name.partition("/")[0] for name in files(folder / "导入")} == {"已导入"}


def test_a_hidden_sheet_is_passed_over_by_name(folder):
    with pd.ExcelWriter(folder / "导入" / "名单.xlsx", engine="openpyxl") as writer:
        for title in ("甲", "旧"):
            pd.DataFrame({"姓名": ["王五"], "等第": ["上等"]}).to_excel(writer, sheet_name=title, index=False)
        writer.book["旧"].sheet_state = "hidden"
    assert "旧" in watch(folder)
    assert files(folder / "导入") == ["名单.xlsx", "导入-名单.xlsx"]
    assert "旧" not in watch(folder)


def test_what_programs_leave_is_no_list(folder):
    for name in (
        "~$名单.xlsx",
        ".~lock.名单.xlsx#",
        ".DS_Store",
        "Thumbs.db",
        "名单.csv.part",
        "~WRL0001.tmp",
    ):
        (folder / "导入" / name).write_bytes(b"x")
    before = files(folder / "导入")
    assert "cannot be imported" not in watch(folder)
    assert files(folder / "导入") == before


def test_lists_are_taken_while_the_watch_goes_on(folder):
    with Watching(folder, workspace=workspace(), lang="en") as watching:
        drop(folder)
        drop(folder, SECOND, "二月.csv")
        watching.until(lambda: watching.said("look at the preview") == 2)
        agree(folder)
        agree(folder, "导入-二月.xlsx")
        watching.until(lambda: watching.said("Imported") == 2)
        watching.until(watching.settled)
    assert sorted(names(folder)) == ["王五", "赵六"]
    assert watching.said("cannot be imported") == 0


def test_a_copy_under_way_is_waited_for(folder):
    path = folder / "导入" / "一月.csv"
    with (
        Watching(folder, workspace=workspace(), lang="en") as watching,
        path.open("w", encoding="utf-8") as file,
    ):
        for line in [
            "姓名,电话,等第\n",
            *(f"客{number},139000000{number:02},上等\n" for number in range(20)),
        ]:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            assert watching.said("preview") == 0
            time.sleep(0.05)
        file.close()
        watching.until(lambda: watching.said("look at the preview"))
    found = [cell.value for cell in Package.open(folder / "导入" / "导入-一月.xlsx").sheet("说明").cells()]
    assert any("20" in str(text) for text in found)


def test_only_the_watch_that_leads_takes_a_list(folder):
    with Watching(folder, workspace=workspace(), lang="en") as first:
        first.until(lambda: first.said("watching") or first.lines)
        with Watching(folder, workspace=workspace(), lang="en") as second:
            drop(folder)
            first.until(lambda: first.said("look at the preview"))
            agree(folder)
            first.until(lambda: first.said("Imported"))
            assert (second.said("preview"), second.said("Imported")) == (0, 0)
    assert revisions(folder) == 2


@pytest.mark.slow
def test_an_english_book_has_english_names(tmp_path):
    run("build", "-o", tmp_path / "crm.xlsx", "--lang", "en")
    (tmp_path / "import").mkdir()
    drop(tmp_path, "Name,Phone\nAnn Lee,13800000005\n", "list.csv", "import")
    (tmp_path / "import" / "scan.pdf").write_bytes(b"%PDF-1.7 \x00\x01")
    said = run("watch", tmp_path, "--once", "--lang", "en", "--quiet-time", "0.2").output
    assert "look at the preview import/import-list.xlsx" in said, said
    preview = tmp_path / "import" / "import-list.xlsx"
    answer(preview, "Columns", "Phone", "Where filled", "take the list's")
    run("watch", tmp_path, "--once", "--lang", "en", "--quiet-time", "0.2")
    assert files(tmp_path / "import") == [
        "imported/import-list.xlsx", "imported/list.csv", "scan.pdf", "scan.pdf.note.txt",
    ]  # fmt: skip


def test_a_preview_that_was_imported_by_hand_goes_with_its_list(folder):
    drop(folder)
    watch(folder)
    done = run("import", agree(folder), "--into", folder, "--workspace", workspace())
    assert done.exit_code == 0, done.output
    watch(folder)
    assert (files(folder / "导入"), revisions(folder)) == (["已导入/一月.csv", "已导入/导入-一月.xlsx"], 2)


@pytest.mark.slow
def test_with_several_books_nobody_guesses(folder, tmp_path):
    (tmp_path / "other").mkdir()
    run("build", "-o", tmp_path / "other" / "b.xlsx", "--lang", "zh")
    shutil.copy(tmp_path / "other" / "b.xlsx", folder / "b.xlsx")
    drop(folder)
    said = run(
        "watch", folder, "--once", "--workspace", workspace(), "--lang", "en", "--quiet-time", "0.2"
    ).output
    assert said.count("several books") == 1, said
    assert files(folder / "导入") == ["一月.csv"]
