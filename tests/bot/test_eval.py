"""`pauta eval`: from a questions file to figures, OUT, a comparison and pictures."""

from __future__ import annotations

import asyncio
import builtins
import gzip
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot import eval_archive, eval_command, eval_file, plots
from bot.answers import Answer, Citation
from bot.app import build
from bot.eval_archive import archive_of, folder_for
from bot.eval_command import spread
from bot.eval_compare import compare
from bot.eval_file import NotAnEvaluation, Run
from bot.eval_report import print_comparison, print_summary, summarise, verdict
from bot.eval_run import ask_all, judge
from bot.settings import Settings
from retrieval.bootstrap import Estimate
from retrieval.embed import BundledEmbedder
from retrieval.errors import RetrievalError
from retrieval.evaluate import Result
from retrieval.ingest import Ingest
from retrieval.jsonl import read_jsonl
from retrieval.models import Appearance, Passage
from retrieval.questions_file import KnownQuestion
from tests.builders import PUBLISHED, a_passage
from tests.fakes import FakeEmbedder

HARBOUR = "https://news.example.com/harbour"
ORCHARD = "https://news.example.com/orchard"
ARTICLES = [
    {
        "url": HARBOUR,
        "title": "Harbour repair",
        "text": "The harbour repair costs 340 million euros. It begins in March.",
        "source": "Folha",
        "language": "en",
        "published_at": "2025-01-21",
    },
    {
        "url": ORCHARD,
        "title": "Orchard festival",
        "text": "The orchard festival drew 1,900 visitors on its first day in Skarvik.",
        "source": "Folha",
        "language": "en",
        "published_at": "2025-01-22",
    },
]
QUESTIONS = [
    {
        "id": "cost",
        "question": "How much does the harbour repair cost?",
        "answers": ["340 million"],
        "relevant_urls": [HARBOUR],
        "language": "en",
    },
    {
        "id": "then",
        "question": "and when does it begin?",
        "answers": ["March"],
        "history": [{"role": "user", "text": "How much does the harbour repair cost?"}],
        "language": "en",
        "kind": "follow-up",
    },
    {"id": "none", "question": "Who won the chess match in Lima?", "answerable": False},
]
RESULT = Result(
    id="cost",
    question="How much?",
    language="en",
    kind="money",
    label="",
    answerable=True,
    has_answers=True,
    has_articles=True,
    answer_rank=1,
    article_rank=1,
    quote_rank=1,
    answered=True,
    confidence=0.9,
    search_ms=20.0,
    answer_ms=200.0,
)
RUN = Run("today", datetime(2025, 6, 1, tzinfo=UTC), "q.jsonl", None, "fake-model", 2, 3)


