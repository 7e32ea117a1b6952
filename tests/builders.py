"""Small builders: what a test does not mention gets a sensible value."""

from __future__ import annotations

from datetime import UTC, datetime

from retrieval.identity import digest
from retrieval.models import Article, EmbeddedChunk, Passage, Vector

PUBLISHED = datetime(2025, 1, 21, 12, 0, tzinfo=UTC)

_TOPICS = (
    "harbour", "orchard", "railway", "glacier", "library", "furnace", "satellite", "vineyard",
    "parliament", "hospital", "aquifer", "stadium", "reactor", "lighthouse", "archive", "quarry",
)  # fmt: skip


def an_article(
    text: str = "The group committed US$ 500 billion over four years.",
    *,
    url: str = "https://news.example.com/stargate",
    title: str = "Stargate, in figures",
    source: str = "Folha",
    language: str = "en",
    published_at: datetime | None = PUBLISHED,
    sample: bool = False,
) -> Article:
    return Article(
        url=url,
        title=title,
        text=text,
        source=source,
        language=language,
        published_at=published_at,
        sample=sample,
    )


def a_paragraph(number: int, sentences: int = 5) -> str:
    """Sentences of about 80 characters that no other number gives."""
    topic = _TOPICS[number % len(_TOPICS)]
    return " ".join(
        f"Report {number} says in its part {part} that the {topic} opened again after the repair."
        for part in range(sentences)
    )


def a_long_text(paragraphs: int, first: int = 0) -> str:
    return "\n\n".join(a_paragraph(number) for number in range(first, first + paragraphs))


def articles(count: int, paragraphs: int = 4) -> list[Article]:
    """Different articles, of about two chunks each."""
    return [
        an_article(
            a_long_text(paragraphs, first=number * paragraphs),
            url=f"https://news.example.com/{number}",
            title=f"Story {number} about the {_TOPICS[number % len(_TOPICS)]}",
        )
        for number in range(count)
    ]


def a_passage(
    text: str = "The group committed US$ 500 billion over four years.",
    *,
    chunk_id: str | None = None,
    score: float = 0.9,
    article_id: str = "article",
    ordinal: int = 0,
    url: str = "https://news.example.com/stargate",
    title: str = "Stargate, in figures",
    source: str = "Folha",
    language: str = "en",
    published_at: datetime | None = PUBLISHED,
) -> Passage:
    return Passage(
        chunk_id=chunk_id or digest(text),
        text=text,
        score=score,
        article_id=article_id,
        ordinal=ordinal,
        url=url,
        title=title,
        source=source,
        language=language,
        published_at=published_at,
    )


def an_embedded_chunk(
    vector: Vector,
    *,
    chunk_id: str = "chunk",
    source: str = "Folha",
    language: str = "en",
    published_at: datetime | None = PUBLISHED,
) -> EmbeddedChunk:
    return EmbeddedChunk(
        id=chunk_id,
        vector=vector,
        article_id="article",
        url="https://news.example.com/stargate",
        source=source,
        language=language,
        published_at=published_at,
        ordinal=0,
    )
