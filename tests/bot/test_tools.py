"""What the model is told of who reports and when: by origins, with dates and corrections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from bot.asker import Asker
from bot.offload import Offload
from bot.shown import ShownPassages
from bot.tools import NewsTools
from tests.archive import an_archive
from tests.builders import an_article

FIRST = datetime(2025, 5, 11, 12, tzinfo=UTC)
STORY = (
    "PORTO CEDRO (Reuters) - The desalination plant will cost 1.4 billion reais, the mayor said "
    "on Sunday. It will serve 420,000 people in the city and its harbour. The works are to begin "
    "in autumn, after the state environment agency has reviewed the outfall once more."
)


async def _nothing(_text: str) -> None:
    pass


@pytest_asyncio.fixture
async def tools(tmp_path: Path) -> AsyncIterator[NewsTools]:
    agency = an_article(
        STORY, url="https://coast.example/plant", source="Coast Herald", published_at=FIRST
    )
    copied = replace(
        agency, url="https://bay.example/p", source="Bay Times", published_at=FIRST + timedelta(1)
    )
    own = an_article(
        "A usina de dessalinização de Porto Cedro custará R$ 1,2 bilhão: the plant's contract.",
        url="https://tribuna.example/usina",
        source="Tribuna do Mar",
        language="pt",
        published_at=FIRST + timedelta(days=3),
    )
    with an_archive(tmp_path) as archive:
        archive.ingest.add([agency, copied, own])
        archive.ingest.add([replace(own, text=own.text.replace("1,2 bilhão", "1,3 bilhão"))])
        offload = Offload()
        yield NewsTools(archive.retriever, archive.store, offload, ShownPassages(), _nothing)
        offload.close()


async def test_copies_of_an_agencys_text_are_one_origin(tools: NewsTools) -> None:
    told = await tools.compare_sources("the desalination plant Porto Cedro cost")
    last = told.splitlines()[-1]
    assert last.startswith("Independent origins of these: 2 (")
    assert "Reuters, also in Coast Herald, Bay Times" in last
    assert "Tribuna do Mar" in last


async def test_outlets_that_are_hidden_are_not_named(tools: NewsTools) -> None:
    tools._asker = Asker(hidden_sources=("Bay Times",))
    told = await tools.compare_sources("the desalination plant Porto Cedro cost")
    assert "Bay Times" not in told
    assert "Reuters, also in Coast Herald" in told


async def test_a_timeline_tells_dates_corrections_and_origins(tools: NewsTools) -> None:
    *events, origins = (await tools.coverage_timeline("plant Porto Cedro")).splitlines()
    assert [line[:10] for line in events] == ["2025-05-11", "2025-05-14"]
    assert "(corrected 2025-06-01)" in events[1]
    assert origins.startswith("Independent origins of these: 2 (")


async def test_a_passage_that_was_corrected_says_when(tools: NewsTools) -> None:
    told = await tools.search_news("usina contract Porto Cedro", language="pt")
    assert 'corrected="2025-06-01"' in told


async def test_of_nothing_there_are_no_origins(tools: NewsTools) -> None:
    for found in (await tools.compare_sources(""), await tools.coverage_timeline(" ")):
        assert found.startswith("Nothing was found.")
