"""A regular expression run as Python's engine runs it, by backtracking, with every step counted.

`re` tells nobody how much work a match was, and seconds prove nothing. Here the same parse tree becomes a little
program for a machine that tries, fails and goes back as `re` does; how its steps grow with a text tells whether a
pattern can be made to take for ever. Steps are counted up to `LIMIT`, which is far beyond anything linear.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 3_000_000
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}
_ONE = {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}
_POOL = " a1A-.,<>\"'[]()/:;\n中"
_FEW = 8


def parsed(pattern: re.Pattern[Any]) -> Any:
    """Return the parse tree of a pattern; one of bytes is read as Latin letters."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    return _parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(source, bytes) else pattern.flags)


@cache
def _category(name: Any, ascii_only: bool) -> re.Pattern[str]:
    return re.compile(_CATEGORIES[name], re.ASCII if ascii_only else 0)


def accepts(op: Any, argument: Any, flags: int, character: str) -> bool:
    """Return whether a node that takes one character takes this one."""
    if op is sre.ANY:
        return bool(flags & re.DOTALL) or character != "\n"
    if op in {sre.LITERAL, sre.NOT_LITERAL}:
        same = character == chr(argument) or (
            bool(flags & re.IGNORECASE) and character.lower() == chr(argument).lower()
        )
        return same is (op is sre.LITERAL)
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    spellings = {character, *((character.lower(), character.upper()) if flags & re.IGNORECASE else ())}
    inside = any(_in_set(item, spelling, flags) for item in argument for spelling in spellings)
    return inside is not negated


def _in_set(item: tuple[Any, Any], character: str, flags: int) -> bool:
    op, argument = item
    if op is sre.LITERAL:
        return character == chr(argument)
    if op is sre.RANGE:
        return len(character) == 1 and argument[0] <= ord(character) <= argument[1]
    return op is sre.CATEGORY and bool(_category(argument, bool(flags & re.ASCII)).fullmatch(character))


