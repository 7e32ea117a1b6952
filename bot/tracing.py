"""Traces: what a question waited for, step by step, told to an OpenTelemetry collector.

Without `traces_url` a span costs a few microseconds and goes nowhere. Spans bear a name, times
and the question's id of the log; never a text, a person or a chat.

    question > search, model, check, telegram
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from bot.settings import Settings

PATIENCE = 10.0
"""Seconds a collector has for an answer."""
_AT_MOST_WAITING = 2_048
"""Spans a collector that does not answer leaves behind; older ones are dropped."""
_ID = "question_id"


class _Traces:
    """Where spans go; nowhere until `started`."""

    tracer: trace.Tracer = trace.NoOpTracer()


@contextmanager
def started(settings: Settings, patience: float = PATIENCE) -> Iterator[None]:
    """Spans are sent to the collector of the settings while the block runs, and the last of them
    at its end, waiting `patience` seconds at most."""
    if not settings.traces_url:
        yield
        return
    # A tenth of a second of imports, for the few who ask for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import (  # noqa: PLC0415
        SERVICE_NAME,
        SERVICE_VERSION,
        Resource,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({SERVICE_NAME: "pauta", SERVICE_VERSION: version("pauta")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(settings.traces_url, timeout=patience)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=_AT_MOST_WAITING))
    _Traces.tracer = provider.get_tracer("pauta")
    try:
        yield
    finally:
        _Traces.tracer = trace.NoOpTracer()
        provider.force_flush(int(patience * 1000))
        provider.shutdown()


def begun(name: str) -> Span:
    """A part of what is traced around it that ends elsewhere, with `.end()`."""
    return _Traces.tracer.start_span(name, attributes=_question())


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[Span]:
    """Times the block as a part of what is traced around it. An exception leaves its kind there,
    not its message: that may quote what a person wrote."""
    with _Traces.tracer.start_as_current_span(
        name,
        attributes={**_question(), **attributes},
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _question() -> dict[str, str]:
    found = structlog.contextvars.get_contextvars().get(_ID)
    return {} if found is None else {_ID: str(found)}
