"""The complete matrix is played in sittings: what was played stands in a file, and is not played again."""

from __future__ import annotations

from tests.everyday.__main__ import Played, Record, main, sittings
from tests.everyday.matrix import complete, single
from tests.everyday.scenario import Scenario


def test_sittings_leave_nothing_out_and_begin_anywhere():
    parts = sittings(7)
    played = [str(one) for part in parts for one in part]
    assert sorted(played) == sorted(map(str, complete()))
    assert all(len({(one.template, one.kind, one.work) for one in part}) == 1 for part in parts)
    first = [one for part in parts[: len(parts) // 3] for one in part]
    assert len({(one.template, one.kind) for one in first}) > 20
    assert [str(part[0]) for part in sittings(7)] == [str(part[0]) for part in parts]
    assert [str(part[0]) for part in sittings(8)] != [str(part[0]) for part in parts]


def test_a_record_that_was_cut_off_goes_on(tmp_path, capsys):
    path = tmp_path / "record.jsonl"
    one, two, three = (str(one) for one in single(next(complete()))[:3])
    record = Record(path)
    record.note(Scenario.of(one), 1.0, "")
    record.note(Scenario.of(two), 1.0, "something is wrong")
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"scenario": "' + three)
    assert Record(path).faults == {one: "", two: "something is wrong"}
    Record(path).note(Scenario.of(three), 1.0, "")
    assert list(Record(path).faults) == [one, two, three]
    assert main(["--resume", str(path)]) == 1
    assert "3 played, 1 with a fault" in capsys.readouterr().out
    Record(path).note(Scenario.of(two), 1.0, "")
    assert main(["--resume", str(path)]) == 0


def test_a_day_is_noted_by_what_meets_in_it_and_its_fault_by_what_brings_it_about(tmp_path):
    day, another, *_ = complete()
    record = Record(tmp_path / "record.jsonl")
    record.note_day(day, Played(3.0, "something is wrong", [day.tasks[4]]), day.only(day.tasks[:2]))
    again = Record(tmp_path / "record.jsonl")
    assert again.has(day)
    assert not again.has(another)
    assert again.faulty == [str(day.only(day.tasks[:2]))]
    assert again.failed == {str(day.only([day.tasks[4]]))}
    assert len(again.faults) == len(day.tasks) + 1
    assert Scenario.of(again.faulty[0]) == day.only(day.tasks[:2])
