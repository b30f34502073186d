"""The reference of all commands in both languages, made from the command line itself and the message catalogue.

``python -m crmbook.cli.reference`` renews the pages in the folder of the project; a test holds them to the commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from crmbook.base import describe
from crmbook.cli.app import app
from crmbook.cli.manual import help_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.base import Language

PAGES: Final[dict[Language, str]] = {"en": "docs/commands.md", "zh": "docs/commands.zh.md"}
"""The page of each language, from the folder of the project."""
_INTRODUCTION: Final = {
    "en": """\
# Commands

Made from the command line by `python -m crmbook.cli.reference`; a test keeps it true. Exit codes: 0 done and clean, 1 done
with problems to look at, 2 could not run and nothing was changed, 3 held for confirmation, 4 busy, try again. In Chinese:
[commands.zh.md](commands.zh.md).
""",
    "zh": """\
# 命令

本页由 `python -m crmbook.cli.reference` 从命令本身生成，有测试保证两者一致。退出码：0 完成，没有要看的问题；1 完成，有问题要看；
2 没能运行，什么都没改；3 有工作簿等您确认；4 正忙，请稍后再试。英文版：[commands.md](commands.md)。
""",
}
_HEADER: Final = {"en": "| option | meaning |", "zh": "| 选项 | 含义 |"}
_JSON: Final = {
    ("import", "en"): """
`--json` asks nothing: without `--yes`, `--dry-run` or an answered preview the lists are held (exit code 3). It prints `version`
(1), `state` (`taken`, `held`, `dry-run`) and `lists`, each with `file`, `sheet`, `rows`, `state` (`taken`, `nothing-new`,
`preview`, `shown`), `table` and `title`, `remembered` (null, or `name`, `at` and `news` of the map it follows), `columns` and
`values` as they are mapped, `left_out` (rows that are no records, by kind), `counts` (by table: `new`, `update`, `same`,
`duplicate`, `doubtful`, `skip`), `failed` (rows not taken whole), `issues` (as `crmbook check --json` gives them), and `revision`
or `preview`, `cleared` (previews that were deleted, as nobody had changed them); besides `hidden` sheets, `failures` (`path`, `rows`) and `workbooks` (`path`, `errors`, `warnings`). With `--undo`:
`state` `undone`, `name`, `revision`, `conflicts`, `changes`; with `--forget`: `state` and `maps`.
""",
    ("import", "zh"): """
`--json` 从不询问：没有 `--yes`、`--dry-run`，也没有填好的预览时，名单暂不取入（退出码 3）。输出有 `version`（1）、
`state`（`taken` 已取入、`held` 等待确认、`dry-run` 只看不改）和 `lists`。每份名单写明 `file`、`sheet`、`rows`、
`state`（`taken`、`nothing-new` 没有新内容、`preview` 写好了预览、`shown` 只显示）、`table` 和 `title`、
`remembered`（null，或者沿用的那份对应关系的 `name`、`at`、`news`）、对应好的 `columns` 和 `values`、`left_out`（不算记录的行，按种类）、
`counts`（按表：`new` 新增、`update` 补充、`same` 相同、`duplicate` 重复、`doubtful` 存疑、`skip` 跳过）、`failed`（没能完整取入的行）、
`issues`（与 `crmbook check --json` 相同），以及 `revision` 或 `preview`；另有隐藏的工作表 `hidden`、失败明细 `failures`（`path`、
`rows`）和写好的工作簿 `workbooks`（`path`、`errors`、`warnings`）。加 `--undo` 时是 `state`（`undone`）、`name`、`revision`、
`conflicts`、`changes`；加 `--forget` 时是 `state` 和 `maps`。
""",
}
"""What `--json` prints, where the option alone does not say it."""


def commands() -> dict[str, Any]:
    """Return every command by name, as click's objects."""
    group: Any = typer.main.get_command(app)
    return {name: group.load(name) for name in group.list_commands(None)}


def common_options() -> list[Any]:
    """Return the options of ``crmbook`` itself; help is one of every command."""
    group: Any = typer.main.get_command(app)
    return list(group.get_params(group.make_context("crmbook", [], resilient_parsing=True)))


def render_reference(lang: Language) -> str:
    """Return the reference in a language, as markdown."""
    head = f"{_INTRODUCTION[lang]}\n## crmbook\n\n{describe('cli.help', lang, {})}\n\n{_table(common_options(), lang)}"
    return head + "".join(
        f"\n## crmbook {name}\n\n{describe(command.help, lang, {})}\n\n{_table(command.params, lang)}"
        f"{_JSON.get((name, lang), '')}"
        for name, command in sorted(commands().items())
    )


def _table(items: Iterable[Any], lang: Language) -> str:
    rows = "".join(f"| {name} | {text} |\n" for name, text in _iter_rows(items, lang))
    return f"{_HEADER[lang]}\n| --- | --- |\n{rows}"


def _iter_rows(items: Iterable[Any], lang: Language) -> Iterator[tuple[str, str]]:
    for item in items:
        if item.param_type_name == "argument":
            name = f"`{str(item.name).upper()}`"
        else:
            name = ", ".join(f"`{option}`" for option in sorted(item.opts, key=len, reverse=True))
        text = describe(help_code(item), lang, {})
        if (isinstance(item.default, str) and item.default) or hasattr(item.default, "parts"):
            text += describe("cli.help-default", lang, {"value": f"`{item.default}`"})
        if item.required:
            text += describe("cli.help-required", lang, {})
        yield name, text.replace("|", "\\|")


def main() -> None:
    """Renew the pages in the folder of the project."""
    for lang, page in PAGES.items():
        Path(page).write_text(render_reference(lang), encoding="utf-8")


if __name__ == "__main__":
    main()
