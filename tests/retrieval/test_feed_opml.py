"""Lists of feeds, in and out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.opml import OpmlFeed, read_opml, write_opml

LIST = """<?xml version="1.0" encoding="{charset}"?>
<opml version="1.0"><head><title>Redação</title></head><body>
<outline text="Notícias">
  <outline text="Economia &amp; Política">
    <outline type="rss" text="Gazeta" title="Gazeta do Litoral"
      xmlUrl="https://gazeta.example/feed" htmlUrl="https://gazeta.example/"/>
  </outline>
  <outline text="Diário" xmlUrl="https://diario.example/rss"/>
</outline>
<outline xmlUrl="https://solo.example/atom.xml"/>
<outline text="Bad" xmlUrl="file:///etc/passwd"/>
<outline text="Again" xmlUrl="https://diario.example/rss"/>
</body></opml>"""


def feeds(content: bytes) -> tuple[OpmlFeed, ...]:
    found = read_opml(content)
    assert not isinstance(found, NotAFeed), found
    return found


def reason(content: bytes) -> str:
    found = read_opml(content)
    assert isinstance(found, NotAFeed), found
    return found.reason


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
def test_nested_outlines_become_feeds_with_folders(charset: str) -> None:
    assert feeds(LIST.format(charset=charset).encode(charset)) == (
        OpmlFeed(
            "Gazeta do Litoral",
            "https://gazeta.example/feed",
            "https://gazeta.example/",
            "Notícias/Economia & Política",
        ),
        OpmlFeed("Diário", "https://diario.example/rss", None, "Notícias"),
        OpmlFeed("https://solo.example/atom.xml", "https://solo.example/atom.xml", None, ""),
    )


def test_a_list_in_another_charset_than_it_says_is_read() -> None:
    assert feeds(LIST.format(charset="utf-8").encode("cp1252"))[1].title == "Diário"


def test_a_list_that_is_not_valid_xml_is_read_as_far_as_it_goes() -> None:
    broken = '<opml><body><outline text="A & B" xmlurl="https://a.example/?x=1&y=2"><outline'
    assert feeds(broken.encode()) == (OpmlFeed("A & B", "https://a.example/?x=1&y=2", None, ""),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<rss/>", "not an OPML file"),
        (b"<html/>", "not an OPML file"),
        (b"hello", "not an OPML file"),
        (b"{}", "not an OPML file"),
        (b'<!DOCTYPE opml [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><opml/>', "entities"),
        (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml>&a;</opml>', "entities"),
        (b"<opml>" + b"<outline>" * 100_000, "nested too deep"),
        (b"<opml>" + b" " * 10_000_000, "larger than the limit"),
    ],
)
def test_what_is_not_taken_is_told_in_words_and_in_time(content: bytes, words: str) -> None:
    started = time.perf_counter()
    assert words in reason(content)
    assert time.perf_counter() - started < 3


def test_a_list_of_too_many_feeds_is_refused() -> None:
    many = "".join(f'<outline xmlUrl="https://a.example/{n}"/>' for n in range(10_001))
    assert "more than 10,000 feeds" in reason(f"<opml>{many}</opml>".encode())


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"], exclude_characters="/"),
    min_size=1,
    max_size=12,
).filter(lambda name: feeds_name(name) == name)


def feeds_name(name: str) -> str:
    written = write_opml([OpmlFeed(name, "https://a.example/", None, "")], "")
    return feeds(written.encode())[0].title


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=4), st.booleans()), max_size=8))
def test_what_is_written_is_read_again(made: list[tuple[str, list[str], bool]]) -> None:
    given_feeds = [
        OpmlFeed(
            title=name,
            url=f"https://a.example/{number}?x=1&y=<2>".replace("<", "%3C").replace(">", "%3E"),
            site_url="https://a.example/" if has_site else None,
            folder="/".join(folder),
        )
        for number, (name, folder, has_site) in enumerate(made)
    ]
    found = feeds(write_opml(given_feeds, "Lista").encode())
    assert sorted(found, key=lambda feed: feed.url) == sorted(
        given_feeds, key=lambda feed: feed.url
    )


@given(st.text(max_size=50), st.text(max_size=50))
def test_no_title_and_no_folder_break_what_is_written(title: str, folder: str) -> None:
    written = write_opml([OpmlFeed(title, "https://a.example/", None, folder)], title)
    again = write_opml(feeds(written.encode()), title)
    assert again == written


@given(st.binary(max_size=100), st.integers(0, 700))
def test_no_bytes_raise(noise: bytes, position: int) -> None:
    good = LIST.format(charset="utf-8").encode()
    assert isinstance(read_opml(good[:position] + noise + good[position:]), tuple | NotAFeed)
    assert isinstance(read_opml(b"<opml>" + noise), tuple | NotAFeed)
