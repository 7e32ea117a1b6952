"""Rerankers: question and passage read together, by any sentence-transformers cross-encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.clean import clean_text
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH = 8
LONGEST_PASSAGE = 2_500
LONGEST_QUESTION = 800
"""Characters read of each; more than the 512 tokens most models take."""
MOST_TOKENS = 512


class CrossEncoderReranker:
    """A cross-encoder by hub name or folder. Loaded at once, since a wrong name is to be
    noticed when Pauta starts; importing torch takes some seconds."""

    def __init__(self, name: str) -> None:
        """Raises ModelError with what to do next."""
        is_path = name.startswith(("/", ".", "~")) or "\\" in name
        if is_path and not Path(name).expanduser().is_dir():
            raise ModelError(f"PAUTA_RERANKER names a folder that is not there: {name}")
        try:
            from sentence_transformers import CrossEncoder  # noqa: PLC0415 - imports torch
        except ImportError as error:
            raise ModelError(
                "PAUTA_RERANKER needs sentence-transformers, which is not installed. Install it "
                "with: make setup-models (or: pip install 'pauta[sentence-transformers]')"
            ) from error
        try:
            model = CrossEncoder(
                str(Path(name).expanduser()) if is_path else name, trust_remote_code=False
            )
        except Exception as error:
            raise ModelError(
                f"The reranker {name!r} cannot be loaded ({_first_line(error)}). PAUTA_RERANKER "
                "takes the name or folder of a sentence-transformers cross-encoder."
            ) from error
        if model.num_labels != 1:
            raise ModelError(
                f"The reranker {name!r} gives {model.num_labels} scores for a pair; one that "
                "gives a single relevance is needed."
            )
        # Renamed in sentence-transformers 6.
        longest = "max_seq_length" if hasattr(model, "max_seq_length") else "max_length"
        setattr(model, longest, min(getattr(model, longest) or MOST_TOKENS, MOST_TOKENS))
        self._model: CrossEncoder = model
        self._lock = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One for each passage, higher is better, in the given order."""
        if not passages:
            return []
        question = clean_text(question[:LONGEST_QUESTION])
        pairs = [(question, clean_text(text[:LONGEST_PASSAGE])) for text in passages]
        with self._lock:  # a tokenizer is not to be shared by threads
            found = self._model.predict(pairs, batch_size=BATCH, show_progress_bar=False)
        return [float(score) for score in found]


def _first_line(error: Exception) -> str:
    return (str(error).strip().split("\n") or [""])[0][:200]
