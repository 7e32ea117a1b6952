"""The commands as a person runs them, with the bundled embedder and real Chroma."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import in_a_process, pauta
from tests.fakes import FakeEmbedder

DAM = """---
title: Represa de Lindoia recebe R$ 340 milhões
date: 2026-10-05
source: Jornal do Vale
url: https://jornal-do-vale.example/lindoia
---

A represa de Lindoia vai receber R$ 340 milhões em obras de reforço, anunciou o governo.

O trabalho começa em março e deve durar dezoito meses, segundo o engenheiro Caio Prado.
"""

FERRY = """# Ferry line to Skarvik reopens

The ferry between Nordhavn and Skarvik resumed service on Tuesday after a closure of six weeks.

The operator carried 1,900 passengers on the first day.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with two articles."""
    folder = tmp_path_factory.mktemp("archive")
    coverage = folder / "coverage"
    coverage.mkdir()
    (coverage / "lindoia.md").write_text(DAM, encoding="utf-8")
    (coverage / "ferry.md").write_text(FERRY, encoding="utf-8")
    done = pauta(folder / "home", "ingest", str(coverage))
    assert done.returncode == 0, done.stderr
    assert "2 new" in done.stdout
    return folder / "home"


def answer(home: Path, question: str, *arguments: str) -> dict[str, Any]:
    done = pauta(home, "ask", "--json", question, *arguments)
    assert done.returncode in {0, 3}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["answered"] == (done.returncode == 0)
    return found


def test_an_english_question_is_answered_with_the_portuguese_sentence(home: Path) -> None:
    found = answer(home, "How much money will the Lindoia dam receive?")
    assert found["language"] == "en"
    assert found["answer"].startswith("This is what the coverage says:")
    first = found["citations"][0]
    assert "R$ 340 milhões" in first["quote"]
    assert " ".join(first["quote"].split()) in found["answer"]
    assert first | {"quote": ""} == {
        "label": 1,
        "title": "Represa de Lindoia recebe R$ 340 milhões",
        "url": "https://jornal-do-vale.example/lindoia",
        "source": "Jornal do Vale",
        "author": "",
        "published_at": "2026-10-05T00:00:00+00:00",
        "corrected_at": None,
        "also_in": [],
        "partial": False,
        "quote": "",
    }
    assert found["origins"] == 1
    assert found["timings_ms"]["total"] > 0


def test_the_reply_speaks_the_language_of_the_question(home: Path) -> None:
    found = answer(home, "¿Cuántos pasajeros viajaron en el ferry a Skarvik el primer día?")
    assert found["language"] == "es"
    assert found["answer"].startswith("Esto es lo que dice la cobertura:")
    assert any("1,900 passengers" in citation["quote"] for citation in found["citations"])


def test_what_the_coverage_does_not_hold_is_said_with_the_nearest_headlines(home: Path) -> None:
    found = answer(home, "Quem ganhou o campeonato mundial de xadrez em Reykjavik?")
    assert not found["answered"]
    assert found["citations"] == []
    assert found["answer"].startswith("Não encontrei na cobertura nada que responda a isso.")


def test_a_follow_up_is_understood_through_the_history(home: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text(
        json.dumps(
            [
                {"role": "user", "text": "How much money will the Lindoia dam receive?"},
                {"role": "assistant", "text": "R$ 340 million [1]."},
            ]
        )
    )
    found = answer(home, "and how long will the work take?", "--history", str(history))
    assert any("dezoito meses" in citation["quote"] for citation in found["citations"])


def test_search_prints_ranked_passages_as_json(home: Path) -> None:
    done = pauta(home, "search", "--json", "--limit", "1", "ferry to Skarvik")
    assert done.returncode == 0, done.stderr
    (passage,) = json.loads(done.stdout)
    assert list(passage) == [
        "rank", "score", "chunk_id", "url", "title", "source", "published_at", "text",
    ]  # fmt: skip
    assert passage["rank"] == 1
    assert passage["title"] == "Ferry line to Skarvik reopens"
    assert passage["published_at"] is None


def test_a_second_ingest_embeds_nothing(home: Path) -> None:
    done = pauta(home, "ingest", str(home.parent / "coverage"))
    assert "0 new, 0 changed, 2 unchanged, 0 failed (0 chunks embedded)" in done.stdout


def test_piped_questions_are_answered_line_by_line(home: Path) -> None:
    done = pauta(home, "chat", stdin="How many passengers did the operator carry?\n\n/quit\nx\n")
    assert done.returncode == 0
    assert "1,900 passengers" in done.stdout
    assert done.stdout.count("This is what the coverage says") == 1


def test_run_without_a_token_is_the_chat_and_says_how_to_go_live(home: Path) -> None:
    done = in_a_process(home, "run", stdin="When did the ferry to Skarvik resume?\n")
    assert done.returncode == 0
    assert "TELEGRAM_BOT_TOKEN" in done.stderr
    assert "Tuesday" in done.stdout


def test_the_first_run_loads_the_sample_and_it_can_be_removed_for_good(tmp_path: Path) -> None:
    first = pauta(tmp_path / "home", "run", stdin="how much did Stargate commit?\n")
    assert "US$500 billion" in first.stdout
    assert "sample" in first.stdout
    removed = pauta(tmp_path / "home", "sample", "remove")
    assert "Removed 15 sample articles" in removed.stderr
    again = pauta(tmp_path / "home", "run", stdin="how much did Stargate commit?\n")
    assert "There is no coverage yet" in again.stdout


def test_the_sample_is_not_loaded_beside_coverage_of_ones_own(home: Path) -> None:
    done = pauta(home, "chat", stdin="how much did Stargate commit?\n")
    assert "sample" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "  "], "The question is empty"),
        (["ask", "x" * 50_000], "50,000 characters"),
        (["ask", "x", "--history", "absent.json"], "cannot be read"),
        (["ingest"], "Nothing to ingest"),
        (["search", "x", "--limit", "0"], "limit"),
        (["frobnicate"], "No such command"),
    ],
)
def test_wrong_use_is_explained_with_exit_code_2(
    home: Path, arguments: list[str], says: str
) -> None:
    done = pauta(home, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_refused_with_the_right_name(tmp_path: Path) -> None:
    done = pauta(tmp_path / "home", "ask", "x?", PAUTA_ADMIN="1")
    assert done.returncode == 1
    assert "PAUTA_ADMIN is not a setting of Pauta; did you mean PAUTA_ADMINS?" in done.stderr


def test_bad_input_fails_by_itself_while_the_rest_is_taken(tmp_path: Path) -> None:
    coverage = tmp_path / "coverage"
    coverage.mkdir()
    (coverage / "good.txt").write_text("The mayor of Ostby resigned on Friday.", encoding="utf-8")
    (coverage / "empty.txt").write_bytes(b"")
    (coverage / "binary.txt").write_bytes(bytes(range(256)) * 40)
    done = pauta(
        tmp_path / "home", "ingest", str(coverage), "http://127.0.0.1:9/secret", "missing.txt"
    )
    assert done.returncode == 0
    assert "1 new" in done.stdout
    assert "4 failed" in done.stdout
    assert "empty.txt" in done.stderr
    assert "binary.txt" in done.stderr
    assert "private" in done.stderr
    assert "missing.txt" in done.stderr


def test_another_model_than_the_archives_names_reindex(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.load_embedder", lambda _name: FakeEmbedder("another"))
    done = pauta(home, "ask", "x?", PAUTA_EMBEDDING_MODEL="another")
    assert done.returncode == 1
    assert "pauta reindex" in done.stderr
