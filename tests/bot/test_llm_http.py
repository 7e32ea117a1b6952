"""A connection to a model's server goes where it was sent, and ends: whoever's client it is."""

from __future__ import annotations

import gzip

import httpx
import pytest

from bot.llm import ModelSpec, _options
from bot.llm_http import LARGEST_REPLY, ReplyTooLarge, arguments, guard

SERVER = "https://models.example"


def answers(request: httpx.Request) -> httpx.Response:
    """By path: elsewhere, packed, too long, or what was asked for."""
    match request.url.path:
        case "/moved":
            return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})
        case "/packed":
            assert request.headers["Accept-Encoding"] == "identity"
            packed = {"Content-Encoding": "gzip"}
            return httpx.Response(
                200, headers=packed, stream=httpx.ByteStream(gzip.compress(b"{}"))
            )
        case "/long":
            return httpx.Response(200, stream=httpx.ByteStream(b"x" * (LARGEST_REPLY + 1)))
        case _:
            assert request.url.host == "models.example"
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))


def guarded(how: str) -> httpx.Client:
    transport = httpx.MockTransport(answers)
    if how == "made so":
        return httpx.Client(transport=transport, **arguments())
    client = httpx.Client(transport=transport, follow_redirects=True)
    guard(client)
    return client


@pytest.mark.parametrize("how", ["made so", "guarded afterwards"])
def test_redirects_are_not_followed_and_replies_end(how: str) -> None:
    with guarded(how) as client:
        assert client.get(f"{SERVER}/").json() == {}
        assert client.get(f"{SERVER}/moved").status_code == 307
        for path in ("packed", "long"):
            with pytest.raises(ReplyTooLarge):
                client.get(f"{SERVER}/{path}")


async def test_the_same_holds_for_an_asynchronous_client() -> None:
    options = _options(ModelSpec("ollama:llama", timeout=7.0))["client_kwargs"]
    async with httpx.AsyncClient(transport=httpx.MockTransport(answers), **options) as client:
        assert client.timeout.read == 7.0
        assert (await client.get(f"{SERVER}/")).json() == {}
        assert (await client.get(f"{SERVER}/moved")).status_code == 307
        for path in ("packed", "long"):
            with pytest.raises(ReplyTooLarge):
                await client.get(f"{SERVER}/{path}")
