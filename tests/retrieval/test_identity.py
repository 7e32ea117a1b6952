"""The same content always gets the same name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.identity import article_id, digest

ANY_TEXT = st.text(alphabet=st.characters())
WITH_SURROGATES = st.text(alphabet=st.characters(exclude_categories=()))


def test_an_id_does_not_change_from_one_release_to_the_next() -> None:
    assert article_id("https://news.example.com/a") == "8c443da5fa62d6374f607cff"


@given(WITH_SURROGATES)
def test_any_url_has_an_id_of_24_hex_digits(url: str) -> None:
    found = article_id(url)

    assert len(found) == 24
    assert set(found) <= set("0123456789abcdef")


@given(ANY_TEXT, ANY_TEXT)
def test_different_urls_have_different_ids(one: str, other: str) -> None:
    assert (article_id(one) == article_id(other)) == (one == other)


def test_parts_do_not_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") != digest("ab", "")


def test_an_article_and_its_text_never_share_an_id() -> None:
    assert article_id("a") != digest("a")
