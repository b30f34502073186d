"""The words of docstrings and comments: plain English, without the turns of a dialect that the code once spoke.

A word is looked for where it can hardly be right: ``stands for`` and ``as it stands`` are English, ``people are told``
and ``told apart`` are, too.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
_CODE = re.compile(r"``.*?``|`.*?`")
_ATTRIBUTE = re.compile(r"[a-z_]+(?:, [a-z_]+)*")
_PLAIN = re.compile(
    r"\bstand(?:s|ing)? (?:in )?for\b|\bstands by\b|\bstandby\b"
    r"|\bas (?:\w+ ){1,4}(?:stands?|stood)\b"
    r"|\b(?:be|was) told what\b"
)
DIALECT = {
    r"\b(?:stands?|stood|standing)\b": "is, are; lies, is kept, is written",
    r"\bwhat (?:is|was|is to be) told\b": "what is reported",
    r"\b(?:issue|note|finding|mistake|error|conflict|workbook)s? (?:is|are|was|were) told\b(?! apart| from)": "is reported",
    r"\btells? of\b": "reports, mentions",
    r"\btells (?:which|what|how|nothing|enough|whose|that)\b": "says, shows",
    r"^(?:Tell (?:whether|what|which|where|how|of)|Say whether)\b": "Return, Report",
    r"\b(?:addressee|herald|quarrel)s?\b": "recipient, reporter, conflict",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of docstrings, and comments, with their numbers."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        for part in getattr(node, "body", ()) if isinstance(getattr(node, "body", None), list) else ():
            if isinstance(part, ast.Expr) and isinstance(getattr(part.value, "value", None), str):
                for number in range(part.lineno, (part.end_lineno or 0) + 1):
                    yield number, lines[number - 1].strip().strip('"')
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def dialect(text: str) -> list[str]:
    """Return what of the dialect a line holds."""
    if _ATTRIBUTE.fullmatch(text):  # names of attributes and parameters
        return []
    plain = _PLAIN.sub("", _CODE.sub("", text))
    return [word for word in DIALECT if re.search(word, plain)]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("What stands in a cell.", True),
        ("Where a table stood.", True),
        ("The number that a text stands for.", False),
        ("Any other cell as it stands.", False),
        ("standing", False),
        ("Return what `standing` holds.", False),
        ("Return what is told of it.", True),
        ("Whoever asked is told.", False),
        ("Tell whether it is so.", True),
        ("Tell months from minutes.", False),
    ],
)
def test_the_dialect_is_told_from_english(text, is_found):
    assert bool(dialect(text)) == is_found


def test_docstrings_and_comments_are_plain_english():
    assert {
        f"{path.relative_to(ROOT)}:{number}": text
        for path in sorted((ROOT / "crmbook").rglob("*.py"))
        for number, text in texts(path.read_text(encoding="utf-8"))
        if dialect(text)
    } == {}
