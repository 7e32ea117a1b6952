"""Article -> Chunks: whole sentences, 800 to 1,200 characters where the text allows.  (pure)"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from retrieval.clean import LONGEST_RUN, break_long_runs
from retrieval.identity import digest
from retrieval.models import Article, Chunk
from retrieval.sentences import Span, sentence_spans

TARGET_LENGTH = 1_000
SHORTEST = 400
LONGEST = 1_200
"""Characters. A multilingual e5 model reads 512 tokens, about 1,500 characters of pt/en/es,
of which title and date take their share."""

LONGEST_TITLE = 200


def chunk_article(article: Article) -> list[Chunk]:
    """Cut an article into chunks that together hold every sentence, each once.

    Ids are derived from the content: the same article gives the same ids, and a
    corrected paragraph changes only the ids of the chunks it stands in.
    """
    seen: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for ordinal, (start, end) in enumerate(_packed(article)):
        text = article.text[start:end]
        embedding_text = f"{embedding_header(article)}\n{break_long_runs(text, LONGEST_RUN)}"
        occurrence = seen[embedding_text]
        seen[embedding_text] += 1
        chunks.append(
            Chunk(
                id=digest("chunk", article.id, embedding_text, str(occurrence)),
                article_id=article.id,
                ordinal=ordinal,
                start=start,
                end=end,
                text=text,
                embedding_text=embedding_text,
            )
        )
    return chunks


def embedding_header(article: Article) -> str:
    """Title and date, so that a chunk from the middle still says what and when it is about."""
    title = break_long_runs(article.title[:LONGEST_TITLE], LONGEST_RUN)
    date = f" ({article.published_at:%Y-%m-%d})" if article.published_at else ""
    return f"{title}{date}"


def _packed(article: Article) -> list[Span]:
    """Neighbouring sentences joined into runs of about `TARGET_LENGTH`.

    A run ends where it is full, a little earlier at a paragraph's end, since a paragraph is
    one thought. That depends only on what stands nearby: a paragraph added at the end
    leaves the runs before it as they were. A last crumb is shared out with its neighbour.
    """
    spans = sentence_spans(article.text, article.language)
    if not spans:
        return []
    runs: list[list[Span]] = [[spans[0]]]
    for (_, end), (next_start, next_end) in pairwise(spans):
        start = runs[-1][0][0]
        paragraph_ends = "\n" in article.text[end:next_start]
        full = end - start >= TARGET_LENGTH * (0.85 if paragraph_ends else 1.0)
        if full or next_end - start > LONGEST:
            runs.append([])
        runs[-1].append((next_start, next_end))
    if len(runs) > 1 and _length(runs[-1]) < SHORTEST:
        runs[-2:] = _shared_out(runs[-2] + runs[-1])
    return [(run[0][0], run[-1][1]) for run in runs]


def _shared_out(run: list[Span]) -> list[list[Span]]:
    """One run if it is short enough, else two cut at the sentence nearest the middle."""
    if _length(run) <= LONGEST:
        return [run]
    middle = (run[0][0] + run[-1][1]) / 2
    cut = min(range(1, len(run)), key=lambda at: abs(run[at][0] - middle))
    return [run[:cut], run[cut:]]


def _length(run: list[Span]) -> int:
    return run[-1][1] - run[0][0]
