"""What a person asked to ingest, from all its kinds of input."""

from __future__ import annotations

from pathlib import Path

from bot.intake import Intake
from retrieval.feeds.fetch import Fetcher
from retrieval.models import Article, Rejected

DATA = Path(__file__).parents[1] / "data" / "feeds"


def taken(
    *targets: str, jsonl: tuple[str, ...] = (), exports: tuple[str, ...] = ()
) -> list[object]:
    with Fetcher() as fetcher:
        return list(Intake(targets, jsonl, fetcher, exports).items())


def test_a_newsletter_is_an_article_of_its_sender() -> None:
    (letter,) = taken(str(DATA / "newsletter.eml"))
    assert isinstance(letter, Article)
    assert letter.title
    assert letter.published_at is not None


def test_a_channels_export_is_an_article_a_message() -> None:
    messages = taken(exports=(str(DATA / "channel.json"),))
    articles = [item for item in messages if isinstance(item, Article)]
    assert articles
    assert len({article.url for article in articles}) == len(articles)


def test_an_empty_bulk_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (item,) = taken(jsonl=(str(tmp_path / "empty.jsonl"),))
    assert isinstance(item, Rejected)
    assert "no articles" in item.reason
