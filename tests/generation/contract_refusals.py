"""The laws of what an engine refuses, and of the reason that it gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.engine import Refusal
from generation.protocol import Generate, Reason
from tests.generation.contract_runs import Make


def a_foreign_checkpoint_is_refused(make: Make, request: Generate) -> None:
    engine = make()
    data = engine.snapshot(engine.begin(request, 0))
    for checkpoint in (b"", b"nonsense", data[:-3], data[:40] + b"\xff" + data[41:]):
        with pytest.raises(Refusal) as caught:
            engine.begin(replace(request, checkpoint=checkpoint), 0)
        assert caught.value.reason is Reason.BAD_REQUEST
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(request, seed=request.seed + 1, checkpoint=data), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def what_is_too_large_is_refused_in_words(make: Make, request: Generate) -> None:
    engine = make()
    huge = replace(request, width=request.width * 2**12, height=request.height * 2**12)
    with pytest.raises(Refusal) as caught:
        engine.begin(huge, 0)
    refusal = caught.value
    assert refusal.reason is Reason.TOO_LARGE
    assert refusal.detail
    assert refusal.largest is not None
    width, height = refusal.largest
    assert width / height == pytest.approx(huge.width / huge.height, rel=0.05)
    assert engine.memory(huge) > engine.memory(replace(request, width=width, height=height)) > 0
    assert width * height <= engine.info.max_pixels * 1.05


def bad_requests_are_refused(make: Make, request: Generate) -> None:
    engine = make()
    bad = (
        replace(request, model="no such model"),
        replace(request, steps=0),
        replace(request, width=0),
        replace(request, height=request.height + 1),
        replace(request, phrases=()),
        replace(request, phrases=(replace(request.phrases[0], weight=0.0),)),
        replace(request, phrases=(replace(request.phrases[0], weight=float("nan")),)),
        replace(request, phrases=(replace(request.phrases[0], weight=float("inf")),)),
    )
    for one in bad:
        with pytest.raises(Refusal) as caught:
            engine.begin(one, 0)
        assert caught.value.reason is Reason.BAD_REQUEST


def an_init_that_is_no_picture_is_refused(make: Make, request: Generate) -> None:
    with pytest.raises(Refusal) as caught:
        make().begin(replace(request, init=b"not a picture"), 0)
    assert caught.value.reason is Reason.BAD_INIT