@pytest.fixture(autouse=True)
def fake_embedder(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """Named as the bundled one; what the command opens is otherwise real."""
    embedder = FakeEmbedder(BundledEmbedder.model_id)
    for module in (eval_archive, eval_command):
        monkeypatch.setattr(module, "build", partial(build, embedder=embedder))
    return embedder


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    return file


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    file = tmp_path / "articles.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, ARTICLES)).encode(), mtime=0))
    return file


def pauta_eval(*arguments: object) -> Any:
    app = typer.Typer()
    app.command()(eval_command.evaluate)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


# The whole command


def test_articles_are_indexed_once_and_every_question_is_reported(
    questions: Path, articles: Path, tmp_path: Path, fake_embedder: FakeEmbedder
) -> None:
    out = tmp_path / "out.json"

    first = pauta_eval(questions, "--articles", articles, "--json", out, "--name", "first")
    chunks = [text for text in fake_embedder.embedded if text.startswith("Harbour repair (2025")]
    again = pauta_eval(questions, "--articles", articles, "--against", out)

    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert "3 questions on 2 articles" in first.stdout
    assert "Against first: 3 questions in both" in again.stdout
    assert "no clear difference" in again.stdout
    assert len(chunks) == 1
    after = [text for text in fake_embedder.embedded if text.startswith("Harbour repair (2025")]
    assert after == chunks, "the second run embedded the articles again"


def test_out_holds_each_question_with_what_it_rests_on(
    questions: Path, articles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.json"
    pauta_eval(questions, "--articles", articles, "--json", out)

    document = json.loads(out.read_text(encoding="utf-8"))
    cost, then, none = document["questions"]

    assert (cost["answer_rank"], cost["article_rank"], cost["kind"]) == (1, 1, "money")
    assert cost["passages"][0] | {"score": 0, "chunk_id": ""} == {
        "chunk_id": "",
        "url": HARBOUR,
        "title": "Harbour repair",
        "score": 0,
        "holds_answer": True,
        "relevant": True,
    }
    assert cost["answered"] == bool(cost["quotes"])
    assert 0 < cost["confidence"] < 1
    assert (then["answer_rank"], then["label"]) == (1, "follow-up")
    assert then["passages"][0]["relevant"] is None
    assert (none["answerable"], none["answer_rank"]) == (False, None)
    assert document["summary"]["all"]["answer@1"]["value"] == 1
    assert document["summary"]["all"]["answer@1"]["n"] == 2
    assert list(out.parent.glob("*.part")) == []


def test_without_articles_the_archive_itself_is_asked(
    questions: Path, articles: Path, own_home: Path, fake_embedder: FakeEmbedder
) -> None:
    empty = pauta_eval(questions)
    with build(
        Settings.model_validate({"home": own_home}), purpose="test", embedder=fake_embedder
    ) as pauta:
        pauta.ingest.add(list(read_jsonl(articles))[:1])

    found = pauta_eval(questions, "--limit", 2)

    assert isinstance(empty.exception, RetrievalError)
    assert "no coverage to ask about yet" in str(empty.exception)
    assert "2 questions on 1 article (" in found.stdout
    assert not (own_home / "eval").exists()


def test_what_is_made_for_an_articles_file_leaves_the_archive_alone(
    questions: Path, articles: Path, own_home: Path
) -> None:
    pauta_eval(questions, "--articles", articles)

    assert [item.name for item in own_home.iterdir()] == ["eval"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--against", "absent.json"], "there is no such file"),
        (["--json", "absent/out.json"], "there is no such folder"),
        (["--plots", __file__], "this is a file, a folder is needed"),
    ],
)
def test_what_would_fail_in_the_end_fails_at_once(
    questions: Path, arguments: list[str], told: str
) -> None:
    found = pauta_eval(questions, *arguments)

    assert found.exit_code == 2
    assert told in found.stderr


def test_a_questions_file_with_mistakes_is_not_half_evaluated(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "Who?"}\n{"question": 1}\n', encoding="utf-8")

    found = pauta_eval(file)

    assert found.exit_code == 2
    assert f'{file}:2: the field "question" is not a string.' in found.stderr


def test_plots_without_matplotlib_say_how_to_get_it_before_anything_is_asked(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)

    found = pauta_eval(questions, "--plots", tmp_path / "plots")

    assert isinstance(found.exception, plots.PlotsMissing)
    assert "pip install --editable '.[plots]'" in str(found.exception)


# The archive


def test_the_archive_belongs_to_the_contents_and_the_model(articles: Path, tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path})
    copy = tmp_path / "copy.jsonl.gz"
    copy.write_bytes(articles.read_bytes())
    other_model = settings.model_copy(update={"embedding_model": "other"})

    assert folder_for(copy, settings) == folder_for(articles, settings)
    assert folder_for(articles, other_model) != folder_for(articles, settings)
    copy.write_bytes(b"other")
    assert folder_for(copy, settings) != folder_for(articles, settings)


def test_one_document_can_be_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("The harbour repair costs 340 million euros, they said.", encoding="utf-8")

    with archive_of(file, Settings.model_validate({"home": tmp_path})) as pauta:
        assert pauta.store.article_count() == 1


def test_a_file_without_articles_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("{}\n", encoding="utf-8")

    with (
        pytest.raises(RetrievalError, match="holds no article"),
        archive_of(file, Settings.model_validate({"home": tmp_path})),
    ):
        pass


