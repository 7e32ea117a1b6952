"""Stories in a Pauta as it is opened: told as feeds bring articles, and for archives of before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import build, load_sample
from bot.coverage import Coverage
from bot.settings import Settings
from retrieval.models import Article
from retrieval.story_facts import Status
from tests.archive import NOW, clock
from tests.builders import an_article
from tests.fakes import FakeEmbedder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def on_the_bridge(number: int) -> Article:
    return an_article(
        "The Arrabida bridge in Porto stays closed, engineer Lia Montez said on the river Douro."
        f" Report {number}.",
        url=f"https://outlet{number}.example/bridge",
        title="Arrabida bridge in Porto closed",
        source=f"Outlet {number}",
        published_at=NOW - timedelta(hours=number),
    )


def test_what_arrives_is_a_story_that_a_digest_can_tell(settings: Settings) -> None:
    with build(settings, purpose="run", embedder=FakeEmbedder(), clock=clock) as pauta:
        pauta.ingest.add([on_the_bridge(at) for at in range(1, 4)], by_feed=True)

        (found,) = pauta.stories.heard_between(NOW - timedelta(days=1), NOW + timedelta(hours=1))
        story = pauta.stories.story(found.id)

    assert story is not None
    assert (story.headline, len(story.origins), story.article_count) == (
        "Arrabida bridge in Porto closed",
        3,
        3,
    )
    assert story.status(NOW, NOW - timedelta(days=1)) is Status.NEW
    assert (story.day(NOW), story.day(NOW + timedelta(days=2))) == (1, 3)


def test_a_round_gives_an_archive_of_before_its_stories(settings: Settings) -> None:
    with build(settings, purpose="run", embedder=FakeEmbedder(), clock=clock) as pauta:
        load_sample(pauta, lambda *_: None)
        ids = pauta.store.sample_ids()
        told = pauta.stories.of_articles(ids)
        with pauta.store.engine.begin() as connection:
            for table in ("stories", "story_articles", "story_means"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.exec_driver_sql(
                "INSERT INTO pending_stories SELECT id, published_at FROM articles"
            )
        assert pauta.stories.of_articles(ids) == {}

        Coverage(pauta.feeds, pauta.ingest, pauta.rounds).update(NOW)

        assert pauta.stories.of_articles(ids).keys() == told.keys()
        assert len(told) > 5
