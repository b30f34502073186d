"""The reference page of the formula language in both languages, made from the register of functions.

``python -m crmbook.formula.reference`` renews the pages in the folder of the project; a test holds them to the code. What a
function does is said in English beside its code, with the examples that are tried there; its Chinese words are in
``reference.zh.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.formula.functions import CATEGORIES, FUNCTIONS, category_text
from crmbook.formula.functions.refused import ARRAY, VOLATILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula.functions import Function

Language = Literal["zh", "en"]

PAGES: Final[dict[Language, str]] = {"en": "docs/formulas.md", "zh": "docs/formulas.zh.md"}
"""The page of each language, from the folder of the project."""
_TITLES = {
    "logical": "Logical",
    "math_trig": "Math and trigonometry",
    "statistical": "Statistical",
    "lookup_reference": "Lookup and reference",
    "date_time": "Date and time",
    "text": "Text",
    "financial": "Financial",
    "information": "Information",
    "chinese_calendar": "The Chinese calendar",
}

_INTRODUCTION = """\
# Formulas

Derived fields, checks, highlights and reminders are Excel formulas, written with the machine names of tables and
fields. crmbook renders them into the workbook as live formulas, and computes the same values itself. In Chinese:
[formulas.zh.md](formulas.zh.md).

| write | for |
|---|---|
| `[@amount]` | the field of the formula's own row |
| `transactions[amount]` | a whole column, for functions that take a range |
| `transactions[[date]:[amount]]` | adjacent columns, for `VLOOKUP` and `INDEX` |
| `as_of` | a scalar name, here the date as of which the book is computed |
| `alert.high` | the text of a list's value, in the language of the book |
| `"text"`, `12.5`, `TRUE`, `#N/A`, `{0,60;80,100}` | constants |
| `+ - * / ^ & % = <> < <= > >=` | Excel's operators with Excel's precedence: `-2^2` is 4 |
| `BAND(x, rule)` | the result of the highest band of a rule whose lower bound is not above x |
| `BAND_FROM(x, rule)`, `BAND_TO(x, rule)` | the lower bound of that band, and of the next one (0 in the last) |
| `DAYS_BETWEEN(start, end)`, `DAYS_AFTER(start, days)` | how many days lie between two, and the day so many later; working days where the book's `locale` says so |
| `PARAM(id)` | the value of a parameter |

`BAND` and `PARAM` read the sheet of scoring rules; in the workbook they appear as `INDEX` and `MATCH`, in a book without
that sheet as constants.

## Values

- A blank cell is 0, `""` or FALSE, whichever the other side of an operator asks for; a formula that gives a blank
  shows 0. `""` is a text and not blank.
- Text that reads as a number or date counts as one in arithmetic (`"12"+1` is 13), else the result is `#VALUE!`.
  Aggregates such as `SUM` leave out text and logical values read from cells.
- Numbers sort before texts, texts before FALSE and TRUE. Texts are compared without regard to case.
- Numbers are compared and rounded by their first 15 digits, halves away from zero.
- Errors pass through every operator and function, except through those that ask for them.
- Dates are numbers, counted in Excel's calendar of 1900 with its 29 February 1900.
- Criteria of `COUNTIF` and its relatives: a value means "equal"; a text may begin with `= <> < <= > >=`; equality of
  texts knows the wildcards `*` and `?`, and `~` takes them as they are. A number written as text equals that
  number. `""` is met by blank cells and empty texts, `"="` by blank cells only, `"<>"` by all others.

## What is refused

Whatever a formula cannot mean is refused when the schema is loaded, with the position and, where there is one, the
nearest valid name: unknown names, wrong numbers of arguments, a whole column where one value is wanted, cell
addresses, formulas that need each other. Besides the functions that are not listed below, these are refused by name:

- volatile functions, which recalculate the workbook at every keystroke: {volatile};
- array functions and those that Excel 2019, WPS 2019 or LibreOffice 7.4 lack: {array}.

## Where programs differ

What Excel, WPS and LibreOffice compute alike is taken without a word. `crmbook schema` warns of the rest:

- `TEXT` with `"aaa"` or `"aaaa"`, the day of the week, follows the language of the program, and is unknown to
  Excel in some; write `CHOOSE(WEEKDAY(date,2),"Mon","Tue",…)`;
- `TEXT` with `"0.#"`, a point without a digit that must follow it, is `5.` for 5 in Excel and WPS, and `5` in LibreOffice; write
  `"0.0"`, or `ROUND(number,1)&""`;
- `PERCENTRANK` without its third argument: Excel and WPS cut it off after three digits, LibreOffice rounds; write
  `ROUND(PERCENTRANK(column,value,9),3)`;
- `WEEKNUM` of another type than 21: LibreOffice counts the last days of December to week 1 where 1 January lies in their week;
- `CODE`, and `CHAR` above 127: they go by the code page of the system.

`CODE("")` is `#VALUE!` in Excel and WPS, and 0 in LibreOffice; what `MROUND` makes of a half is open where the multiple is no
binary fraction (0.1). Of `HOUR`, `MINUTE` and `SECOND`, Excel and WPS round a fraction of a second, LibreOffice cuts it off; `TIME` cuts fractions of its
arguments off in Excel and WPS, and LibreOffice counts them.

## Functions

Examples speak of this table, `fruit`:

| name | count | price | note |
|---|---|---|---|
| apple | 1 | 5 | sweet |
| pear | 2 | 8.5 | |
| Apple | 10 | 3 | sour |
"""


def reference_page(lang: Language) -> str:
    """Return the page as Markdown."""
    introduction = _chinese()["introduction"].removeprefix("\n") if lang == "zh" else _INTRODUCTION
    for name, names in (("volatile", VOLATILE), ("array", ARRAY)):
        introduction = introduction.replace(f"{{{name}}}", _list(names, lang))
    return introduction + "\n" + "\n".join(_iter_lines(lang))


@cache
def _chinese() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("reference.zh.toml").read_text(encoding="utf-8"))


def _list(names: frozenset[str], lang: Language) -> str:
    return ("、" if lang == "zh" else ", ").join(f"`{name}`" for name in sorted(names))


def _iter_lines(lang: Language) -> Iterator[str]:
    for category in CATEGORIES:
        title, text = _TITLES[category], category_text(category)
        if lang == "zh":
            title, text = _chinese()["titles"][category], _chinese()["categories"][category]
        yield f"### {title}\n"
        yield f"{_markdown(text)}\n"
        members = [function for function in FUNCTIONS.values() if function.category == category]
        for function in sorted(members, key=lambda function: function.name):
            yield _entry(function, lang)


def _entry(function: Function, lang: Language) -> str:
    words, _, examples = function.description.partition(">>>")
    if lang == "zh":
        words = _chinese()["functions"][function.name]
    block = f"\n```\n{_examples(examples)}\n```\n" if examples else ""
    return f"#### `{function.usage}`\n\n{_markdown(words.strip())}\n{block}"


def _examples(text: str) -> str:
    lines = f">>>{text}".strip().splitlines()
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return "\n".join(f"{formula.removeprefix('>>> ')}  →  {value}" for formula, value in pairs)


def _markdown(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", text)


def main() -> None:
    """Renew the pages in the folder of the project."""
    for lang, page in PAGES.items():
        Path(page).write_text(reference_page(lang), encoding="utf-8")


if __name__ == "__main__":
    main()
