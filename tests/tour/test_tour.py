"""The tour shows what there is: a section for each page, every sheet named, every picture there, small and of few colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.books import book_of

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGES = ("zh", "en")
READMES = {"zh": DOCS.parent / "README.zh-CN.md", "en": DOCS.parent / "README.md"}
MOST_BYTES = 120 * 1024
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
SIDE_BY_SIDE = re.compile(r'<img src="([^"]+)" width="[0-9]+%" alt="([^"]+)">')
_PALETTE = 3


def tour(lang: str) -> str:
    return (DOCS / f"guide.{lang}.md").read_text(encoding="utf-8")


def pictures(path: Path) -> dict[Path, str]:
    """The pictures that a document shows, with what they are said to show."""
    text = path.read_text(encoding="utf-8")
    found = [(place, told) for told, place in PICTURE.findall(text)] + SIDE_BY_SIDE.findall(text)
    return {path.parent / place: told for place, told in found}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_has_a_section_with_a_picture(lang: str) -> None:
    sections = {part.partition("\n")[0]: part for part in tour(lang).split("\n## ")[1:]}
    pages = [page.title for page in book_of(lang=lang).pages.values()]
    assert [title for title in pages if not PICTURE.search(sections.get(title, ""))] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sheet_is_named(lang: str) -> None:
    assert [sheet.title for sheet in book_of(lang=lang).sheets if sheet.title not in tour(lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pictures_are_those_that_it_shows(lang: str) -> None:
    shown = pictures(DOCS / f"guide.{lang}.md")
    assert set(shown) == set((DOCS / "guide" / lang).glob("*.png"))
    assert all(shown.values()), "a picture that nobody can see is described"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_picture_is_small_and_of_few_colours(lang: str) -> None:
    for path in pictures(DOCS / f"guide.{lang}.md"):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG"), path
        assert (data[25], len(data) <= MOST_BYTES) == (_PALETTE, True), (path, len(data))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_readme_shows_four_of_them_and_leads_to_the_tour(lang: str) -> None:
    shown = pictures(READMES[lang])
    assert len(shown) == 4
    assert set(shown) <= set(pictures(DOCS / f"guide.{lang}.md"))
    assert f"(docs/guide.{lang}.md)" in READMES[lang].read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_link_of_the_tour_leads_somewhere(lang: str) -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", tour(lang))
    headings = {
        re.sub(r"[^\w\- ]", "", line[3:].lower()).replace(" ", "-")
        for line in tour(lang).splitlines()
        if line.startswith("## ")
    }
    lost = [
        link for link in links if not (link[1:] in headings if link[0] == "#" else (DOCS / link).exists())
    ]
    assert lost == []
