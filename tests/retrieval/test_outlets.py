"""Independent origins, and the agencies texts are credited to."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.agencies import agency_of
from retrieval.outlets import Coverage, Origin, origins, publisher, registrable_domain

OWN_STORY = "The council met on Monday to speak about the bridge, and did not agree."
FILLER = "He said so again, and nobody answered him for a while. " * 30


def coverage(
    source: str, url: str, text: str = OWN_STORY, group: str | None = None, byline: str = ""
) -> Coverage:
    return Coverage(source, url, text, group, byline)


FOLHA = coverage("Folha", "https://www1.folha.uol.com.br/mundo/1")
UOL = coverage("UOL", "https://noticias.uol.com.br/1")
G1 = coverage("G1", "https://g1.globo.com/1")
O_GLOBO = coverage("O Globo", "https://oglobo.globo.com/1")
PUBLICO = coverage("Público", "https://www.publico.pt/1")
PAIS = coverage("El País", "https://elpais.com/1")


def credited(article: Coverage, text: str, group: str | None = None) -> Coverage:
    return coverage(article.source, article.url, text, group)


# Independent origins


def test_outlets_with_their_own_reporting_are_independent() -> None:
    assert origins([G1, PUBLICO, PAIS]) == (
        Origin("G1", ("G1",)),
        Origin("Público", ("Público",)),
        Origin("El País", ("El País",)),
    )


def test_outlets_of_one_publisher_count_once() -> None:
    assert origins([G1, PUBLICO, O_GLOBO, FOLHA, UOL]) == (
        Origin("G1", ("G1", "O Globo")),
        Origin("Público", ("Público",)),
        Origin("Folha", ("Folha", "UOL")),
    )


def test_an_outlet_s_second_article_is_no_second_outlet() -> None:
    assert origins([G1, G1]) == (Origin("G1", ("G1",)),)


def test_copies_of_one_agency_s_text_count_once() -> None:
    articles = [
        credited(G1, "LONDRES (Reuters) - O banco subiu os juros."),
        credited(PUBLICO, "O banco subiu os juros. Com informações da Reuters"),
        PAIS,
    ]

    assert origins(articles) == (
        Origin("Reuters", ("G1", "Público")),
        Origin("El País", ("El País",)),
    )


def test_the_agency_s_own_site_is_the_agency() -> None:
    articles = [
        coverage("reuters.com", "https://www.reuters.com/world/1"),
        credited(G1, "LONDRES (Reuters) - O banco subiu os juros."),
    ]

    assert origins(articles) == (Origin("Reuters", ("reuters.com", "G1")),)


def test_a_copy_that_leaves_the_credit_out_is_the_agency_s_all_the_same() -> None:
    articles = [
        credited(G1, OWN_STORY, group="g"),
        credited(PUBLICO, "LISBOA (Lusa) -- O conselho reuniu-se.", group="g"),
    ]

    assert origins(articles) == (Origin("Lusa", ("G1", "Público")),)


def test_a_copy_without_any_credit_comes_from_who_had_it_first() -> None:
    articles = [credited(PUBLICO, OWN_STORY, group="g"), credited(PAIS, OWN_STORY, group="g")]

    assert origins(articles) == (Origin("Público", ("Público", "El País")),)
    assert origins(articles[::-1]) == (Origin("El País", ("El País", "Público")),)


def test_who_copied_once_is_still_an_origin_of_its_own_reporting() -> None:
    articles = [
        credited(PUBLICO, OWN_STORY, group="g"),
        credited(PAIS, OWN_STORY, group="g"),
        PAIS,
    ]

    assert [origin.name for origin in origins(articles)] == ["Público", "El País"]


def test_an_agency_s_text_does_not_hide_the_outlet_s_own_reporting() -> None:
    articles = [credited(G1, "LONDRES (AFP) - O banco."), G1]

    assert [origin.name for origin in origins(articles)] == ["AFP", "G1"]


def test_files_are_told_apart_by_their_source() -> None:
    articles = [
        coverage("Diário", "file:///a/1.txt"),
        coverage("DIARIO", "file:///a/2.txt"),
        coverage("Gazeta", "file:///a/3.txt"),
    ]

    assert [origin.name for origin in origins(articles)] == ["Diário", "Gazeta"]


def test_nothing_has_no_origin() -> None:
    assert origins([]) == ()


ARTICLES = st.builds(
    Coverage,
    st.sampled_from(["A", "B", "C", ""]),
    st.sampled_from(
        ["https://a.com/1", "https://x.a.com/2", "https://b.co.uk/", "file:///x", "http://["]
    ),
    st.sampled_from(["", "Own.", "LONDON (AP) — It", "(Reuters)"]),
    st.none() | st.sampled_from(["", "g", "h"]),
    st.sampled_from(["", "Reuters", "Someone"]),
)


@given(st.lists(ARTICLES, max_size=12))
def test_every_source_has_an_origin_and_no_more_origins_than_articles(
    articles: list[Coverage],
) -> None:
    found = origins(articles)

    assert len(found) <= len(articles)
    assert {outlet for origin in found for outlet in origin.outlets} == {
        article.source for article in articles
    }


# Publishers


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("g1.globo.com", "globo.com"),
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("WWW1.FOLHA.UOL.COM.BR.", "uol.com.br"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("www.bücher.de", "xn--bcher-kva.de"),
        ("intranet", "intranet"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("com.br", "com.br"),
        ("", ""),
    ],
)
def test_a_publisher_is_a_registered_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@given(st.text(max_size=300))
def test_any_host_and_any_address_has_a_publisher(text: str) -> None:
    assert isinstance(registrable_domain(text), str)
    assert isinstance(publisher(coverage("S", f"https://{text}/")), str)


# Credits


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("LONDON (Reuters) - The bank raised its rate.", "Reuters"),
        ("LONDON, March 4 (Reuters) - The bank raised its rate.", "Reuters"),
        ("JACKSON, Miss. (AP) — A storm came.", "AP"),
        ("Jill Lawless\n\nThe Associated Press\n\nLONDON — A writer won.", "AP"),
        ("By JANE DOE, Associated Press\n\nA storm came.", "AP"),
        (f"{FILLER}\n\nContributing: Erin Jensen, The Associated Press", "AP"),
        (f"{FILLER}\n\nAssociated Press writer Jane Doe contributed to this report.", "AP"),
        (f"{FILLER}\n\n© 2024 AFP", "AFP"),
        (f"{FILLER} — Reuters", "Reuters"),
        ("Copyright 2024 The Associated Press. All rights reserved.", "AP"),
        ("Madrid, 4 mar (EFE).- El banco subió los tipos.", "EFE"),
        ("MADRID, 4 Mar. (EUROPA PRESS) - El banco subió los tipos.", "Europa Press"),
        ("Fuente: EFE\nEl banco subió los tipos.", "EFE"),
        (f"{FILLER}\n\nCon información de Reuters y EFE", "Reuters"),
        (f"{FILLER}\n\nCon información de la agencia EFE.", "EFE"),
        ("Lisboa, 04 mar 2024 (Lusa) -- O banco subiu os juros.", "Lusa"),
        (f"{FILLER}\n\n*Com Lusa", "Lusa"),
        ("Agência Brasil - Brasília\n\nO banco subiu os juros.", "Agência Brasil"),
        ("Por Agência Brasil\n\nO banco subiu os juros.", "Agência Brasil"),
        ("Por João Silva - Repórter da Agência Brasil\n\nO banco.", "Agência Brasil"),
        (f"{FILLER}\n\nCom informações da Reuters", "Reuters"),
        (f"{FILLER}\n\n(Com informações da Agência Brasil)", "Agência Brasil"),
        (f"{FILLER}\n\nFonte: Agência Lusa", "Lusa"),
        ("SÃO PAULO (Reuters/AFP) - O banco.", "Reuters"),
    ],
)
def test_a_credit_is_found(text: str, agency: str) -> None:
    assert agency_of(text) == agency


@pytest.mark.parametrize(
    "text",
    [
        OWN_STORY,
        "The minister told Reuters that the bridge would open.",
        "Reuters reported Monday that the bridge would open.",
        "The bridge would open, according to AP.\n\nNobody knew.",
        "In his bag. Cristina Sille/Reuters\n\nThe triumph in Doha",
        "(Reuters/Jane Doe) The bridge on Monday.",
        "People gather. Andreea Alexandru/AP Catherine, the Princess",
        "A comunidade lusa reuniu-se em Paris. Foi a segunda vez.",
        "Macapá (AP) - O governador abriu a ponte.",
        "The app (ap) was updated. An efe is a letter.",
        "Michael Bloomberg spoke about the bridge.",
        f"{FILLER}\nLONDON (Reuters) - quoted in the middle.\n{FILLER}",
        "",
    ],
)
def test_an_agency_that_is_only_spoken_of_is_no_credit(text: str) -> None:
    assert agency_of(text) is None


def test_a_place_called_like_a_guitarist_does_not_hide_an_agency() -> None:
    assert agency_of("SAN JUAN (AP) — Carlos Santana played.") == "AP"


@pytest.mark.parametrize("byline", ["Reuters", "Jane Doe, Reuters", "Jane Doe | Reuters"])
def test_a_byline_is_believed(byline: str) -> None:
    assert agency_of(OWN_STORY, byline) == "Reuters"


@given(st.text(alphabet="AP(/)—-:© \nBypordecmReutsLa,.", max_size=600), st.text(max_size=40))
def test_any_text_is_read_quickly(text: str, byline: str) -> None:
    start = time.process_time()

    agency_of(text, byline)

    assert time.process_time() - start < 0.2
