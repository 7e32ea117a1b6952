"""A few damaged documents at every run; `python -m tests.bench.fuzz` tries them for minutes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench import fuzz

SEEDS = fuzz.seeds()

few = settings(suppress_health_check=list(HealthCheck))

damaged = st.integers(0, 2**32).map(lambda seed: fuzz.mutated(random.Random(seed), SEEDS))


@pytest.mark.parametrize("check", fuzz.CHECKS, ids=lambda check: check.__name__)
@few
@given(data=st.one_of(damaged, st.binary(max_size=300)), seed=st.integers(0, 9))
def test_whatever_arrives_is_read_or_refused_in_time(
    check: Callable[[bytes, random.Random], None], data: bytes, seed: int
) -> None:
    started = time.thread_time()
    check(data, random.Random(seed))
    assert time.thread_time() - started < fuzz.LONGEST


def test_an_overlong_attribute_with_a_control_character_in_its_name_goes() -> None:
    page = f"<html><body><p a\x17b='{'x' * 50_000}'>text</p><a href='/feed'>feed</a></body></html>"
    fuzz.check_discovery(page.encode(), random.Random(0))


def test_the_fuzzer_finds_what_breaks(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    def breaks(data: bytes, _dice: random.Random) -> None:
        if b"<" in data:
            raise ZeroDivisionError

    monkeypatch.setattr(fuzz, "CHECKS", (breaks,))
    monkeypatch.setattr(fuzz, "RESULTS", tmp_path)
    tally = fuzz.run(minutes=0.002, seed=1)
    assert tally.broken > 0
