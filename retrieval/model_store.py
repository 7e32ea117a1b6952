"""Which embedding model the archive belongs to, which it is to get, and how far that is.

In the corpus database, so that any process can prepare the change and the one that answers can
make it. Blocking.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, literal, select

from retrieval import vector_rows
from retrieval.models import Article, Vector
from retrieval.rows import article_of
from retrieval.schema import (
    archive,
    articles,
    chunks,
    embeddings,
    pending_stories,
    pending_vectors,
    story_articles,
)
from retrieval.upserts import upsert
from retrieval.writing import writing

EMBEDDING_MODEL = "embedding_model"
_EMBEDDING_NAME = "embedding_name"
_NEXT_MODEL = "next_embedding_model"
_FILLED = "filled:"
_CLOCKS_DIFFER = 120
"""Seconds by which two machines that write to one archive may differ."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """What a model is called in the settings: enough to open it, without a key."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class NextModel:
    """The model an archive is to get."""

    model: ModelName
    ready: bool = False
    """Every text had its vector when it was looked at: all that is left is quick."""
    drop_former: bool = False
    """Whether the former model's vectors and collection go once it has taken over."""


class ModelStore:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def served(self) -> str | None:
        """Id of the model whose collection answers."""
        with self._engine.connect() as connection:
            return _value(connection, EMBEDDING_MODEL)

    def served_name(self) -> ModelName | None:
        """How it is opened; None for one that came before this was written down."""
        with self._engine.connect() as connection:
            stored = _value(connection, _EMBEDDING_NAME)
        return ModelName(**json.loads(stored)) if stored else None

    def coming(self) -> NextModel | None:
        with self._engine.connect() as connection:
            stored = _value(connection, _NEXT_MODEL)
        if not stored:
            return None
        kept = json.loads(stored)
        return NextModel(ModelName(**kept["model"]), kept["ready"], kept["drop_former"])

    def announce(self, coming: NextModel) -> None:
        with writing(self._engine) as connection:
            _set(connection, _NEXT_MODEL, json.dumps(asdict(coming)))

    def mark_ready(self, model: ModelName) -> bool:
        """False when another change has been announced meanwhile, or none is any more."""
        coming = self.coming()
        if coming is None or coming.model != model:
            return False
        self.announce(replace(coming, ready=True))
        return True

    def withdraw(self) -> None:
        with writing(self._engine) as connection:
            _set(connection, _NEXT_MODEL, "")

    def lacking(self, model_id: str, after: str, limit: int) -> list[Article]:
        """Articles with a chunk that has no vector of the model, by id."""
        statement = (
            select(articles)
            .where(articles.c.id > after, _lacks_vectors(model_id))
            .order_by(articles.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [article_of(row) for row in connection.execute(statement)]

    def count_lacking(self, model_id: str) -> int:
        statement = select(func.count()).select_from(articles).where(_lacks_vectors(model_id))
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar_one()

    def chunks_of(self, article_id: str) -> set[str]:
        statement = select(chunks.c.id).where(chunks.c.article_id == article_id)
        with self._engine.connect() as connection:
            return set(connection.execute(statement).scalars())

    def keep(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Cache vectors by embedding hash."""
        with writing(self._engine) as connection:
            vector_rows.keep(connection, model_id, vectors)

    def filled_at(self, model_id: str) -> int:
        """Until when its collection has followed the store; 0 when that is not known."""
        with self._engine.connect() as connection:
            return int(_value(connection, _FILLED + model_id) or 0)

    def note_filled(self, model_id: str, seconds: int) -> None:
        with writing(self._engine) as connection:
            _set(connection, _FILLED + model_id, str(seconds))

    def chunks_changed_since(self, seconds: int) -> list[str]:
        """Of articles that were written since, by any machine's clock."""
        statement = (
            select(chunks.c.id)
            .join(articles, articles.c.id == chunks.c.article_id)
            .where(articles.c.updated_at >= seconds - _CLOCKS_DIFFER)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(statement).scalars())

    def change_to(self, model_id: str, coming: NextModel, seconds: int) -> None:
        """From now on the archive belongs to that model. Its collection holds all there is."""
        with writing(self._engine) as connection:
            former = _value(connection, EMBEDDING_MODEL)
            behind = connection.execute(select(func.count()).select_from(pending_vectors)).scalar()
            if former is not None:
                _set(connection, _FILLED + former, "0" if behind else str(seconds))
            _set(connection, EMBEDDING_MODEL, model_id)
            _set(connection, _EMBEDDING_NAME, json.dumps(asdict(coming.model)))
            _set(connection, _NEXT_MODEL, "")
            connection.execute(delete(pending_vectors))
            if coming.drop_former:
                connection.execute(delete(embeddings).where(embeddings.c.model_id != model_id))
            _compare_stories_anew(connection, model_id)


def _lacks_vectors(model_id: str) -> ColumnElement[bool]:
    has_vector = (
        select(embeddings.c.hash)
        .where(embeddings.c.hash == chunks.c.embedding_hash, embeddings.c.model_id == model_id)
        .exists()
    )
    of_it = (chunks.c.article_id == articles.c.id) & ~has_vector
    return select(chunks.c.id).where(of_it).exists()


def _compare_stories_anew(connection: Connection, model_id: str) -> None:
    """Note every article that is compared by another model's vectors, to be given one of this."""
    noted = select(pending_stories.c.article_id)
    others = select(story_articles.c.article_id, story_articles.c.at).where(
        story_articles.c.model_id != literal(model_id), story_articles.c.article_id.not_in(noted)
    )
    connection.execute(insert(pending_stories).from_select(["article_id", "at"], others))


def _value(connection: Connection, key: str) -> str | None:
    return connection.execute(select(archive.c.value).where(archive.c.key == key)).scalar()


def _set(connection: Connection, key: str, value: str) -> None:
    statement = upsert(connection, archive).values(key=key, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )
