"""What a server that speaks OpenAI's protocol says of some texts, as vectors.  (pure)"""

from __future__ import annotations

import json

import numpy as np

from retrieval.models import Matrix

MOST_DIMENSIONS = 8_192


class NotVectors(ValueError):
    """The reply is not what was asked for; the message is a clause that says why."""


def read_vectors(body: bytes, texts: int) -> Matrix:
    """Shape (texts, dimension), each row L2-normalised, in the order of the texts.

    The reply is `{"data": [{"index": 0, "embedding": [...]}, ...]}`; without an index, the order
    is taken as it is. Raises NotVectors.
    """
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotVectors("no JSON") from error
    data = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(data, list) or len(data) != texts:
        raise NotVectors("not one embedding for each text")
    rows: dict[int, list[float]] = {}
    for place, one in enumerate(data):
        vector = one.get("embedding") if isinstance(one, dict) else None
        index = one.get("index", place) if isinstance(one, dict) else None
        if not isinstance(vector, list) or not 0 < len(vector) <= MOST_DIMENSIONS:
            raise NotVectors("an embedding is no list of numbers")
        if not isinstance(index, int) or not 0 <= index < texts:
            raise NotVectors("an embedding of no text")
        rows[index] = vector
    if len(rows) != texts:
        raise NotVectors("two embeddings of one text")
    try:
        matrix = np.array([rows[place] for place in range(texts)], dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise NotVectors("embeddings of different lengths, or not of numbers") from error
    lengths = np.linalg.norm(matrix.astype(np.float64), axis=1, keepdims=True)
    if matrix.ndim != 2 or not np.isfinite(lengths).all() or not lengths.all():
        raise NotVectors("an embedding that has no direction")
    unit: Matrix = (matrix / lengths).astype(np.float32)
    return unit
