"""The order in which formulas are computed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.formula import Formula, FormulaCycleError, Kind, Scope, bind, order, parse

FIELDS = [f"f{number}" for number in range(8)]
SCOPE = Scope(tables={"t": dict.fromkeys(FIELDS, Kind.NUMBER), "u": dict.fromkeys(FIELDS, Kind.NUMBER)})


def formula(*needs: str, table: str = "t") -> Formula:
    return bind(parse("=" + "+".join(["1", *needs])), SCOPE, table)


def test_what_is_read_comes_first() -> None:
    formulas = {
        ("t", "f0"): formula("[@f1]", "SUM(u[f0])"),
        ("u", "f0"): formula("[@f5]", table="u"),
        ("t", "f1"): formula("[@f2]"),
        ("t", "f2"): formula("[@f7]"),
    }
    assert order(formulas) == [("t", "f2"), ("t", "f1"), ("u", "f0"), ("t", "f0")]


def test_ready_formulas_keep_their_order() -> None:
    formulas = {("t", name): formula() for name in reversed(FIELDS)}
    assert order(formulas) == list(formulas)
    assert order({}) == []


def test_a_formula_cannot_need_itself() -> None:
    for need in ("[@f0]", "SUM(t[f0])", "SUM(t[[f0]:[f3]])"):
        refused = None
        try:
            order({("t", "f0"): formula(need)})
        except FormulaCycleError as error:
            refused = error
        assert refused is not None
        assert refused.params["keys"] == (("t", "f0"), ("t", "f0"))
        assert refused.offset == 3 + need.find("t[") if "t[" in need else 3


def test_a_long_chain_does_not_exhaust_the_stack() -> None:
    names = [f"n{number}" for number in range(3000)]
    scope = Scope(tables={"t": dict.fromkeys(names, Kind.NUMBER)})
    formulas = {
        ("t", name): bind(parse(f"=[@{following}]"), scope, "t") for name, following in pairwise(names)
    }
    assert order(formulas)[0] == ("t", names[-2])


@given(st.dictionaries(st.sampled_from(FIELDS), st.sets(st.sampled_from(FIELDS), max_size=3)))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_an_order_or_a_true_cycle(needs: dict[str, set[str]]) -> None:
    formulas = {
        ("t", name): formula(*(f"[@{need}]" for need in sorted(needed))) for name, needed in needs.items()
    }
    try:
        found = order(formulas)
    except FormulaCycleError as error:
        keys = error.params["keys"]
        assert isinstance(keys, tuple)
        assert keys[0] == keys[-1]
        for (_, name), (_, following) in pairwise(keys):
            assert following in needs[name]
        return
    assert sorted(found) == sorted(formulas)
    for place, (_, name) in enumerate(found):
        assert needs[name] & set(needs) <= {earlier for _, earlier in found[:place]}
