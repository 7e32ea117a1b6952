"""`pauta reindex`: another embedding model, also beside a running Pauta that answers meanwhile."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from rich.console import Console

from bot.app import Pauta, build, open_embedder, store_beside
from bot.logs import read_settings
from bot.places import is_shared, look
from bot.progress import counting, progress
from bot.settings import Settings
from retrieval.checkup import holder_of
from retrieval.errors import ArchiveInUse
from retrieval.model_change import Preparation, fill
from retrieval.model_store import ModelName, ModelStore, NextModel
from retrieval.protocols import Embedder
from retrieval.serving import Pair
from retrieval.store import Store

DONE = 0

LOOK_SECONDS = 1.0
"""Between two looks whether the running Pauta has taken the model up."""

TAKEN_UP_SECONDS = 150.0
"""After which every process of an installation has looked: they do each minute."""

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def reindex(*, drop_former: bool) -> int:
    """Returns the exit code. Raises RetrievalError."""
    settings = read_settings()
    while True:
        try:
            with build(settings, purpose="reindex", lasting=True, reindexing=True) as pauta:
                return reindex_alone(pauta, drop_former=drop_former)
        except ArchiveInUse as held:
            state = look(settings, check_seconds=0.0)
            if state is None or not state.is_current or not state.chunks:
                raise
            with closing(store_beside(settings)) as store:
                if _beside(settings, store, held, drop_former=drop_former):
                    return DONE


def reindex_alone(pauta: Pauta, *, drop_former: bool) -> int:
    """Nobody else answers, or they do so with the former model and follow once this is done."""
    models, embedder = pauta.models, pauta.embedder
    total = pauta.store.article_count()
    if not total or models.served() in {None, embedder.model_id}:
        with progress(total, "Indexing anew") as advance:
            pauta.ingest.reindex(advance)
    else:
        coming = NextModel(named_in(pauta.settings), drop_former=drop_former)
        _prepare(pauta.store, models, embedder)
        with pauta.ingest.turn():
            began = int(pauta.clock().timestamp())
            fill(pauta.store, models, Pair(embedder, pauta.vectors), pauta.clock, lambda: True)
            models.change_to(embedder.model_id, coming, began)
        pauta.ingest.tell_stories()
    if drop_former:
        if is_shared(pauta.settings):
            _err.print("Other processes take the new model up before the former one goes …")
            time.sleep(TAKEN_UP_SECONDS)
        pauta.vectors.drop_others()
    count = pauta.vectors.count()
    _err.print(f"Indexed {count} chunks of {total} articles with {embedder.model_id}.")
    return DONE


def _beside(settings: Settings, store: Store, held: ArchiveInUse, *, drop_former: bool) -> bool:
    """Prepare the change for the process that holds the archive; False when that has ended
    without making it. Raises `held` where it has that model already."""
    models = ModelStore(store.engine)
    embedder = open_embedder(settings, models.served())
    if models.served() == embedder.model_id:
        raise held
    name = named_in(settings)
    models.announce(NextModel(name, drop_former=drop_former))
    _prepare(store, models, embedder)
    models.mark_ready(name)
    _err.print(
        "Every text has its vector. The running Pauta takes them up within a few minutes and "
        "answers meanwhile; Ctrl-C here does not keep it from that."
    )
    while models.served() != embedder.model_id:
        time.sleep(LOOK_SECONDS)
        coming = models.coming()
        if models.served() != embedder.model_id and (coming is None or coming.model != name):
            raise ArchiveInUse("Another `pauta reindex` has been started since; that one counts.")
        if holder_of(settings.home) is None:
            return False
    _err.print(
        f"{embedder.model_id} answers now, without a pause. For its next start, set "
        f"PAUTA_EMBEDDING_MODEL={settings.embedding_model} where Pauta runs."
    )
    return True


def _prepare(store: Store, models: ModelStore, embedder: Embedder) -> None:
    total = models.count_lacking(embedder.model_id)
    with counting(total, "Embedding beside what answers") as count:
        Preparation(store, models, embedder).run(lambda _article: count("done"))


def named_in(settings: Settings) -> ModelName:
    """As any process on this machine can open it, wherever it was started."""
    name = settings.embedding_model
    folder = Path(name).expanduser()
    if not settings.embedding_url and folder.is_dir():
        name = str(folder.absolute())
    return ModelName(name, settings.embedding_url)
