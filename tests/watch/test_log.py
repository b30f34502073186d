"""The watcher's log: complete lines, bounded files, never an error."""

from __future__ import annotations

import json
import re
import threading

import pytest

from crmbook.watch import log as log_module
from crmbook.watch.log import FILES, Log

CODE = "cli.note"


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_for_programs_and_for_people(tmp_path):
    said = []
    log = Log(tmp_path, "zh", tmp_path / "deep" / "more.jsonl", said.append)
    log.write(CODE, text="王芳 “a”\n\ud800", path=tmp_path)
    (line,) = lines_of(tmp_path / "log" / "events.jsonl")
    assert (line["code"], line["params"]["path"]) == (CODE, str(tmp_path))
    assert line["text"].strip().startswith("王芳 “a”")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", line["at"])
    assert lines_of(tmp_path / "deep" / "more.jsonl") == [line]
    assert re.match(r"\d\d:\d\d:\d\d  *王芳", said[0])


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有差别"), ("en", "No differences")])
def test_it_speaks_the_person_s_language(tmp_path, lang, words):
    said = []
    Log(tmp_path, lang, say=said.append).write("cli.diff-none")
    assert said[0].endswith(words)


def test_it_goes_on_where_another_watcher_stopped(tmp_path):
    for text in "ab":
        Log(tmp_path, "en").write(CODE, text=text)
    assert [line["params"]["text"] for line in lines_of(tmp_path / "log" / "events.jsonl")] == ["a", "b"]


def test_full_files_move_on_and_the_oldest_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(log_module, "BYTES", 2000)
    log = Log(tmp_path, "en", tmp_path / "more.jsonl")
    for number in range(400):
        log.write(CODE, text=str(number))
    for folder, stem in ((tmp_path / "log", "events"), (tmp_path, "more")):
        newest_first = [folder / f"{stem}.jsonl", *(folder / f"{stem}.{n}.jsonl" for n in range(1, FILES))]
        assert sorted(folder.glob(f"{stem}*")) == sorted(newest_first)
        assert all(path.stat().st_size <= 2000 for path in newest_first)
        kept = [int(line["params"]["text"]) for path in reversed(newest_first) for line in lines_of(path)]
        assert kept == list(range(kept[0], 400))


@pytest.mark.parametrize("obstacle", ["file in place of the folder", "folder in place of the file"])
def test_a_disk_that_takes_no_line_ends_no_watch(tmp_path, obstacle):
    if obstacle.startswith("file"):
        (tmp_path / "log").write_text("")
    else:
        (tmp_path / "log" / "events.jsonl").mkdir(parents=True)
    said = []
    Log(tmp_path, "en", tmp_path / "more.jsonl", said.append).write(CODE, text="x")
    assert len(said) == len(lines_of(tmp_path / "more.jsonl")) == 1


def test_threads_write_whole_lines(tmp_path):
    log = Log(tmp_path, "en")
    threads = [
        threading.Thread(target=lambda: [log.write(CODE, text="x" * 500) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines_of(tmp_path / "log" / "events.jsonl")) == 200
