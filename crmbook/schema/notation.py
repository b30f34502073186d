"""What is wrong with the notation of a YAML text: the true reason, at the position where it was written.

A parser of YAML stops where it can read no further, which is often lines behind the slip, and says so in words about its
own grammar. Here that position is the end of a search: `explain` looks at what is before it for the slips that people
make (full-width signs, a missing blank, bracket, quote or comma, a tab) and names the first. What the parser takes for
sound although nobody means it (a key ``zh：姓名``, a value ``“text”``) is found by `find_full_width` and read as it was meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import (
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    ScalarToken,
)

from crmbook.base import Location
from crmbook.schema.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.error import StreamMark
    from ruamel.yaml.tokens import Token

FULL_WIDTH: Final = {
    **dict(zip("：，｛｝［］＃－＆＊！", ":,{}[]#-&*!", strict=True)),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    "、": ",",
    "；": ",",
    "\u3000": " ",
    "\xa0": " ",
}
"""Signs of Chinese typing, and what YAML wants in their place."""
_BLANKS: Final = {"\u3000": "U+3000", "\xa0": "U+00A0"}
"""Full-width signs that nobody sees, and what they are called."""
_QUOTES: Final = {"‘": "’", "“": "”", "’": "’", "”": "”"}
_MEANT: Final = re.compile(r"=.*|[a-z][a-z0-9_.]*|[-\d.]+|#[0-9A-Fa-f]{6}", re.DOTALL)
"""Values that no person reads: names, formulas, numbers, colours. Other texts may well be in such quotes."""
_NAMES: Final = re.compile(
    r"[a-z][a-z0-9_]*(?P<sign>[，、；])\s*[a-z][a-z0-9_]*(?:[，、；]\s*[a-z][a-z0-9_]*)*"
)
_GLUED: Final = re.compile(r"\s*(?:- )?[\w.-]+(?P<colon>:)[^\s:/]")
_COLOUR: Final = re.compile(r":[ \t]+(?P<colour>#[0-9A-Fa-f]{6})(?![0-9A-Za-z])")
_KEY_LINE: Final = re.compile(r"[ \t]*(?:- )?[\w'\"-]+[ \t]*")
_OPENING: Final = (FlowMappingStartToken, FlowSequenceStartToken)
_CLOSING: Final = (FlowMappingEndToken, FlowSequenceEndToken)
_KEY_INSIDE: Final = re.compile(r"[,}]\s*[\w.-]+: ")
"""What no text holds that was meant to be quoted: the next key."""
_NEXT: Final = re.compile(r"[ \t]*(?:- |[\w'\"-]+[ \t]*:)")
_ITEM_HEAD: Final = re.compile(r"[\w.-]+:[ \t]+(?=[=‘’“”])")
_LINE_HEAD: Final = re.compile(r"[ \t]*(?:- )?[\w'\"-]+:[ \t]+")
_GLYPHS: Final = re.compile(r"found character '(.*)' that", re.DOTALL)


def explain(text: str, name: str, error: YAMLError) -> Problem:
    """Return what kept the parser from reading `text`, a file called `name` in messages."""
    if not isinstance(error, MarkedYAMLError):
        position = int(getattr(error, "position", 0))
        sign = text[position : position + 1]
        return problem("schema.bad-character", _place(text, name, position), f"U+{ord(sign or ' '):04X}")
    search = _Search(text, name, error)
    return search.run() or problem(
        "schema.bad-yaml", _place(text, name, search.at), text[search.at :].partition("\n")[0].strip()
    )


def find_full_width(text: str, *, item: bool) -> tuple[int, str, str] | None:
    """Return where an unquoted value has a full-width sign that nobody means, the sign, and the value meant.

    Parameters
    ----------
    item
        Whether the value is an item of a list: of several names in one, the first is meant.
    """
    closing = _QUOTES.get(text[:1])
    if closing and text[-1:] in ("’", "”") and len(text) > 2 and _MEANT.fullmatch(text[1:-1]):
        return 0, text[0], text[1:-1]
    listed = _NAMES.fullmatch(text) if item else None
    return (listed.start("sign"), listed["sign"], text[: listed.start("sign")]) if listed else None


def find_slip_in_key(key: str, *, alone: bool) -> tuple[int, str, str, str] | None:
    """Return what is wrong with a key: offset, code, key meant, value meant; None where nothing is.

    Parameters
    ----------
    alone
        Whether no value follows, so that the key may hold its value as well.
    """
    blanks = len(key) - len(key.lstrip("\u3000\xa0 "))
    if blanks:
        return 0, "schema.full-width", key[blanks:], ""
    for sign in "：:" if alone else "":
        meant, found, value = key.partition(sign)
        if found and re.fullmatch(r"[\w.-]+", meant):
            code = "schema.full-width" if sign == "：" else "schema.no-blank-after-colon"
            return len(meant), code, meant, value.strip()
    return None


def full_width(location: Location, sign: str) -> Problem:
    """Return the problem of a full-width sign."""
    plain = FULL_WIDTH[sign]
    return problem("schema.full-width", location, _BLANKS.get(sign, sign), suggestion=plain.strip())


def find_colour(text: str, start: int) -> int | None:
    """Return where a key that has no value is followed by a colour that YAML takes for a remark."""
    line = text[start:].partition("\n")[0]
    found = _COLOUR.search(line)
    return start + found.start("colour") if found else None


def _place(text: str, name: str, position: int) -> Location:
    return Location(name, text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


class _Search:
    """The search for the slip behind one error of the parser.

    Attributes
    ----------
    at, since
        Where the parser stopped, and where what it was reading begins.
    """

    def __init__(self, text: str, name: str, error: MarkedYAMLError) -> None:
        self.text, self.name = text, name
        self.said = str(error.problem or "")
        self.reading = str(error.context or "")
        self.at = _index(error.problem_mark or error.context_mark)
        self.since = _index(error.context_mark) if error.context_mark else self.at
        self.tokens = list(_tokens(text, self.at))

    def run(self) -> Problem | None:
        """Return the slip; None where it is none of those that are known."""
        if "scalar" in self.reading:
            return self._in_scalar()
        if self.said.startswith("could not find expected ':'"):
            return self._without_colon()
        if "flow" in self.reading or self.said.startswith("expected the node content"):
            return self._in_brackets()
        if self.said.startswith("expected <block end>"):
            return self._in_block()
        if self.said.startswith("mapping values"):
            return self._stray_colon()
        return self._sign()

    def _found(self, code: str, position: int, value: str = "", suggestion: str = "") -> Problem:
        return problem(code, _place(self.text, self.name, position), value, suggestion=suggestion)

    def _full_width(self, start: int, end: int, signs: str) -> Problem | None:
        """Return the first of `signs` that is between two positions outside of quotes and remarks."""
        for position in self._bare(start, end):
            if self.text[position] in signs:
                return full_width(_place(self.text, self.name, position), self.text[position])
        return None

    def _bare(self, start: int, end: int) -> Iterator[int]:
        """Yield the positions between two positions that are in no quoted text and no remark."""
        quoted = [
            range(_index(token.start_mark), _index(token.end_mark))
            for token in self.tokens
            if isinstance(token, ScalarToken) and token.style
        ]
        position = start
        while position < end:
            inside = next((span for span in quoted if position in span), None)
            if inside is not None:
                position = inside.stop
                continue
            if self.text[position] == "#" and self.text[position - 1 : position].isspace():
                position = self._line_end(position)
                continue
            yield position
            position += 1

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def _line(self, position: int) -> str:
        return self.text[self._line_start(position) : self._line_end(position)]

    def _in_scalar(self) -> Problem | None:
        if self.said.startswith("found unexpected"):
            return self._found("schema.unclosed-quote", self.since, self.text[self.since])
        if self.said.startswith("found unknown escape"):
            return self._found("schema.bad-escape", self.at - 1, self.text[self.at - 1 : self.at + 1])
        return None

    def _without_colon(self) -> Problem:
        """Return the slip in a line where the parser was looking for a key: no colon, or the wrong sign in its place."""
        start, end = self._line_start(self.since), self._line_end(self.since)
        line = self.text[start:end]
        wrong = self._full_width(start, end, "：")
        if wrong is not None:
            return wrong
        glued = _GLUED.match(line)
        if glued:
            return self._found("schema.no-blank-after-colon", start + glued.start("colon"), line.strip())
        return self._found("schema.no-colon", self.since, self.text[self.since : end].strip())

    def _in_block(self) -> Problem | None:
        """Return the slip before what is in a block of keys and is no further key of it."""
        start = self._line_start(self.at)
        if self.said.endswith("'<scalar>'"):
            return self._behind_text()
        if self.said.endswith(("'}'", "']'")):
            return self._found("schema.stray-bracket", self.at, self.text[self.at])
        if self.said.endswith("','"):
            wrong = self._full_width(start, self.at, "：")
            return wrong or self._found("schema.colon-in-text", self.at, self._line(self.at).strip())
        for position in range(start, max(self.since - 1, -1), -1):  # the nearest blank that is none
            if (
                self.text[position] in _BLANKS
                and not self.text[self._line_start(position) : position].strip()
            ):
                first = self._line_start(position)
                blanks = len(self.text[first:position]) - len(self.text[first:position].lstrip(" "))
                return full_width(_place(self.text, self.name, first + blanks), self.text[first + blanks])
        return self._found("schema.bad-indent", self.at, self._line(self.at).strip())

    def _in_brackets(self) -> Problem | None:
        """Return the slip in a list or mapping in brackets: it is not closed, or holds what it cannot."""
        opened = self._innermost()
        if opened is None:
            return self._found("schema.stray-bracket", self.at, self.text[self.at : self.at + 1])
        item = self._item_start(opened)
        if self.said.endswith("'<scalar>'") and not self._is_key_below(opened):
            return self._behind_text()
        wrong = self._full_width(item, self.at, "：，；、｛｝［］") or self._quoted_wrongly(item)
        if wrong is not None:
            return wrong
        sign = self.text[self.at : self.at + 1]
        if not sign or self._is_key_below(opened):
            return self._unclosed(opened)
        if sign == ":":
            return self._found("schema.colon-in-text", self.at, self.text[item : self.at + 1].strip())
        if sign in ("[", "{"):
            return self._found("schema.bracket-in-text", item, self.text[item : self.at + 1].strip())
        return self._found("schema.stray-bracket", self.at, sign)

    def _is_key_below(self, opened: int) -> bool:
        """Return whether the parser met a key on a line of its own that is indented no more than the brackets' line."""
        start = self._line_start(self.at)
        line, first = self._line(self.at), self._line(opened)
        return (
            start > opened
            and self.text[start : self.at].rpartition(" ")[0].strip() in ("", "-")
            and _NEXT.match(line) is not None
            and len(line) - len(line.lstrip()) <= len(first) - len(first.lstrip())
        )

    def _unclosed(self, opened: int) -> Problem:
        """Return why brackets stay open: nothing closes them, a full-width sign does, or what is taken for a remark."""
        colour = find_colour(self.text, opened)
        if colour is not None:
            value = self.text[colour : colour + 7]
            return self._found("schema.colour-unquoted", colour, value, suggestion=f"'{value}'")
        closing = {"{": "}", "[": "]"}[self.text[opened]]
        return self._full_width(opened, self.at, "｝］") or self._found(
            "schema.unclosed-bracket", opened, self.text[opened], suggestion=closing
        )

    def _quoted_wrongly(self, item: int) -> Problem | None:
        """Return the slip of a value in brackets that begins with a curly quote, or is a formula without quotes."""
        begin = _ITEM_HEAD.match(self.text, item)
        if begin is None:
            return None
        sign = self.text[begin.end()]
        if sign == "=":
            formula = self.text[begin.end() : self._line_end(self.at)]
            return self._found("schema.formula-unquoted", begin.end(), formula.strip())
        return full_width(_place(self.text, self.name, begin.end()), sign)

    def _innermost(self) -> int | None:
        """Return where the brackets were opened in which the parser stopped."""
        opened: list[int] = []
        for token in self.tokens:
            if isinstance(token, _OPENING):
                opened.append(_index(token.start_mark))
            elif isinstance(token, _CLOSING) and opened and _index(token.end_mark) <= self.at:
                opened.pop()
        return opened[-1] if opened else None

    def _item_start(self, opened: int) -> int:
        """Return where the item of the brackets begins in which the parser stopped."""
        start, level = opened + 1, 0
        for position in self._bare(opened + 1, self.at):
            sign = self.text[position]
            level += (sign in "[{") - (sign in "]}")
            if sign == "," and level == 0:
                start = position + 1
        return start + len(self.text[start : self.at]) - len(self.text[start : self.at].lstrip())

    def _behind_text(self) -> Problem:
        """Return the slip of a text that goes on behind its closing quote: that closed too early, or another never did."""
        before = [token for token in self.tokens if _index(token.end_mark) <= self.at]
        last = before[-1] if before else None
        if isinstance(last, ScalarToken) and last.style in ("'", '"'):
            start = _index(last.start_mark)
            inside = self.text[start : _index(last.end_mark)]
            if "\n" in inside or _KEY_INSIDE.search(inside):
                return self._found("schema.unclosed-quote", start, last.style)
            return self._found("schema.text-after-quote", self.at, self.text[start : self.at + 1])
        return self._found("schema.bracket-in-text", self._value_start(), self._line(self.at).strip())

    def _value_start(self) -> int:
        """Return where the value begins in whose line the parser stopped."""
        start = self._line_start(self.at)
        head = _LINE_HEAD.match(self.text, start, self.at)
        return head.end() if head else start

    def _stray_colon(self) -> Problem:
        start = self._line_start(self.at)
        if _KEY_LINE.fullmatch(self.text[start : self.at]):
            indent = len(self._line(self.at)) - len(self._line(self.at).lstrip())
            wrong = self._full_width(self._line_start(start - 1), start, "：") if start else None
            return wrong or self._found("schema.bad-indent", start + indent, self._line(self.at).strip())
        return self._found("schema.colon-in-text", self.at, self._line(self.at).strip())

    def _sign(self) -> Problem | None:
        glyph = _GLYPHS.match(self.said)
        if glyph and self.text[self.at : self.at + 1] == "\t":
            return self._found("schema.tab", self.at)
        if glyph:
            return self._found("schema.sign-first", self.at, self.text[self.at : self.at + 1])
        if "alias" in self.said:
            return self._found(
                "schema.unknown-alias",
                self.at,
                self._line(self.at)[self.at - self._line_start(self.at) :].strip(),
            )
        if "another document" in self.said:
            return self._found("schema.second-document", self.at)
        return None


def _index(mark: StreamMark | None) -> int:
    return int(mark.index) if mark is not None else 0


def _tokens(text: str, end: int) -> Iterator[Token]:
    """Yield the tokens of a text up to where it can be read."""
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            if _index(token.start_mark) >= end:
                return
            yield token
    except (YAMLError, ValueError):
        return
