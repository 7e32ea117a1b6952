"""What pages say of themselves for machines, broken ways included."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.structured import PageFacts, facts_of
from retrieval.feeds.tree import parse_html


def facts(head: str = "", body: str = "<p>a</p>", url: str = "", lang: str = "") -> PageFacts:
    page = parse_html(f"<html lang='{lang}'><head>{head}</head><body>{body}</body></html>")
    return facts_of(page, url)


def ld(value: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def values(claims: tuple[object, ...]) -> list[object]:
    return [getattr(claim, "value", None) for claim in claims]


def test_references_within_a_graph_are_followed() -> None:
    found = facts(
        ld({"@graph": [
            {"@type": "NewsArticle", "author": {"@id": "#a"}, "publisher": {"@id": "#o"}},
            {"@type": "Person", "@id": "#a", "name": "Maud Ferris"},
            {"@type": "Organization", "@id": "#o", "name": "The Kestrel Post"},
        ]})
    )  # fmt: skip
    assert found.authors == (("Maud Ferris",),)
    assert found.outlet == "The Kestrel Post"


def test_of_several_articles_the_one_of_this_address_speaks() -> None:
    both = [
        {"@type": "NewsArticle", "url": "https://a.example/other", "datePublished": "2019-01-01"},
        {"@type": "Article", "url": "https://www.a.example/this/", "datePublished": "2025-01-01"},
    ]
    assert values(facts(ld(both), url="https://a.example/this?x=1").published) == ["2025-01-01"]
    assert values(facts(ld(both)).published) == ["2019-01-01"]


def test_a_video_or_shop_on_the_page_says_nothing_of_the_article() -> None:
    found = facts(ld({"@type": "VideoObject", "datePublished": "2019-01-01", "author": "X Y"}))
    assert found == PageFacts()


@pytest.mark.parametrize(
    ("article", "free"),
    [
        ({"isAccessibleForFree": True}, True),
        ({"isAccessibleForFree": "False"}, False),
        ({"isAccessibleForFree": "http://schema.org/False"}, False),
        ({"hasPart": {"isAccessibleForFree": False}}, False),
        ({"hasPart": [{"isAccessibleForFree": "true"}]}, None),
        ({"isAccessibleForFree": 7}, None),
        ({}, None),
    ],
)
def test_whether_it_is_free_is_read_in_all_its_spellings(
    article: dict[str, object], free: bool | None
) -> None:
    assert facts(ld({"@type": "NewsArticle", **article})).free is free


def test_a_content_tier_tells_whether_it_is_free() -> None:
    assert facts("<meta property='article:content_tier' content='locked'>").free is False
    assert facts("<meta property='article:content_tier' content='free'>").free is True


def test_meta_tags_speak_where_json_is_silent() -> None:
    found = facts(
        "<meta name='AUTHOR' content='Maud Ferris'><meta property='og:site_name' content='Post'>"
        "<meta property='article:published_time' content='2025-03-14'>"
        "<meta property='article:modified_time' content='2025-03-15'>"
        "<meta property='og:locale' content='pt_BR'>",
        "<article><time datetime='2025-03-14T10:00Z' itemprop='datePublished'>a</time></article>",
    )
    assert found.authors == (("Maud Ferris",),)
    assert (found.outlet, found.language) == ("Post", "pt_BR")
    assert values(found.published) == ["2025-03-14", "2025-03-14T10:00Z"]
    assert values(found.modified) == ["2025-03-15"]
    assert values(found.hints) == ["2025-03-14T10:00Z"]


def test_the_page_names_its_language_before_its_data_does() -> None:
    article = ld({"@type": "NewsArticle", "inLanguage": {"alternateName": "es"}})
    assert facts(article, lang="pt-BR").language == "pt-BR"
    assert facts(article).language == "es"


@pytest.mark.parametrize(
    "text",
    ['<!-- {"@type": "Article", "author": "Maud Ferris"} -->',
     '//<![CDATA[\n{"@type": "Article", "author": "Maud Ferris"}\n//]]>',
     '{"@type": "Article", "author": "Maud\tFerris"};'],
)  # fmt: skip
def test_common_wrappings_of_json_are_taken_off(text: str) -> None:
    found = facts(f"<script type='application/ld+json'>{text}</script>")
    assert found.authors in ((("Maud Ferris",),), (("Maud\tFerris",),))


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "", "null", "7", '"a"', '{"@type": 1}'])
def test_broken_json_is_passed_over(text: str) -> None:
    assert facts(f"<script type='application/ld+json'>{text}</script>") == PageFacts()


KEYS = ["@type", "@graph", "@id", "author", "publisher", "name", "datePublished", "hasPart",
        "isAccessibleForFree", "inLanguage", "mainEntityOfPage", "url"]  # fmt: skip
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["NewsArticle", "a", ""])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(anything)
def test_data_of_any_shape_is_read(value: object) -> None:
    assert isinstance(facts(ld(value), url="https://a.example/"), PageFacts)