@dataclass
class Machine:
    """A pattern as a program.

    Attributes
    ----------
    pattern
        The pattern.
    steps
        What has been done so far.
    """

    pattern: re.Pattern[Any]
    steps: int = 0
    _code: list[tuple[Any, ...]] = field(default_factory=list)
    _known: dict[Any, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._flags = self.pattern.flags
        if isinstance(self.pattern.pattern, bytes):
            self._flags |= re.ASCII
        self._code = self._compiled(parsed(self.pattern))

    def run(self, method: str, text: str) -> int:
        """Return the steps of `fullmatch`, `match`, or of looking through a whole text as the other methods do."""
        self.steps = 0
        if method in {"fullmatch", "match"}:
            self._match(self._code, text, 0, whole=method == "fullmatch")
            return self.steps
        place = 0
        while place <= len(text) and self.steps < LIMIT:
            end = self._match(self._code, text, place)
            if method == "search" and end is not None:
                break
            place = place + 1 if end is None or end == place else end
        return self.steps

    def _compiled(self, tree: Any) -> list[tuple[Any, ...]]:
        code: list[tuple[Any, ...]] = []
        self._emit(tree, code)
        code.append(("end",))
        return code

    def _emit(self, tree: Any, code: list[tuple[Any, ...]]) -> None:
        for op, argument in tree:
            if op in {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}:
                code.append(("take", op, argument))
            elif op in REPEATS:
                self._emit_repeat(op, argument, code)
            elif op is sre.SUBPATTERN:
                code.append(("save", argument[0], 0))
                self._emit(argument[3], code)
                code.append(("save", argument[0], 1))
            elif op is sre.BRANCH:
                self._emit_branch(argument[1], code)
            elif op in {sre.ASSERT, sre.ASSERT_NOT}:
                code.append(
                    ("look", argument[0], op is sre.ASSERT, self._compiled(argument[1]), _width(argument[1]))
                )
            elif op is sre.ATOMIC_GROUP:
                code.append(("atomic", self._compiled(argument)))
            else:
                code.append((str(op), argument))

    def _emit_branch(self, branches: list[Any], code: list[tuple[Any, ...]]) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = len(code)
            code.append(())
            self._emit(branch, code)
            jumps.append(len(code))
            code.append(())
            code[split] = ("split", split + 1, len(code))
        self._emit(branches[-1], code)
        for jump in jumps:
            code[jump] = ("split", len(code), None)

    def _emit_repeat(self, op: Any, argument: tuple[int, Any, Any], code: list[tuple[Any, ...]]) -> None:
        low, high, body = argument
        if op is sre.POSSESSIVE_REPEAT:
            inner: list[tuple[Any, ...]] = []
            self._emit_repeat(sre.MAX_REPEAT, argument, inner)
            code.append(("atomic", [*inner, ("end",)]))
            return
        for _ in range(low):
            self._emit(body, code)
        splits = []
        for _ in range(1 if high is sre.MAXREPEAT else high - low):
            splits.append(len(code))
            code.append(())
            self._emit(body, code)
        if high is sre.MAXREPEAT:
            code.append(("again", splits[0]))
        for split in splits:
            ways = (split + 1, len(code))
            code[split] = ("split", *(ways if op is sre.MAX_REPEAT else ways[::-1]))

    def _match(
        self, code: list[tuple[Any, ...]], text: str, start: int, *, whole: bool = False
    ) -> int | None:
        """Return where the first match from `start` ends, None if there is none or the steps are used up."""
        stack: list[tuple[int, int, dict[Any, int]]] = [(0, start, {})]
        while stack and self.steps < LIMIT:
            counter, place, saved = stack.pop()
            while self.steps < LIMIT:
                self.steps += 1
                name, *rest = code[counter]
                if name == "end":
                    if not whole or place == len(text):
                        return place
                    break
                if name == "take":
                    if place >= len(text) or not self._takes(rest, text[place]):
                        break
                    place += 1
                elif name == "split":
                    if rest[1] is not None:
                        stack.append((rest[1], place, saved))
                    counter = rest[0]
                    continue
                elif name == "again":
                    if saved.get(counter) == place:
                        break  # once round without a character: no use in another
                    saved = {**saved, counter: place}
                    counter = rest[0]
                    continue
                elif name == "save":
                    saved = {**saved, tuple(rest): place} if rest[0] is not None else saved
                else:
                    after = self._special(name, rest, text, place, saved)
                    if after is None:
                        break
                    place = after
                counter += 1
        return None

    def _takes(self, node: list[Any], character: str) -> bool:
        key = (id(node[1]) if isinstance(node[1], list) else node[1], node[0], character)
        if key not in self._known:
            self._known[key] = accepts(*node, self._flags, character)
        return self._known[key]

    def _special(
        self, name: str, rest: list[Any], text: str, place: int, saved: dict[Any, int]
    ) -> int | None:
        if name == "atomic":
            return self._match(rest[0], text, place)
        if name == "look":
            direction, wanted, code, width = rest
            begin = place if direction > 0 else place - width
            found = None if begin < 0 else self._match(code, text, begin)
            return place if (found is not None) is wanted else None
        if name == "GROUPREF":
            known = text[saved.get((rest[0], 0), 0) : saved.get((rest[0], 1), 0)]
            self.steps += len(known)
            return place + len(known) if text.startswith(known, place) else None
        if name == "AT":
            return place if _stands_at(rest[0], text, place) else None
        raise NotImplementedError(name)


def _width(tree: Any) -> int:
    return int(tree.getwidth()[0])


def _stands_at(where: Any, text: str, place: int) -> bool:
    ends = {sre.AT_END: place == len(text) or text[place:] == "\n", sre.AT_END_STRING: place == len(text)}
    begins = {sre.AT_BEGINNING: place == 0, sre.AT_BEGINNING_STRING: place == 0}
    here, before = text[place : place + 1], text[place - 1 : place] if place else ""
    edge = bool(re.match(r"\w", here)) is not bool(re.match(r"\w", before))
    known = {**ends, **begins, sre.AT_BOUNDARY: edge, sre.AT_NON_BOUNDARY: not edge}
    return known[where]


def hostile_texts(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Yield texts that go round each repetition of a pattern as often as `size` allows, then fail or do not."""
    tree = parsed(pattern)
    found = dict.fromkeys(_repetitions(tree, "", pattern.flags))
    whole = _shortest(tree, pattern.flags)
    for prefix, pump in found:
        yield from (prefix + _rounds(pump, size) + end for end in ("", "\x06", whole))
        yield _rounds(prefix + pump, size)
    pumps = sorted({pump for _, pump in found})
    for one, other in itertools.combinations(pumps, 2):
        yield _rounds(one + other, size) + "\x06"


def _rounds(text: str, size: int) -> str:
    """Return a text again and again, up to about a size; a long one often enough that twice the size is twice as much."""
    return text * max(size // len(text), size // _FEW)


def _repetitions(tree: Any, prefix: str, flags: int) -> Iterator[tuple[str, str]]:
    """Yield every repetition without a narrow bound: what leads to it, and what it repeats."""
    for op, argument in tree:
        if op in REPEATS:
            low, high, body = argument
            if high is sre.MAXREPEAT or high - low >= _FEW:
                yield from ((prefix, pump) for pump in _once(body, flags) if pump)
            yield from _repetitions(body, prefix, flags)
        elif op is sre.SUBPATTERN:
            yield from _repetitions(argument[3], prefix, flags)
        elif op is sre.BRANCH:
            for branch in argument[1]:
                yield from _repetitions(branch, prefix, flags)
        elif op in {sre.ASSERT, sre.ASSERT_NOT}:
            yield from _repetitions(argument[1], prefix, flags)
        elif op is sre.ATOMIC_GROUP:
            yield from _repetitions(argument, prefix, flags)
        prefix += _shortest([(op, argument)], flags)


def _once(body: Any, flags: int) -> Iterator[str]:
    """Yield some texts that a repetition's body takes in one round."""
    [(op, argument), *others] = list(body) or [(sre.AT, None)]
    if op in _ONE and not others:
        yield from _samples(op, argument, flags)[:4]
    elif op is sre.SUBPATTERN and not others:
        yield from _once(argument[3], flags)
    elif op is sre.BRANCH and not others:
        for branch in argument[1]:
            yield _shortest(branch, flags)
    else:
        yield _shortest(body, flags, more=1)
        yield _shortest(body, flags)


def _shortest(tree: Any, flags: int, more: int = 0) -> str:
    """Return a short text that a tree takes; `more` rounds of its repetitions than needed."""
    text = ""
    for op, argument in tree:
        if op in _ONE:
            text += "".join(_samples(op, argument, flags)[:1])
        elif op in REPEATS:
            text += _shortest(argument[2], flags) * min(argument[0] + more, argument[1])
        elif op is sre.SUBPATTERN:
            text += _shortest(argument[3], flags, more)
        elif op is sre.ATOMIC_GROUP:
            text += _shortest(argument, flags, more)
        elif op is sre.BRANCH:
            text += min((_shortest(branch, flags, more) for branch in argument[1]), key=len)
    return text


def _samples(op: Any, argument: Any, flags: int) -> list[str]:
    """Return characters that a node takes, of as many kinds as there are."""
    named = [argument] if op is sre.LITERAL else []
    for kind, item in argument if op is sre.IN else ():
        named += [item] if kind is sre.LITERAL else [*item] if kind is sre.RANGE else []
    pool = dict.fromkeys([*map(chr, named), *_POOL])
    return [character for character in pool if accepts(op, argument, flags, character)]
