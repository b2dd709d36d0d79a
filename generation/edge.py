"""Where an engine's exceptions end: each becomes a refusal, and the process lives on."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from generation.codec import PictureError
from generation.engine import Engine, Refusal, load_engine, modules
from generation.models import ModelError
from generation.protocol import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.protocol import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)


def attempt(action: Callable[[], T]) -> T | Refusal:
    """The process's edge: whatever goes wrong in an engine becomes a refusal, and the process lives on."""
    try:
        return action()
    except Refusal as refusal:
        return refusal
    except MemoryError:
        return Refusal(Reason.OUT_OF_MEMORY)
    except PictureError as error:
        return Refusal(Reason.BAD_INIT, error.kind)
    except ModelError as error:
        return Refusal(Reason.MODEL_MISSING, str(error))
    except Exception as error:  # the one broad net: an engine's fault is one job's, not everybody's
        if _out_of_memory(error):
            return Refusal(Reason.OUT_OF_MEMORY)
        code = secrets.token_hex(4)
        log.exception("fault %s", code)
        return Refusal(Reason.INTERNAL, code)


def load_engines(settings: Settings) -> tuple[dict[str, Engine], dict[str, Refusal]]:
    """Load all engines; those that cannot be loaded, each with what is to be said of it."""
    engines: dict[str, Engine] = {}
    missing: dict[str, Refusal] = {}
    for name in modules(settings):
        engine = attempt(partial(load_engine, name, settings))
        if isinstance(engine, Refusal):
            log.error("engine %s cannot be loaded: %s", name, engine)
            missing[name] = Refusal(Reason.MODEL_MISSING, engine.detail)
        else:
            engines[name] = engine
    return engines, missing


def _out_of_memory(error: Exception) -> bool:
    """Torch's own errors, told by name and text, since torch may not be loaded."""
    text = str(error)
    return type(error).__name__ == "OutOfMemoryError" or (
        isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)
    )
