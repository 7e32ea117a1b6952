"""Which sentences are quoted, in which order, and with what around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.asker import Length
from bot.confidence import ENOUGH_TO_COMPARE, confidence, gather
from bot.questions import Question, wanted_by
from bot.quote_context import MOST_SENTENCES, in_their_context, widened
from bot.sentence_choice import SENTENCES_COMPARED, rank, worth_quoting
from retrieval.highlight import LONGEST_QUOTE, Highlight, statements
from retrieval.models import Passage
from retrieval.terms import Terms, read_terms
from tests.builders import a_passage
from tests.fakes import FakeEmbedder

TODAY = datetime(2026, 9, 24, 12, tzinfo=UTC)


def asked(text: str, *, at: datetime | None = None, previous: str | None = None) -> Question:
    terms = read_terms(text)
    known = Terms(terms, {stem: 1 for term in terms for stem in term.stems}, 100)
    return Question(text, previous, "en", wanted_by(text), known, at)


def told(text: str, name: str = "a", *, on: datetime | None = None, score: float = 0.9) -> Passage:
    passage = a_passage(text, chunk_id=name, title="The dam", published_at=on, score=score)
    return replace(passage, article_id=name, similarity=0.9, coverage=0.9)


def best(question: Question, *passages: Passage) -> Highlight:
    return rank(question, passages, FakeEmbedder()).best_first[0].sentence


class TestTheBestSentence:
    def test_holds_the_name_that_is_asked_for(self) -> None:
        question = asked("Which engineer warned of the cracks in the dam?")
        retold = "An engineer had warned of cracks in the dam, it is now said."
        named = "The engineer Ana Lima had warned of cracks in the dam."
        text = f"{retold} {named}"
        assert "Ana Lima" in best(question, told(text)).text

    def test_is_of_the_days_of_the_question_where_two_are_alike(self) -> None:
        question = asked("Who won the regatta this week?", at=TODAY)
        then = told("Ana Lima won the regatta by far.", "then", on=TODAY - timedelta(days=400))
        now = told("Rui Melo won the regatta by far.", "now", on=TODAY - timedelta(days=1))
        assert "Rui Melo" in best(question, then, now).text

    def test_is_of_the_first_passage_where_nobody_knows_the_days(self) -> None:
        question = asked("Who won the regatta this week?")
        then = told("Ana Lima won the regatta by far.", "then", on=TODAY - timedelta(days=400))
        now = told("Rui Melo won the regatta by far.", "now", on=TODAY, score=0.8)
        assert "Ana Lima" in best(question, then, now).text

    def test_is_found_among_many_of_which_few_are_embedded(self) -> None:
        embedder = FakeEmbedder()
        filler = " ".join(f"The town talked of other things on day {day}." for day in range(40))
        question = asked("How much did the dam cost?")
        ranking = rank(question, [told(f"{filler} The dam cost 4 million euros.")], embedder)
        assert ranking.best_first[0].sentence.text == "The dam cost 4 million euros."
        assert len(embedder.embedded) == SENTENCES_COMPARED
        assert len(ranking.worth) == 41

    def test_is_none_where_there_is_no_sentence(self) -> None:
        assert rank(asked("Who?"), [told("Short.")], FakeEmbedder()).best_first == ()
        assert rank(asked("Who?"), [], FakeEmbedder()).worth == {}


class TestWhatIsQuoted:
    def test_begins_with_the_best_sentence_whatever_comes_first_in_the_article(self) -> None:
        question = asked("How much did the dam of Lindoia cost?")
        early = "The dam of Lindoia was built and its cost was high, people say. "
        ranking = rank(
            question, [told(early + "The dam of Lindoia did cost 4 million euros.")], FakeEmbedder()
        )
        chosen = worth_quoting(question, ranking.best_first, Length.DETAILED)
        assert "4 million" in chosen[0].text
        assert chosen[0].span > chosen[-1].span or len(chosen) == 1

    def test_is_one_quote_where_the_sentences_meet(self) -> None:
        question = asked("How much did the dam of Lindoia cost?")
        passage = told("The dam of Lindoia did cost a lot. The dam of Lindoia cost 4 million.")
        ranking = rank(question, [passage], FakeEmbedder())
        both = [one.sentence for one in ranking.best_first]
        assert len(both) == 2
        ((quoted, span),) = in_their_context(both, ranking.worth)
        assert quoted.text[slice(*span)] == passage.text


SENTENCES = [f"Sentence number {at} of this text stands here for a test." for at in range(9)]
STORY = told(" ".join(SENTENCES))


def sentence_at(at: int, passage: Passage = STORY) -> Highlight:
    span = statements(passage)[at]
    return Highlight(passage, 0, span, passage.text[slice(*span)], 0.0)


class TestWhatStandsAroundAQuote:
    def test_goes_on_after_it_where_nothing_tells_them_apart(self) -> None:
        start, end = widened(sentence_at(3), {})
        assert STORY.text[start:end].startswith(SENTENCES[3])
        assert STORY.text[start:end].endswith(SENTENCES[6])

    def test_is_what_stands_before_where_that_answers_better(self) -> None:
        worth = {("a", statements(STORY)[2]): 5.0, ("a", statements(STORY)[4]): 1.0}
        start, _ = widened(sentence_at(3), worth)
        assert STORY.text[start:].startswith(SENTENCES[2])

    def test_holds_who_is_meant_where_it_refers_back(self) -> None:
        passage = told("Ana Lima built the dam of Lindoia. She said that it will hold for long.")
        assert widened(sentence_at(1, passage), {}) == (0, len(passage.text))

    @given(st.lists(st.integers(4, 60), min_size=1, max_size=12), st.data())
    def test_is_never_longer_than_can_be_read_at_a_glance(
        self, lengths: list[int], data: st.DataObject
    ) -> None:
        text = " ".join(f"Then {'word ' * length}came at last." for length in lengths)
        spans = statements(told(text))
        at = data.draw(st.integers(0, len(spans) - 1))
        worth = {("a", span): data.draw(st.floats(-9, 9)) for span in spans}
        start, end = widened(sentence_at(at, told(text)), worth)
        assert start <= spans[at][0]
        assert end >= spans[at][1]
        assert end - start <= max(LONGEST_QUOTE, spans[at][1] - spans[at][0])
        assert sum(start <= one[0] and one[1] <= end for one in spans) <= MOST_SENTENCES


class TestHowSureItIs:
    def sureness(self, question: Question, *passages: Passage) -> float:
        embedder = FakeEmbedder()
        ranked = rank(question, passages, embedder).best_first
        return confidence(gather(question, passages, ranked, embedder))

    def test_a_follow_up_is_not_blamed_for_its_few_words(self) -> None:
        silent = replace(told("The dam of Lindoia did cost 4 million euros."), coverage=0.0)
        alone = asked("And how much was it?")
        after = replace(alone, previous="Who built the dam of Lindoia?")
        assert self.sureness(after, silent) > self.sureness(alone, silent)

    def test_a_small_archive_is_not_blamed_for_having_nothing_to_compare(self) -> None:
        question = asked("How much did the dam of Lindoia cost?")
        passage = told("The dam of Lindoia did cost 4 million euros.")
        alike = [replace(passage, chunk_id=str(at)) for at in range(ENOUGH_TO_COMPARE)]
        assert self.sureness(question, passage) > self.sureness(question, *alike)
