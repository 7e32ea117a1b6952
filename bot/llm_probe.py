"""One tiny call to a language model, for `pauta doctor`."""

from __future__ import annotations

import time

from bot.llm import Kind, ModelSpec, Trouble, open_model, trouble_of
from prompts import load
from retrieval.errors import ModelError
from retrieval.findings import Finding, broken, ok, warning

SLOW = 15.0
"""Seconds for one word; an answer takes several replies."""

_ADVICE = {
    Kind.KEY: "Set PAUTA_LLM_API_KEY, or the provider's own variable, to a key that is valid.",
    Kind.QUOTA: "Wait, or raise the limit with the provider. Until then answers are quotes.",
    Kind.UNKNOWN_MODEL: "Correct the model's name in PAUTA_LLM, or the path of the base URL.",
    Kind.MOVED: "Set PAUTA_LLM_BASE_URL to the address it sends to, if it is yours.",
    Kind.DOWN: "Check PAUTA_LLM_BASE_URL and that the server runs and can be reached from here.",
    Kind.SLOW: "Check that the server is not overloaded, or raise PAUTA_LLM_TIMEOUT_SECONDS.",
}


def probe(spec: ModelSpec) -> Finding:
    """What one word from the model takes, or what is wrong and how to mend it. Blocking."""
    try:
        model = open_model(spec)
    except ModelError as error:
        return broken("language model", str(error), "Answers are exact quotes until then.")
    started = time.monotonic()
    try:
        reply = model.invoke(load("probe"))
    except Exception as error:  # noqa: BLE001 - the boundary to a provider's client
        trouble = trouble_of(error) or Trouble(Kind.NONSENSE, type(error).__name__)
        advice = _ADVICE.get(trouble.kind, "Answers are exact quotes until then.")
        told = f"{spec.name}: {trouble.kind.value} ({trouble.detail})"
        return broken("language model", told, advice)
    seconds = time.monotonic() - started
    told = f"{spec.name} answered in {seconds:.1f} s"
    if not reply.text.strip():
        return warning("language model", f"{spec.name} answered with nothing", "Try another.")
    if seconds > SLOW:
        advice = "A question takes several replies: people will wait. Try a faster model."
        return warning("language model", told, advice)
    return ok("language model", told)
