"""A cross-encoder made on the spot: tiny, with random weights, from a folder."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import pytest

from retrieval.errors import ModelError
from retrieval.rerank import CrossEncoderReranker

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="an optional extra"
)


def a_model(folder: Path, labels: int = 1) -> str:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "harbour", "opened", "cake", "eggs"]
    tokenizer = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,  # type: ignore[call-arg]
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


@needs_torch
def test_a_cross_encoder_in_a_folder_scores_each_passage(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(a_model(tmp_path))
    passages = ["harbour opened", "cake eggs " * 2_000, "", "\x00 \ud800"]

    scores = reranker.scores("harbour opened?", passages)

    assert len(scores) == len(passages)
    assert all(isinstance(score, float) for score in scores)
    assert reranker.scores("harbour opened?", passages[:1]) == pytest.approx(scores[:1], abs=1e-5)
    assert reranker.scores("anything", []) == []


@needs_torch
def test_threads_share_a_reranker(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(a_model(tmp_path))
    found: list[list[float]] = []
    work = [
        threading.Thread(target=lambda: found.append(reranker.scores("harbour", ["cake", "eggs"])))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()

    assert len(found) == 4
    assert all(scores == pytest.approx(found[0]) for scores in found)


@needs_torch
def test_a_classifier_of_several_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="single relevance"):
        CrossEncoderReranker(a_model(tmp_path, labels=3))


@needs_torch
def test_a_folder_without_a_model_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        CrossEncoderReranker(str(tmp_path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="PAUTA_RERANKER names a folder that is not there"):
        CrossEncoderReranker(str(tmp_path / "nothing"))


def test_without_the_library_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(ModelError, match="make setup-models"):
        CrossEncoderReranker(str(tmp_path))
