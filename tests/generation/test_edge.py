from __future__ import annotations

import logging
import re

import pytest

from generation.codec import PictureError
from generation.edge import attempt
from generation.engine import Refusal
from generation.models import ModelError
from generation.protocol import Reason


class OutOfMemoryError(RuntimeError):
    """By the name that torch's has."""


def raised(error: BaseException) -> object:
    def action() -> object:
        raise error

    return attempt(action)


def test_what_succeeds_is_handed_through():
    assert attempt(lambda: 7) == 7


def test_a_refusal_stays_itself():
    refusal = Refusal(Reason.TOO_LARGE, largest=(64, 64))
    assert raised(refusal) is refusal


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (OutOfMemoryError("CUDA"), Reason.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 bytes"), Reason.OUT_OF_MEMORY),
        (PictureError("truncated"), Reason.BAD_INIT),
        (ModelError("no model is called x"), Reason.MODEL_MISSING),
        (RuntimeError("shapes"), Reason.INTERNAL),
        (ZeroDivisionError(), Reason.INTERNAL),
    ],
)
def test_every_error_has_its_reason(error: Exception, reason: Reason):
    refusal = raised(error)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


def test_a_fault_is_logged_under_the_code_that_goes_out(caplog: pytest.LogCaptureFixture):
    refusal = raised(ZeroDivisionError("in the engine"))
    assert isinstance(refusal, Refusal)
    assert re.fullmatch("[0-9a-f]{8}", refusal.detail)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, f"fault {refusal.detail}")
    ]
    assert "in the engine" in caplog.text


def test_an_end_of_the_process_is_no_fault():
    with pytest.raises(SystemExit):
        raised(SystemExit(3))
