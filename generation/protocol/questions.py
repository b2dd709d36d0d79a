"""What is asked of a CLIP over the pipe, and its answers."""

from __future__ import annotations

from dataclasses import dataclass

from generation.protocol.values import Reason

MOST_ASKED = 256  #: pictures, or texts, of one question


@dataclass(frozen=True, slots=True)
class Embed:
    """Where pictures and texts lie in the space of a model's CLIP; `question` is the asker's name for it.

    At most `MOST_ASKED` of each. `patient`: takes but a small share of the time while runs advance.
    """

    question: str
    model: str
    pictures: tuple[bytes, ...] = ()
    texts: tuple[str, ...] = ()
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """How near each picture is to each text; otherwise as `Embed`."""

    question: str
    model: str
    pictures: tuple[bytes, ...]
    texts: tuple[str, ...]
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of unit length, little-endian float16, in the order asked; None for bytes that are no picture.

    Only vectors of one `clip_sha256`, the hash of the CLIP's file, may be compared.
    """

    question: str
    model: str
    clip_sha256: str
    pictures: tuple[bytes | None, ...]
    texts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """For each picture its cosines to the texts, -1..1; None for bytes that are no picture.

    `scale`: by what the CLIP multiplies a cosine, so that a softmax gives the shares that it was trained for.
    """

    question: str
    model: str
    clip_sha256: str
    scores: tuple[tuple[float, ...] | None, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No vectors and no scores. `detail` is for the host; of an internal fault it is the code in the log."""

    question: str
    reason: Reason
    detail: str = ""
