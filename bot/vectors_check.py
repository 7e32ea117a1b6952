"""Whether the Chroma server that is set answers, and holds what the archive does."""

from __future__ import annotations

from collections.abc import Iterator

from bot.settings import Settings, variable_name
from retrieval.checkup import ArchiveState
from retrieval.errors import VectorsUnavailable
from retrieval.findings import Finding, broken, ok, warning


def check_vectors(settings: Settings, archive: ArchiveState | None) -> Iterator[Finding]:
    """Nothing where the vectors are in a folder. Changes nothing on the server."""
    if not settings.chroma_url:
        return
    from bot.app import chroma_address  # noqa: PLC0415 - slow to import
    from retrieval.chroma_server import look_at_server  # noqa: PLC0415 - as above

    model_id = archive.model_id if archive else None
    try:
        count = look_at_server(chroma_address(settings), model_id or "")
    except VectorsUnavailable as error:
        advice = (
            "Until it does, questions are answered by words only and new articles wait: start "
            f"the server, and check {variable_name('chroma_url')} and "
            f"{variable_name('chroma_token')}."
        )
        yield broken("chroma server", str(error), advice)
        return
    wanted = archive.chunks if archive else 0
    told = f"answers, and holds {count:,} of {wanted:,} chunks"
    if count == wanted:
        yield ok("chroma server", told)
    else:
        yield warning(
            "chroma server", told, "A running Pauta, or the next start, brings what is missing."
        )
