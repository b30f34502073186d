"""The tokenizer and tree: every spelling that programs use, and everything that is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import PartError
from crmbook.ooxml.markup import plain, prefixed
from crmbook.ooxml.xml import Document, Edit, escape, quote, splice, unescape

XML_TEXT = st.text(
    st.characters(
        blacklist_categories=["Cs"], blacklist_characters="".join(map(chr, range(32))) + "\ufffe\uffff"
    )
)


def root(text):
    return Document(text if isinstance(text, bytes) else text.encode(), "part.xml").root


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a>x</a>", "x"),
        ("\ufeff<a>x</a>", "x"),
        ('<?xml version="1.0"?><a>x</a>', "x"),
        ("<a>x<!-- y -->z</a>", "xz"),
        ("<a>x<![CDATA[<&>]]>z</a>", "x<&>z"),
        ("<a>&lt;&#65;&#x42;&quot;&apos;&amp;gt;</a>", "<AB\"'&gt;"),
        ("<a>x<b>no</b>y</a>", "xy"),
        ("<a>1\r\n2\r3</a>", "1\n2\n3"),
        ("<a>x<?pi data?>y</a>", "xy"),
        ("<a  >x</a  >", "x"),
    ],
)
def test_text(text, expected):
    assert root(text).text == expected


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ('<a b="c"/>', "c"),
        ("<a b='c'/>", "c"),
        ('<a b = "c" />', "c"),
        ('<a b="x>y"/>', "x>y"),
        ("<a b='say \"hi\"'/>", 'say "hi"'),
        ('<a\n  b="&#10;&lt;"\n/>', "\n<"),
        ('<a x:b="no" b="c"/>', "c"),
    ],
)
def test_attribute(tag, value):
    assert root(tag).get("b") == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<!DOCTYPE a><a/>", "ooxml.doctype"),
        ('<?xml version="1.0"?>\n<!doctype a [<!ENTITY b "c">]><a/>', "ooxml.doctype"),
        ("<a>", "ooxml.malformed-xml"),
        ("<a></b>", "ooxml.malformed-xml"),
        ("</a>", "ooxml.malformed-xml"),
        ("", "ooxml.malformed-xml"),
        ("text", "ooxml.malformed-xml"),
        ("<a/><b/>", "ooxml.malformed-xml"),
        ("<a b=c/>", "ooxml.malformed-xml"),
        ("<a b='c/>", "ooxml.malformed-xml"),
        ("<a><!-- open</a>", "ooxml.malformed-xml"),
        ("<a b='<'/>", "ooxml.malformed-xml"),
        ("<" * 100_000, "ooxml.malformed-xml"),
        ("<a " + "b " * 50_000, "ooxml.malformed-xml"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>', "ooxml.encoding"),
        ('<?xml version="1.0" encoding="latin-1"?><a/>', "ooxml.encoding"),
        ("<a/>".encode("utf-16"), "ooxml.encoding"),
        ("<a/>".encode("utf-16-be"), "ooxml.encoding"),
    ],
)
def test_refused(text, code):
    with pytest.raises(PartError) as caught:
        root(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["<a>&nbsp;</a>", "<a>&#xD800;</a>", "<a>&#99999999;</a>", b"<a>\xff</a>"])
def test_content_refused_when_it_is_read(text):
    with pytest.raises(PartError):
        _ = root(text).text


def test_namespaces():
    tree = root('<a xmlns="one" xmlns:p="two"><b/><p:c p:id="7" id="8"/><d xmlns="three"/></a>')
    assert [(item.local, item.uri) for item in tree.walk()] == [
        ("a", "one"),
        ("b", "one"),
        ("c", "two"),
        ("d", "three"),
    ]
    child = tree.find("c")
    assert child.prefix == "p:"
    assert (child.get("id"), child.get("id", "two"), child.get("id", "one")) == ("8", "7", None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a b="1" c="2"/>', '<a b="x" c="2"/>'),
        ("<a b='1'>t</a>", '<a b="x">t</a>'),
        ("<a />", '<a b="x"/>'),
        ("<a>t</a>", '<a b="x">t</a>'),
        ('<a bb="1"/>', '<a bb="1" b="x"/>'),
    ],
)
def test_setting_an_attribute(before, after):
    tree = root(before)
    assert splice(before.encode(), [tree.set(b="x")]).decode() == after


def test_taking_an_attribute_away():
    text = b'<a b="1" c="2"/>'
    assert splice(text, [root(text).set(b=None)]) == b'<a c="2"/>'


@pytest.mark.parametrize(
    ("before", "after"),
    [("<a/>", "<a><n/></a>"), ("<a><b/></a>", "<a><b/><n/></a>"), ("<p:a />", "<p:a><n/></p:a>")],
)
def test_inserting_a_child(before, after):
    assert splice(before.encode(), [root(before).insert(b"<n/>")]).decode() == after


def test_splice_keeps_the_rest():
    assert splice(b"0123456789", [Edit(7, 8, b"x"), Edit(2, 4, b""), Edit(4, 4, b"y")]) == b"01y456x89"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(XML_TEXT)
def test_text_survives_escaping(text):
    assert unescape(escape(text)) == text
    assert unescape(quote(text)) == text


@pytest.mark.parametrize(
    ("odd", "even"),
    [
        ("<x:c r='A1'><x:v>1</x:v></x:c>", '<c r="A1"><v>1</v></c>'),
        ("<x:c><!-- n --><x:v><![CDATA[a<b]]></x:v></x:c>", "<c><v>a&lt;b</v></c>"),
        ('<x:c a="1>0"><x14:y/></x:c>', '<c a="1&gt;0"><x14:y/></c>'),
        ("<x:c ><x:v >1</x:v ></x:c >", "<c><v >1</v></c>"),
    ],
)
def test_plain_form(odd, even):
    assert plain(odd.encode(), b"x:", "p").decode().replace("<v >", "<v>") == even.replace("<v >", "<v>")


def test_prefix_is_put_back():
    assert (
        prefixed(b'<c r="A1"><v>a &gt; b</v><x14:y/></c>', b"x:")
        == b'<x:c r="A1"><x:v>a &gt; b</x:v><x14:y/></x:c>'
    )


def test_plain_form_refuses_a_prefix_that_cannot_be_put_back():
    with pytest.raises(PartError, match="row-namespace"):
        plain(b'<x:c><y xmlns="other"/></x:c>', b"x:", "p")
