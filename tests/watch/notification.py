"""Notifications for tests, as the store would tell of them."""

from __future__ import annotations

from typing import Any

from crmbook.notify.notification import Notification


def conflict(
    number: int = 1, *, owner: str = "", holder: str = "", mark: str = "m", **facts: Any
) -> Notification:
    told: dict[str, Any] = {
        "workbook": "王芳.xlsx", "from": "王芳.xlsx", "book": "客户管理", "sheet": "客户基本信息", "key": f"{number:03}",
        "customer": "张三", "fields": ["电话"], "whole": False, "head": ["13911112222"], "head_who": "李强",
        "head_at": "2026-11-22T01:05:41+00:00", "file": ["13933334444"], "file_who": "王芳",
        "file_at": "2026-11-22T01:06:10+00:00", "settle": "冲突处理", "choices": ["采用主库", "采用本簿", "自定义"],
        "column": "处理方式",
    }  # fmt: skip
    return Notification("conflict", f"book/conflict/{number}", mark, owner, holder, told | facts)


def held(number: int = 1, *, holder: str = "", mark: str = "plan", **facts: Any) -> Notification:
    told: dict[str, Any] = {
        "workbook": "王芳.xlsx", "book": "客户管理", "plan": mark, "settle": "校验问题", "choices": ["确认", "放弃"],
        "remedies": [{"zh": "误删请选“放弃”", "en": "Discard to put the rows back"}],
        "findings": [{"zh": "“客户基本信息”的 10 行中有 8 行不见了", "en": "8 of the 10 rows are gone"}], "column": "处理",
    }  # fmt: skip
    return Notification("held", f"book/held/{number}", mark, "", holder, told | facts)


def failure(name: str = "坏.xlsx", code: str = "ooxml.not-a-zip") -> Notification:
    told = {
        "workbook": name,
        "code": code,
        "problem": {"zh": "文件已损坏", "en": "The file is damaged"},
        "remedy": {"zh": "请从备份恢复", "en": "Bring it back from a backup"},
        "taken_in": False,
    }
    return Notification("failure", f"failure/{name}", code, facts=told)


def preview(name: str = "导入/导入-一月.xlsx") -> Notification:
    return Notification("preview", f"preview/{name}", "", facts={"workbook": name})


def day(owner: str = "王芳", count: int = 12, late: int = 4, **facts: Any) -> Notification:
    told: dict[str, Any] = {
        "workbook": "王芳.xlsx", "book": "客户管理", "page": "跟进提醒", "day": "2026-03-02", "count": count, "late": late,
        "first": [{"customer": "张三", "reason": "跟进到期", "remedy": "联系客户", "due": "2026-02-27"}],
    }  # fmt: skip
    return Notification("day", f"day/book/{owner}", "2026-03-02", owner, "", told | facts)
