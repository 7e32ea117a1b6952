"""Feeds as the web serves them, well made, careless and hostile."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.feeds.entries import MAX_BYTES, MAX_ENTRIES, MAX_HTML, NotAFeed, ParsedFeed
from retrieval.feeds.moments import written_moment
from retrieval.feeds.parse import parse_feed

DATA = Path(__file__).parents[1] / "data/feeds"
NOW = datetime(2025, 3, 20, tzinfo=UTC)
URL = "https://gazeta.example/feed/x"


def parsed(content: bytes | str, content_type: str = "") -> ParsedFeed | NotAFeed:
    raw = content.encode() if isinstance(content, str) else content
    return parse_feed(raw, URL, content_type, now=NOW)


def feed(content: bytes | str, content_type: str = "") -> ParsedFeed:
    found = parsed(content, content_type)
    assert isinstance(found, ParsedFeed), found
    return found


def reason(content: bytes | str, content_type: str = "") -> str:
    found = parsed(content, content_type)
    assert isinstance(found, NotAFeed), found
    return found.reason


def rss(*items: str, channel: str = "", prolog: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0"><channel>{channel}{inside}</channel></rss>'


def test_rss_gives_the_full_text_the_link_the_moment_and_the_author() -> None:
    found = feed((DATA / "rss2.xml").read_bytes())
    assert (found.kind, found.title) == ("rss", "Gazeta do Litoral & Região")
    assert (found.site_url, found.language) == ("https://gazeta.example", "pt-BR")
    assert found.check_every == timedelta(minutes=30)
    assert found.notes == ()
    first, second, third = found.entries
    assert first.key == "https://gazeta.example/?p=1"
    assert first.url == "https://gazeta.example/porto"
    assert first.title == "Porto volta a operar – após greve"
    assert first.html == "<p>O porto retomou as operações.</p><p>Foram 42 navios.</p>"
    assert first.published_at == datetime(2025, 3, 15, 1, 15, tzinfo=UTC)
    assert first.author == "Ana Lima"
    assert second.key == "4711"
    assert second.url == "https://gazeta.example/camara?a=1&b=2"
    assert second.html == "<p>A Câmara aprovou &amp; publicou.</p>"
    assert second.published_at == datetime(2025, 2, 13, 12, 0, tzinfo=UTC)
    assert (third.title, third.url) == ("", "https://gazeta.example/nota")


def test_rss_1_with_its_old_doctype_is_read_without_fetching_it() -> None:
    found = feed((DATA / "rss1.rdf").read_bytes())
    (entry,) = found.entries
    assert (found.title, found.language) == ("Diario", "es")
    assert entry.published_at == datetime(2025, 2, 10, 17, 30, tzinfo=UTC)
    assert entry.updated_at is None
    assert entry.author == "Luz Paz"


def test_atom_resolves_links_against_the_nearest_base_and_prefers_content() -> None:
    found = feed((DATA / "atom.xml").read_bytes())
    assert (found.kind, found.title) == ("atom", "Desk <3")
    assert found.site_url == "https://desk.example/blog/"
    first, second = found.entries
    assert first.url == "https://desk.example/blog/one?x=1"
    assert first.title == "Less < more"
    assert first.html == "<p>Whole <b>text</b>.</p>"
    assert first.author == "Kim Roe, Al Fox"
    assert first.published_at == datetime(2025, 2, 10, 7, 0, tzinfo=UTC)
    assert first.updated_at == datetime(2025, 2, 11, 10, 0, tzinfo=UTC)
    assert second.url == "https://other.example/deep/two"
    assert second.html == "<p>2 &lt; 3, they say.</p>"
    assert second.published_at is None


def test_rss_091_without_namespaces_guids_or_dates_is_read() -> None:
    source = (
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://n.example/rss-0.91.dtd">'
        '<rss version="0.91"><channel><title>Old</title><item><title>A</title>'
        "<link>http://old.example/a</link></item></channel></rss>"
    )
    (entry,) = feed(source).entries
    assert (entry.key, entry.url) == ("http://old.example/a", "http://old.example/a")


def test_sitemaps_and_json_feeds_are_feeds_too_and_gzip_is_expanded() -> None:
    assert feed((DATA / "feed.json").read_bytes()).kind == "json"
    sitemap = feed(gzip.compress((DATA / "news-sitemap.xml").read_bytes()))
    assert sitemap.kind == "sitemap"
    assert [entry.title for entry in sitemap.entries] == ["Notícia & análise", ""]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><body>hi</body></html>", "this is a web page, not a feed"),
        (b"<div>hi</div>", "this is a web page, not a feed"),
        (b"hello", "neither XML nor JSON"),
        (b"%PDF-1.7 ...", "binary"),
        (b"<opml><body/></opml>", "OPML"),
        (b"<note><to/></note>", "another kind (<note>)"),
        (b'{"a": 1}', "not a JSON Feed"),
        (b'{"items": [', "not valid JSON"),
        (b"<sitemapindex><sitemap><loc>http://a.example/s</loc></sitemap></sitemapindex>", "index"),
        (b"\x1f\x8bnonsense", "damaged"),
        (gzip.compress(b"<rss/>", mtime=0)[:-9], "cut off"),
    ],
)
def test_what_is_no_feed_is_told_in_words(content: bytes, words: str) -> None:
    assert words in reason(content)


def test_a_page_of_unknown_markup_served_as_html_is_a_web_page() -> None:
    assert reason("<custom>hi</custom>", "text/html; charset=utf-8").startswith("this is a web")


def test_an_empty_feed_is_a_feed() -> None:
    assert feed(rss()).entries == ()


def test_ttl_is_the_publishers_wish() -> None:
    assert feed(rss(channel="<ttl>90</ttl>")).check_every == timedelta(minutes=90)
    assert feed(rss(channel="<ttl>-5</ttl>")).check_every is None
    assert feed(rss(channel="<ttl>999999</ttl>")).check_every == timedelta(days=365)


def test_entries_that_share_a_guid_stay_apart() -> None:
    same = "<guid isPermaLink='false'>1</guid>"
    found = feed(
        rss(
            f"{same}<link>https://a.example/1</link>",
            f"{same}<link>https://a.example/2</link>",
            f"{same}<title>Without link</title>",
            f"{same}<title>Another</title>",
        )
    )
    keys = [entry.key for entry in found.entries]
    assert keys[:2] == ["https://a.example/1", "https://a.example/2"]
    assert len(set(keys)) == 4
    assert "4 entries shared a guid with another" in found.notes


def test_an_entry_repeated_word_for_word_is_one() -> None:
    item = "<guid>https://a.example/1</guid><title>A</title>"
    found = feed(rss(item, item))
    assert len(found.entries) == 1
    assert found.notes == ("1 entry repeated another word for word",)


def test_a_changed_guid_leaves_the_url_to_know_the_entry_by() -> None:
    one, two = (
        feed(rss(f"<guid isPermaLink='false'>{guid}</guid><link>https://a.example/1</link>"))
        for guid in ("old", "new")
    )
    assert one.entries[0].key != two.entries[0].key
    assert one.entries[0].url == two.entries[0].url


def test_without_guid_and_link_the_key_is_of_the_content_and_outlives_a_correction() -> None:
    date = "<pubDate>Fri, 14 Mar 2025 22:15:00 GMT</pubDate>"
    one, two, other = (
        feed(rss(item)).entries[0].key
        for item in (
            f"<title>A</title>{date}<description>wrong</description>",
            f"<title>A</title>{date}<description>right</description>",
            f"<title>B</title>{date}",
        )
    )
    assert one == two != other


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Mon, 01 Jan 2035 00:00:00 GMT", "1 entry had a date in the future, which was left out"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1 entry had a date before 1990, which was left out"),
        ("yesterday", "1 entry had a date that could not be read"),
    ],
)
def test_an_unbelievable_date_is_left_out_and_noted(written: str, words: str) -> None:
    found = feed(rss(f"<title>A</title><pubDate>{written}</pubDate>"))
    assert found.entries[0].published_at is None
    assert found.notes == (words,)


def test_a_clock_that_is_a_little_ahead_is_believed() -> None:
    found = feed(rss("<title>A</title><pubDate>Thu, 20 Mar 2025 20:00:00 GMT</pubDate>"))
    assert found.entries[0].published_at == datetime(2025, 3, 20, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 10 Feb 2025 10:00:00 EST", datetime(2025, 2, 10, 15, tzinfo=UTC)),
        ("2025-02-10T10:00:00+01:00", datetime(2025, 2, 10, 9, tzinfo=UTC)),
        ("Seg, 10 Fev 2025 18:30:00 -0300", datetime(2025, 2, 10, 21, 30, tzinfo=UTC)),
        ("10 de fevereiro de 2025, 18:30", datetime(2025, 2, 10, 18, 30, tzinfo=UTC)),
        ("lun, 03 dic 2024 10:00:00 +0100", datetime(2024, 12, 3, 9, tzinfo=UTC)),
        ("12 mars 2025", datetime(2025, 3, 12, tzinfo=UTC)),
        ("1. Okt 2024 08:00", datetime(2024, 10, 1, 8, tzinfo=UTC)),
        ("31 fev 2025", None),
        ("soon", None),
        ("1" * 5_000, None),
    ],
)
def test_dates_are_read_in_the_languages_of_the_desk(written: str, moment: datetime) -> None:
    assert written_moment(written) == moment


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@b.example", "file:///etc/passwd", "ftp://a.example/"]
)
def test_only_web_links_are_kept(link: str) -> None:
    assert feed(rss(f"<title>A</title><link>{link}</link>")).entries[0].url is None


def test_html_that_stands_bare_in_a_description_breaks_nothing() -> None:
    found = feed(
        rss(
            "<title>Tom & Jerry</title><description><p>Um<br>dois caf&eacute;<p>três</description>",
            "<title>Depois</title><link>https://a.example/?a=1&b=2</link>",
        )
    )
    first, second = found.entries
    assert first.title == "Tom & Jerry"
    assert "café" in first.html
    assert first.html.startswith("<p>Um<br>dois")
    assert (second.title, second.url) == ("Depois", "https://a.example/?a=1&b=2")
    assert any("not valid XML" in note for note in found.notes)


def test_a_feed_cut_off_in_the_middle_gives_what_came() -> None:
    whole = rss(*(f"<title>Título {n}</title><guid>{n}</guid>" for n in range(20)))
    found = feed(whole[: len(whole) // 2])
    assert 8 <= len(found.entries) <= 11
    assert found.entries[0].title == "Título 0"


def test_prefixes_nobody_declared_are_taken_for_what_they_usually_mean() -> None:
    (entry,) = feed(
        rss("<dc:creator>Ana</dc:creator><content:encoded>texto</content:encoded><x:y z:w='1'/>")
    ).entries
    assert (entry.author, entry.html) == ("Ana", "texto")


def test_warnings_printed_before_the_feed_are_passed_over() -> None:
    found = feed(
        "<br />\n<b>Warning</b>: x on line 3\n<?xml version='1.0'?>" + rss("<title>A</title>")
    )
    assert [entry.title for entry in found.entries] == ["A"]
    assert "something else stood before the feed and was passed over" in found.notes


@pytest.mark.parametrize(
    ("declared", "written", "content_type"),
    [
        ("utf-8", "cp1252", ""),
        ("iso-8859-1", "utf-8", "text/xml; charset=iso-8859-1"),
        ("iso-8859-1", "cp1252", "text/xml; charset=utf-8"),
        ("utf-16", "utf-16", ""),
        ("no-such-charset", "cp1252", ""),
        ("windows-1251", "utf-8", ""),
    ],
)
def test_the_wrong_charset_is_seen_through(declared: str, written: str, content_type: str) -> None:
    prolog = f"<?xml version='1.0' encoding='{declared}'?>"
    source = rss("<title>Eleição “já” às três</title>", prolog=prolog)
    assert feed(source.encode(written), content_type).entries[0].title == "Eleição “já” às três"


def test_control_characters_do_not_break_a_feed() -> None:
    assert feed(rss("<title>A\x0bB\x00C</title>")).entries[0].title == "ABC"


def test_only_the_newest_thousand_entries_are_taken() -> None:
    def items(days: range) -> list[str]:
        start = datetime(2000, 1, 1, tzinfo=UTC)
        return [
            f"<guid>{day}</guid><pubDate>{(start + timedelta(days=day)).isoformat()}</pubDate>"
            for day in days
        ]

    newest_first = feed(rss(*items(range(5_000, 0, -1))))
    oldest_first = feed(rss(*items(range(1, 5_001))))
    assert len(newest_first.entries) == len(oldest_first.entries) == MAX_ENTRIES
    assert newest_first.entries[0].key == oldest_first.entries[-1].key == "5000"
    assert newest_first.notes == ("only the first 1,000 of 5,000 entries were taken",)
    assert oldest_first.notes == ("only the last 1,000 of 5,000 entries were taken",)


def test_an_entry_longer_than_the_limit_is_cut_and_noted() -> None:
    found = feed(rss(f"<title>A</title><description>{'palavra ' * 100_000}</description>"))
    assert len(found.entries[0].html) == MAX_HTML
    assert found.notes == ("1 entry had more than 500,000 characters and was cut there",)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DTD = f'<!DOCTYPE rss [<!ENTITY l0 "ha"><!ENTITY gt2 "a>b]>"> <!-- ]> --> {LAUGHS}]>'
PASSWORDS = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("prolog", "entity"), [(DTD, "&l11;"), (PASSWORDS, "&x;"), (DTD, "&l11;" * 100_000)]
)
def test_entities_are_never_expanded(prolog: str, entity: str) -> None:
    started = time.perf_counter()
    found = feed(rss(f"<title>A</title><description>x {entity}</description>", prolog=prolog))
    assert time.perf_counter() - started < 5
    assert found.entries[0].title == "A"
    assert "haha" not in found.entries[0].html
    assert "root:" not in found.entries[0].html
    assert "it defines XML entities, which are not expanded" in found.notes


def test_xhtml_with_a_prefix_of_its_own_becomes_plain_html() -> None:
    (entry,) = feed(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"><entry>'
        '<title type="xhtml"><h:div>Um &amp; <h:em>dois</h:em></h:div></title>'
        '<content type="xhtml"><h:div>a &lt; b<h:br/><h:p>Fim</h:p> já</h:div></content>'
        "</entry></feed>"
    ).entries
    assert entry.title == "Um & dois"
    assert entry.html == "a &lt; b<br><p>Fim</p> já"


def test_atom_0_3_with_escaped_and_with_inline_markup_is_read() -> None:
    first, second = feed(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>A</title>'
        "<issued>2004-02-10T09:00:00Z</issued><modified>2004-02-11T09:00:00Z</modified>"
        '<content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry><entry>'
        '<content type="application/xhtml+xml" mode="xml"><p>y</p></content></entry></feed>'
    ).entries
    assert (first.html, second.html) == ("<p>x</p>", "<p>y</p>")
    assert first.published_at == datetime(2004, 2, 10, 9, tzinfo=UTC)
    assert first.updated_at == datetime(2004, 2, 11, 9, tzinfo=UTC)


HOSTILE = {
    "blank lines before": b"\n" * 5_000_000 + rss("<title>A</title>").encode(),
    "blank lines in content": rss("<description>" + "\n" * 5_000_000 + "</description>").encode(),
    "comments between blanks": (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">'
        + b"<!---->\n" * 500_000
        + b"</content></entry></feed>"
    ),
    "character references in broken XML": (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">'
        + b"&#32;" * 1_000_000
        + b"</content></entry></feed><"
    ),
    "deep": b"<rss>" + b"<a>" * 1_000_000,
    "many attributes": b"<rss " + b" ".join(b'a%d=""' % n for n in range(300_000)) + b"/>",
    "many namespaces": b"<rss>" + b"".join(b'<a xmlns:a%d="u:%d"/>' % (n, n) for n in range(9_000)),
    "much XHTML": (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml"><div>'
        + b"<b/>" * 290_000
        + b"</div></content></entry></feed>"
    ),
    "many elements": b"<rss>" + b"<a/>" * 1_500_000 + b"</rss>",
    "long base": b'<rss xml:base="http://x/'
    + b"a/" * 1_000_000
    + b'">'
    + b"<a/>" * 5_000
    + b"</rss>",
    "unclosed titles": b"<rss>" + b"<title>" * 1_000_000,
    "unclosed quotes in a doctype": b"<!DOCTYPE rss [" + b"<!--" * 1_000_000 + b"<rss/>",
    "unclosed CDATA": b"<rss>" + b"<![CDATA[" * 500_000,
    "ampersands": b"<rss><channel><title>" + b"&" * 3_000_000,
    "angle brackets": b"<rss>" + b"<" * 3_000_000,
    "long date": rss(f"<pubDate>{'1 ' * 1_000_000}</pubDate>").encode(),
    "deep JSON": b'{"items":' + b"[" * 1_000_000,
    "long number": b'{"items":[{"id":' + b"9" * 1_000_000 + b"}]}",
    "gzip bomb": gzip.compress(b"<rss>" + b" " * 50_000_000),
    "too large": b"<rss>" + b" " * MAX_BYTES,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_hostile_takes_long_or_raises(name: str) -> None:
    started = time.thread_time()
    found = parsed(HOSTILE[name])
    assert time.thread_time() - started < 6
    if isinstance(found, ParsedFeed):
        assert all(len(entry.html) <= MAX_HTML for entry in found.entries)
    else:
        assert found.reason


PIECES = st.sampled_from(
    [
        *(
            "<item>",
            "</item>",
            "<entry>",
            "</entry>",
            "<title>",
            "</title>",
            "<link/>",
            "<link href='x'>",
        ),
        *(
            "<description>",
            "</description>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?x ?>",
            "&amp;",
            "&x;",
        ),
        *(
            "<guid>1</guid>",
            "<pubDate>Fri, 14 Mar 2025 22:15:00 GMT</pubDate>",
            "&#0;",
            "&#x110000;",
        ),
        *(
            "<content type='xhtml'>",
            "</content>",
            "<dc:date>2025</dc:date>",
            "xmlns:a='b'",
            "<a:b c:d='e'>",
        ),
        *(
            "<updated>",
            "</updated>",
            "<svg>",
            "<math>",
            "<source url='x'>",
            "<div>",
            "<channel>",
            "<rss>",
        ),
        *(
            "<author>",
            "<name>",
            "<image>",
            "<textInput>",
            "<xhtml:body>",
            "<media:group>",
            "<id>",
            "text",
        ),
    ]
)
OPENINGS = st.sampled_from(
    [
        "<rss><channel>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<rdf:RDF>",
        "<urlset>",
        "{",
        "",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(OPENINGS, st.lists(PIECES | st.text(max_size=10), max_size=40))
def test_no_mixture_of_markup_raises_and_keys_are_always_distinct(
    opening: str, pieces: list[str]
) -> None:
    found = parsed((opening + "".join(pieces)).encode("utf-8", "surrogatepass"))
    if isinstance(found, ParsedFeed):
        keys = [entry.key for entry in found.entries]
        assert all(keys)
        assert len(set(keys)) == len(keys)
        assert all(entry.url is None or entry.url.startswith("http") for entry in found.entries)


@given(st.binary(max_size=300), st.integers(0, 1500))
def test_no_bytes_put_anywhere_into_a_feed_raise(noise: bytes, position: int) -> None:
    good = (DATA / "rss2.xml").read_bytes()
    parsed(good[:position] + noise + good[position:])
    parsed(noise)
