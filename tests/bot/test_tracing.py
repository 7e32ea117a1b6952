"""What a collector hears of a question: names, times and ids, and nothing anybody wrote."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
import structlog
from langchain_core.messages import HumanMessage
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot import tracing
from bot.metering import Meter
from bot.metrics import AnswerWatch, Stage, timed
from bot.offload import Offload
from bot.settings import Settings


class Collector(BaseHTTPRequestHandler):
    """Speaks as much of OTLP over HTTP as an exporter needs."""

    heard: list[bytes]

    def do_POST(self) -> None:
        self.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    heard: list[bytes] = []
    handler = type("Collecting", (Collector,), {"heard": heard})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", heard
        server.shutdown()
        thread.join()


def spans(heard: list[bytes]) -> dict[str, Span]:
    return {
        span.name: span
        for body in heard
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


def attributes(span: Span) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


async def a_question() -> None:
    structlog.contextvars.bind_contextvars(question_id="4f1c")
    offload = Offload()
    try:
        async with AnswerWatch() as watch:

            def search() -> None:
                with timed(Stage.SEARCH):
                    pass

            await offload.search(search)
            meter, call = Meter(), uuid4()
            meter.on_chat_model_start({}, [[HumanMessage("who resigned?")]], run_id=call)
            meter.on_llm_error(RuntimeError("who resigned?"), run_id=call)
            watch.composed(answered=True)
    finally:
        offload.close()


class TestTraces:
    def test_a_question_is_one_trace_of_its_steps_across_threads(self) -> None:
        with collector() as (url, heard):
            with tracing.started(Settings(traces_url=url)):
                asyncio.run(a_question())
            found = spans(heard)
        assert set(found) == {"question", "search", "model"}
        assert {found[name].parent_span_id for name in ("search", "model")} == {
            found["question"].span_id
        }
        assert len({span.trace_id for span in found.values()}) == 1
        assert {attributes(span)["question_id"] for span in found.values()} == {"4f1c"}
        assert attributes(found["question"])["outcome"] == "answered"

    def test_what_people_write_is_in_no_span_also_when_an_error_quotes_it(self) -> None:
        with collector() as (url, heard):
            with (
                tracing.started(Settings(traces_url=url)),
                pytest.raises(ValueError, match="resigned"),
                tracing.span("check"),
            ):
                raise ValueError("who resigned?")
            (checked,) = spans(heard).values()
        assert checked.status.message == "ValueError"
        assert b"resigned" not in b"".join(heard)

    def test_a_collector_that_is_not_there_delays_the_end_by_the_patience_at_most(
        self,
    ) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces"
            began = time.monotonic()
            with tracing.started(Settings(traces_url=url), patience=0.5), tracing.span("check"):
                pass
        assert time.monotonic() - began < 5

    def test_without_a_collector_a_span_goes_nowhere(self) -> None:
        with tracing.started(Settings()), tracing.span("check") as span:
            assert not span.is_recording()
