"""Web pages to articles: real ones, and markup that means harm."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.extract import MAX_TEXT, extract_html, extract_text
from retrieval.models import Article, Document, Rejected

DATA = Path(__file__).parents[1] / "data"
URL = "https://www.gazetadolitoral.example/noticias/123?utm=x#topo"
PARAGRAPH = (
    "O porto retomou as operações na manhã desta sexta-feira, depois de uma greve de nove dias "
    "que deixou 42 navios à espera na barra."
)


def html(body: str | bytes, *, url: str = URL, charset: str | None = None) -> Article | Rejected:
    content = body.encode() if isinstance(body, str) else body
    return extract_html(Document(url, content, "text/html", charset))


def article(result: Article | Rejected) -> Article:
    assert isinstance(result, Article), result
    return result


def reason(result: Article | Rejected) -> str:
    assert isinstance(result, Rejected), result
    return result.reason


def page(head: str = "", body: str = f"<p>{PARAGRAPH}</p>" * 3, attributes: str = "") -> str:
    return f"<html {attributes}><head>{head}</head><body><article>{body}</article></body></html>"


def test_a_news_page_becomes_its_article_and_nothing_else() -> None:
    found = article(html((DATA / "page.html").read_bytes()))
    assert found.title == "Porto de Mirassol volta a operar após greve de nove dias"
    assert found.source == "Gazeta do Litoral"
    assert found.url == "https://www.gazetadolitoral.example/economia/porto-volta-a-operar"
    assert found.language == "pt"
    assert found.published_at == datetime(2025, 3, 15, 1, 15, tzinfo=UTC)
    assert "aceitou um reajuste de 6,5%" in found.text
    assert "“Perdemos dias, não perdemos clientes”, disse o diretor" in found.text
    assert found.text.count("\n") >= 3
    for elsewhere in (
        "Leia também",
        "que absurdo",
        "direitos reservados",
        "Esportes",
        "não é texto",
    ):
        assert elsewhere not in found.text
    assert not found.text.startswith(found.title)


def test_a_saved_page_is_cited_by_the_address_it_names_or_else_by_its_file() -> None:
    found = article(html((DATA / "page.html").read_bytes(), url="file:///salvas/p%C3%A1gina.html"))
    assert found.url.startswith("https://")
    assert found.source == "Gazeta do Litoral"
    bare = article(html(page(), url="file:///salvas/p%C3%A1gina.html"))
    assert bare.source == "página.html"
    assert bare.url == "file:///salvas/p%C3%A1gina.html"


@pytest.mark.parametrize(
    ("claimed", "taken"),
    [
        ("https://gazetadolitoral.example/a", "https://gazetadolitoral.example/a"),
        ("/a#b", "https://www.gazetadolitoral.example/a"),
        ("https://m.gazetadolitoral.example/a", "https://m.gazetadolitoral.example/a"),
        ("https://other.example/a", None),
        ("https://www.gazetadolitoral.example/", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_a_canonical_address_is_believed_on_the_same_site_only(
    claimed: str, taken: str | None
) -> None:
    found = article(html(page(f'<link rel="canonical" href="{claimed}">')))
    assert found.url == (taken or URL.removesuffix("#topo"))


def test_a_page_that_names_no_outlet_is_credited_to_its_host() -> None:
    assert article(html(page())).source == "gazetadolitoral.example"


def test_a_page_without_a_title_gets_one_from_its_heading_or_text() -> None:
    assert article(html(page(body=f"<h1>O porto\nvoltou</h1><p>{PARAGRAPH}</p>"))).title == (
        "O porto voltou"
    )
    assert article(html(page())).title.endswith("…")


def test_the_text_overrules_a_template_that_declares_another_language() -> None:
    assert article(html(page(attributes='lang="en"'))).language == "pt"


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            '<meta property="article:published_time" content="2025-03-14">',
            datetime(2025, 3, 14, tzinfo=UTC),
        ),
        ('<meta property="article:published_time" content="2999-03-14">', None),
        ('<meta property="article:published_time" content="soon">', None),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle",'
            '"datePublished":"2025-03-14T10:00:00Z"}</script>',
            datetime(2025, 3, 14, 10, tzinfo=UTC),
        ),
        ("", None),
    ],
)
def test_the_date_is_what_the_page_declares_or_none(head: str, published: datetime | None) -> None:
    assert article(html(page(head))).published_at == published


PAGES = {
    "en": "https://www.kestrelpost.example/city/tram-line-opens?ref=home",
    "es-muro": "https://www.paramo.example/embalse",
    "pt": "https://www.tribunadaserra.example/2025/03/14/feira-bate-recorde",
}


def saved(name: str) -> Article:
    return article(html((DATA / "pages" / f"{name}.html").read_bytes(), url=PAGES[name]))


def test_an_english_page_gives_all_it_tells_and_nothing_it_begs_for_or_hides() -> None:
    found = saved("en")
    assert found.url == "https://www.kestrelpost.example/city/tram-line-opens"
    assert (found.source, found.language) == ("The Kestrel Post", "en")
    assert found.author == "Maud Ferris, Idris Kole"
    assert found.published_at == datetime(2025, 3, 14, 18, 5, tzinfo=UTC)
    assert found.modified_at == datetime(2025, 3, 15, 9, 40, tzinfo=UTC)
    assert (found.partial, found.notes) == (False, ())
    assert [line[:22] for line in found.text.split("\n")] == [
        "By Maud Ferris and Idr",
        "The first tram reached",
        "The line is 11 kilomet",
        "“We should have told p",
        "Trams run every eight ",
        "The regulator said tha",
    ]


def test_a_portuguese_page_behind_a_cookie_dialog_with_an_impossible_date_is_read() -> None:
    found = saved("pt")
    assert (found.source, found.language) == ("Tribuna da Serra", "pt")
    assert found.author == "Celina Prado, Otávio Lemos, Reuters"
    assert found.published_at == datetime(2025, 3, 14, 22, 20, tzinfo=UTC)
    assert found.notes == ("a date in the future, 2999-01-01, was left out",)
    assert [line[:22] for line in found.text.split("\n")] == [
        "A feira agropecuária d",
        "Segundo os organizador",
        "“A publicidade no rádi",
    ]


def test_a_spanish_page_behind_a_wall_is_marked_and_its_pleas_left_out() -> None:
    found = saved("es-muro")
    assert found.partial
    assert found.text.endswith("62 kilómetros de canales...")
    assert found.text.count("\n") == 1
    assert (found.author, found.source) == ("Redacción", "Diario del Páramo")
    assert found.published_at == datetime(2025, 3, 14, 19, 15, tzinfo=UTC)
    assert found.modified_at == datetime(2025, 3, 14, 20, 30, tzinfo=UTC)


def test_a_page_that_shows_only_a_plea_is_refused_with_that_reason() -> None:
    plea = "<p>Conteúdo exclusivo para assinantes</p><p>Assine para continuar lendo a matéria</p>"
    assert "subscribers only" in reason(html(page(body=plea)))


def test_a_page_that_declares_itself_not_free_but_shows_everything_is_whole() -> None:
    closed = '<script type="application/ld+json">{"@type":"Article","isAccessibleForFree":false}'
    body = "".join(f"<p>Navio {number}. {PARAGRAPH}</p>" for number in range(30))
    assert not article(html(page(closed + "</script>", body))).partial


def test_no_date_is_taken_from_after_the_moment_of_reading() -> None:
    dated = page('<meta property="article:published_time" content="2025-03-14T10:00:00Z">')
    document = Document(URL, dated.encode(), "text/html")
    found = article(extract_html(document, now=datetime(2025, 3, 1, tzinfo=UTC)))
    assert found.published_at is None
    assert found.notes == ("a date in the future, 2025-03-14, was left out",)


@pytest.mark.parametrize(
    ("encoding", "charset", "head"),
    [
        ("utf-8", None, ""),
        ("utf-8", "iso-8859-1", ""),
        ("utf-8-sig", None, ""),
        ("utf-16", None, ""),
        ("latin-1", "ISO-8859-1", ""),
        ("latin-1", None, '<meta charset="iso-8859-1">'),
        ("latin-1", None, '<meta http-equiv="Content-Type" content="text/html; charset=latin1">'),
        ("cp1252", None, ""),
        ("latin-1", "no-such-charset", ""),
        ("latin-1", "zip", ""),
    ],
)
def test_the_charset_is_found_out(encoding: str, charset: str | None, head: str) -> None:
    found = article(html(page(head).encode(encoding), charset=charset))
    assert "operações na manhã" in found.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("<html><body></body></html>", "no article text"),
        ("<!-- nothing -->", "no HTML"),
        (b"%PDF-1.7 \xff\xfe" + b"x" * 100, "binary file"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "binary file"),
        (b"<html>" + bytes(range(32)) * 50, "binary file"),
    ],
)
def test_what_is_no_page_is_refused_in_words(body: str | bytes, words: str) -> None:
    assert words in reason(html(body))


N = 60_000
BOMBS = {
    "nesting": "<div>" * 100_000 + "text" + "</div>" * 100_000,
    "unclosed nesting": "<b><i>" * 100_000 + "text",
    "empty elements": "<p></p>" * 1_000_000,
    "deep and wide": ("<div>" * 240 + "text" + "</div>" * 240) * 200,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(400_000)) + ">text</p>",
    "hidden attributes": '<!-- <x y=" --><p b=">" ' + " ".join(f"a{n}" for n in range(N)) + ">",
    "a huge attribute": f'<p class="{"a " * 4_500_000}">{PARAGRAPH}</p>',
    "entities": "<p>" + "&amp;" * 1_900_000,
    "declared entities": "<!DOCTYPE html [<!ENTITY a0 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 20))
    + f"]><html><body><p>&a19; {PARAGRAPH}</p></body></html>",
    "angle brackets": "<" * 9_000_000,
    "open comments": "<!--" * 2_000_000,
    "a huge script": "<script>" + "a" * 9_000_000 + f"</script><p>{PARAGRAPH}</p>",
    "nested JSON": f"<script type='application/ld+json'>{'[' * N}</script><p>{PARAGRAPH}</p>",
    "a huge title": "<title>" + "x " * 400_000 + f"</title><p>{PARAGRAPH}</p>",
    "one long word": "<p>" + "x" * 900_000,
    "open styles": "<style>" * 400_000,
    "rules": "<style>" + ".a{color:red}" * 300_000 + f"</style><p class=a>{PARAGRAPH}</p>",
    "styles": f"<p style='{'color:red;' * 450}'>{PARAGRAPH}</p>" * 900,
    "pleas": "<p>Sign up for a newsletter</p>" * 6_000,
    "lines": "x: / @ (foto) <br>" * 6_000,
    "bylines": f"<meta name=author content='{'a@ ' * 1_600}'>" * 400 + f"<p>{PARAGRAPH}</p>",
    "subscribe": f"<p>{'assine para ' * 50_000}</p>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_html_bomb_is_read_or_refused_in_bounded_time(name: str) -> None:
    started = time.monotonic()
    result = html(
        f"<html><body>{BOMBS[name]}" if not BOMBS[name].startswith("<!D") else BOMBS[name]
    )
    assert time.monotonic() - started < 10
    if isinstance(result, Article):
        assert len(result.text) <= MAX_TEXT
        assert len(result.title) <= 300
    else:
        assert result.name == URL


def test_a_page_larger_than_the_limit_is_refused() -> None:
    assert "limit of 10 MB" in reason(html(b"<p>" + b"x" * 10_000_000))


WHOLE_PAGES = [(DATA / "pages" / f"{name}.html").read_text("utf-8") for name in PAGES]


@given(
    st.sampled_from(WHOLE_PAGES),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 400),
            st.one_of(st.text(max_size=20), st.sampled_from(["<", '"', "{", "</p>", "\x00", "9"])),
        ),
        max_size=12,
    ),
)
def test_a_damaged_page_is_read_or_refused_in_bounded_time(
    markup: str, edits: list[tuple[float, int, str]]
) -> None:
    for place, length, inserted in edits:
        at = int(place * len(markup))
        markup = markup[:at] + inserted + markup[at + length :]
    started = time.process_time()
    result = html(markup.encode("utf-8", "replace"))
    assert time.process_time() - started < 5
    assert isinstance(result, Article | Rejected)
    if isinstance(result, Article):
        assert len(result.author) <= 200
        assert all("\n" not in note and len(note) < 200 for note in result.notes)


SHARDS_OF_MARKUP = [
    "<p>", "</p>", "<div", ">", "<a href='", "'", '"', "<table><td>", "<h1>", "<time ", "<!--",
    "<script type=application/ld+json>", '{"@type":"NewsArticle","headline":[1]}', "</script>",
    "<html lang=", "<meta property=article:published_time content=", "2025-01-01T25:00", "<svg>",
    "<link rel=canonical href=//[x>", "<title>", "&#0;", "&#xD800;", "\x00", "\ud83d", "texto ",
    "<?xml version='1.0' encoding='utf-7'?>", "<![CDATA[", PARAGRAPH,
]  # fmt: skip


@given(st.lists(st.sampled_from(SHARDS_OF_MARKUP)))
def test_no_markup_makes_extraction_raise(parts: list[str]) -> None:
    result = html("".join(parts).encode("utf-8", "replace"))
    if isinstance(result, Article):
        assert result.title
        assert result.text
        assert result.source
        result.text.encode()


@given(st.binary(max_size=400))
def test_no_bytes_make_extraction_raise(content: bytes) -> None:
    for extract, kind in ((extract_html, "text/html"), (extract_text, "text/markdown")):
        extract(Document("file:///a", content, kind, "utf-7"))