def test_an_archive_that_was_cut_otherwise_is_cut_anew(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.model_validate({"home": tmp_path})
    with archive_of(articles, settings) as pauta:
        today = set(pauta.store.chunk_ids())
    with monkeypatch.context() as earlier:
        for module in ("retrieval.ingest", "bot.eval_archive"):
            real = sys.modules[module].chunk_article
            earlier.setattr(
                sys.modules[module],
                "chunk_article",
                lambda article, real=real: [
                    replace(chunk, id=f"old-{chunk.id}") for chunk in real(article)
                ],
            )
        with archive_of(articles, settings) as pauta:
            assert set(pauta.store.chunk_ids()) == {f"old-{chunk_id}" for chunk_id in today}

    with archive_of(articles, settings) as pauta:
        assert set(pauta.store.chunk_ids()) == today == set(pauta.vectors.ids())


def test_an_archive_with_copies_is_not_made_anew_each_time(
    tmp_path: Path, fake_embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "copies.jsonl"
    copy = ARTICLES[0] | {"url": "https://other.example.org/harbour", "source": "Diario"}
    file.write_text("\n".join(map(json.dumps, [*ARTICLES, copy])), encoding="utf-8")
    settings = Settings.model_validate({"home": tmp_path})
    with archive_of(file, settings):
        pass
    embedded = len(fake_embedder.embedded)

    monkeypatch.setattr(Ingest, "reindex", lambda *_: pytest.fail("it was made anew"))

    with archive_of(file, settings) as pauta:
        assert pauta.vectors.count() == pauta.store.chunk_count()

    assert len(fake_embedder.embedded) == embedded


def test_an_interrupted_reading_keeps_what_it_embedded(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(text: str) -> None:
        if "orchard" in text:
            raise KeyboardInterrupt

    settings = Settings.model_validate({"home": tmp_path})
    stopped = FakeEmbedder(BundledEmbedder.model_id, before_text=interrupt)
    monkeypatch.setattr(eval_archive, "build", partial(build, embedder=stopped))
    monkeypatch.setattr("retrieval.ingest.COMMIT_CHUNKS", 1)
    with pytest.raises(KeyboardInterrupt), archive_of(articles, settings):
        pass

    going_on = FakeEmbedder(BundledEmbedder.model_id)
    monkeypatch.setattr(eval_archive, "build", partial(build, embedder=going_on))
    with archive_of(articles, settings) as pauta:
        assert pauta.store.article_count() == 2
    assert not any("harbour" in text for text in going_on.embedded)


# One question


def judged(question: KnownQuestion, answer: Answer, *passages: Passage) -> Result:
    return judge(question, answer, passages, answer_ms=1.0, search_ms=1.0).result


def quoting(*quotes: str) -> Answer:
    cited = tuple(
        Citation(label, "t", HARBOUR, "Folha", PUBLISHED, quote)
        for label, quote in enumerate(quotes, start=1)
    )
    return Answer("text", answered=bool(quotes), language="en", citations=cited, confidence=0.7)


def test_ranks_are_of_the_first_passage_that_holds_the_answer_and_of_the_article() -> None:
    question = KnownQuestion("q", "Where?", "en", ("Lima",), relevant_urls=frozenset({ORCHARD}))

    found = judged(
        question,
        quoting("In Rome.", "In Lima."),
        a_passage("In Rome.", chunk_id="1"),
        replace(a_passage("In Lima.", chunk_id="2"), url=HARBOUR),
        replace(a_passage("Elsewhere.", chunk_id="3"), url=ORCHARD),
    )

    assert (found.answer_rank, found.article_rank, found.quote_rank) == (2, 3, 2)
    assert (found.answered, found.confidence) == (True, 0.7)


def test_a_copy_under_a_relevant_address_is_relevant() -> None:
    question = KnownQuestion("q", "Where?", "en", relevant_urls=frozenset({ORCHARD}))
    copied = Appearance("Diario", ORCHARD, "The same", PUBLISHED)

    assert judged(question, quoting(), a_passage()).article_rank is None
    assert judged(question, quoting(), replace(a_passage(), also_in=(copied,))).article_rank == 1


def test_nothing_found_has_no_rank() -> None:
    found = judged(KnownQuestion("q", "Where?", "en", ("Lima",)), quoting())

    assert (found.answer_rank, found.article_rank, found.quote_rank) == (None, None, None)
    assert (found.has_answers, found.has_articles, found.answered) == (True, False, False)


def test_progress_is_told_question_by_question(articles: Path, tmp_path: Path) -> None:
    told: list[str] = []
    asked = [KnownQuestion("a", "How much?", "en"), KnownQuestion("b", "hello", "en")]

    with archive_of(articles, Settings.model_validate({"home": tmp_path})) as pauta:
        found = asyncio.run(ask_all(pauta, asked, lambda result: told.append(result.id)))

    assert told == ["a", "b"]
    assert found[1].result.answered is False
    assert found[0].result.answer_ms > 0


@pytest.mark.parametrize(
    ("most", "taken"),
    [(None, [*range(6)]), (9, [*range(6)]), (3, [0, 2, 4]), (1, [0])],
)
def test_a_few_questions_are_taken_from_the_whole_file(most: int | None, taken: list[int]) -> None:
    questions = [KnownQuestion(str(at), "?", "en") for at in range(6)]

    assert [int(question.id) for question in spread(questions, most)] == taken


# OUT and the comparison


def test_results_come_back_from_out_as_they_were(tmp_path: Path) -> None:
    results = [RESULT, replace(RESULT, id="b", answer_rank=None, question="Ação “x”?")]
    asked = [judge_like(result) for result in results]
    eval_file.write(tmp_path / "out.json", RUN, asked, summarise(results), None)

    assert eval_file.read(tmp_path / "out.json") == ("today", results)


def judge_like(result: Result) -> Any:
    from bot.eval_run import Asked

    return Asked(result, (), ())


@pytest.mark.parametrize(
    "content",
    ["", "[]", "7", "{}", '{"pauta_eval": 2}', '{"pauta_eval": 1, "name": "x"}',
     '{"pauta_eval": 1, "name": "x", "questions": [{"id": "a"}]}', "[" * 100_000, "\udcff"],
)  # fmt: skip
def test_what_is_no_out_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "out.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(NotAnEvaluation):
        eval_file.read(file)


def test_only_the_same_questions_are_compared() -> None:
    reworded = replace(RESULT, id="c", question="How many?")
    before = [RESULT, replace(RESULT, id="gone"), replace(RESULT, id="c")]
    after = [replace(RESULT, answer_rank=None), reworded, replace(RESULT, id="new")]

    found = compare(before, after, "yesterday")

    assert (found.earlier, found.shared, found.left_out) == ("yesterday", 1, 3)
    assert found.differences["answer@5"].value == -1
    assert found.flips["answer@5"].lost == ("cost",)
    assert found.flips["answer@5"].gained == ()
    assert found.flips["quote@1"].lost == ()


def test_nothing_shared_compares_to_nothing() -> None:
    found = compare([RESULT], [replace(RESULT, id="other")], "")

    assert found.shared == 0
    assert not any(figure.known for figure in found.differences.values())


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (Estimate(0.1, 0.02, 0.2, 50), "better"),
        (Estimate(-0.1, -0.2, -0.02, 50), "worse"),
        (Estimate(0.1, -0.02, 0.2, 50), "no clear difference"),
        (Estimate(0.1, 0.0, 0.2, 50), "no clear difference"),
    ],
)
def test_a_difference_is_called_one_only_beyond_its_interval(figure: Estimate, word: str) -> None:
    assert verdict(figure) == word


def test_the_report_names_how_many_questions_a_figure_is_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = [RESULT, replace(RESULT, id="b", has_articles=False, language="pt")]

    print_summary(replace(RUN, name="[bold]a"), results, summarise(results))

    printed = capsys.readouterr().out
    assert "[bold]a: 2 questions on 2 articles" in printed
    assert "language pt" in printed
    assert "n 1" in printed, "article recall is of one of the two"


def test_precision_says_nothing_where_every_question_can_be_answered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = replace(RESULT, id="b", quote_rank=None, answer_rank=None, article_rank=None)
    print_summary(RUN, [wrong], summarise([wrong]))
    without = capsys.readouterr().out

    unanswerable = replace(wrong, id="c", answerable=False)
    print_summary(RUN, [wrong, unanswerable], summarise([wrong, unanswerable]))

    assert without.count("1.000") == 3, "recall alone, for all, the language and the kind"
    assert "0.500" in capsys.readouterr().out


def test_the_comparison_lists_some_of_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    before = [replace(RESULT, id=str(at), question=f"[red]Question {at}?") for at in range(30)]
    after = [replace(result, answer_rank=None) for result in before]

    print_comparison(compare(before, after, ""), after)

    printed = capsys.readouterr().out
    assert "Against the earlier run: 30 questions in both" in printed
    assert "worse" in printed
    assert "answer@5, lost: 30" in printed
    assert "  - 0: [red]Question 0?" in printed
    assert "... and 20 more" in printed


def test_runs_that_share_no_question_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    print_comparison(compare([replace(RESULT, id="other")], [RESULT], "before"), [RESULT])

    printed = capsys.readouterr().out
    assert printed == "Against before: no question is in both runs, nothing can be compared.\n"


def test_three_pictures_are_drawn_whatever_the_run_is_called(tmp_path: Path) -> None:
    results = [RESULT, replace(RESULT, id="b", answerable=False, confidence=0.2)]

    files = plots.draw(results, tmp_path / "new" / "plots", "$x^{")

    assert [file.name for file in files] == ["calibration.png", "answering.png", "recall.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
