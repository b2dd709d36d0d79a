"""Task groups raise groups of errors; whoever waits for one wants the error that tells why."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unwrapped(*kinds: type[Exception]) -> Iterator[None]:
    """Raise the first error of one of these kinds in place of a group that holds it."""
    try:
        yield
    except BaseExceptionGroup as errors:
        found: BaseException | None = errors.subgroup(kinds)
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if found is None:
            raise
        raise found from errors
