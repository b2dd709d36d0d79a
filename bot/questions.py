"""What the bot asks of the generation process beside pictures: vectors and scores of its CLIPs.

Each question has a name of its own and gets one answer, or a `NoAnswer` that says what a member may do. A
question that the process takes with it in death is asked once more of the next one; those asked while there
is none wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.errors import UserError
from generation import protocol
from generation.protocol import Answer, Embed, Embedded, Question, Reason, Score, Scored

PATIENCE_S = 20.0  #: of somebody who waits for an answer
BACKGROUND_S = 600.0  #: of what nobody waits for
MOST_DEATHS = 2  #: of processes that a question was put to

_WORDS: Mapping[Reason, str] = MappingProxyType(
    {Reason.WORKER_LOST: "unanswered-lost", Reason.MODEL_MISSING: "unanswered-model"}
)

log = logging.getLogger(__name__)


class NoAnswer(UserError):
    """A question that has no answer; the text is for whoever set it off."""

    def __init__(self, message_id: str, reason: Reason, detail: str) -> None:
        super().__init__(message_id)
        self.reason = reason
        self.detail = detail


@dataclass(slots=True)
class Asked:
    """A question under way."""

    question: Question
    answer: asyncio.Future[Answer]
    deaths: int = 0


class Questions:
    """The questions under way. `begin` and `lost` tell of processes that come and go."""

    def __init__(self, patience_s: float = PATIENCE_S, background_s: float = BACKGROUND_S) -> None:
        self._patience_s, self._background_s = patience_s, background_s
        self._send: Callable[[Question], None] | None = None
        self._asked: dict[str, Asked] = {}
        self._closed = False

    async def embed(
        self,
        model: str,
        *,
        pictures: Sequence[bytes] = (),
        texts: Sequence[str] = (),
        patient: bool = False,
    ) -> Embedded:
        """The vectors of pictures and texts; `patient`: nobody waits for them. Raises `NoAnswer`."""
        answer = await self._ask(Embed(new_name(), model, tuple(pictures), tuple(texts), patient))
        assert isinstance(answer, Embedded)
        return answer

    async def score(
        self, model: str, *, pictures: Sequence[bytes], texts: Sequence[str], patient: bool = False
    ) -> Scored:
        """Every picture's cosines to the texts; `patient`: nobody waits for them. Raises `NoAnswer`."""
        answer = await self._ask(Score(new_name(), model, tuple(pictures), tuple(texts), patient))
        assert isinstance(answer, Scored)
        return answer

    # --- the process's side

    def begin(self, send: Callable[[Question], None]) -> None:
        """Put all that is open to a process that is ready."""
        self._send = send
        for asked in self._asked.values():
            send(asked.question)

    def answered(self, answer: Answer) -> None:
        """Hand an answer to who has asked, if they still wait."""
        asked = self._asked.get(answer.question)
        if asked is not None and not asked.answer.done():
            asked.answer.set_result(answer)

    def lost(self, how: str) -> None:
        """The process is gone: what was put to it is put to the next one, but not for ever."""
        put = self._send is not None
        self._send = None
        for name, asked in self._asked.items():
            asked.deaths += put
            if asked.deaths >= MOST_DEATHS:
                self.answered(protocol.Unanswered(name, Reason.WORKER_LOST, how))

    def close(self) -> None:
        """No process will come any more."""
        self._send, self._closed = None, True
        for name in self._asked:
            self.answered(protocol.Unanswered(name, Reason.WORKER_LOST, "closed"))

    async def _ask(self, question: Question) -> Answer:
        if self._closed:
            raise NoAnswer("unanswered-lost", Reason.WORKER_LOST, "closed")
        asked = Asked(question, asyncio.get_running_loop().create_future())
        self._asked[question.question] = asked
        if self._send is not None:
            self._send(question)
        try:
            async with asyncio.timeout(self._background_s if question.patient else self._patience_s):
                answer = await asked.answer
        except TimeoutError:
            raise NoAnswer("unanswered-late", Reason.WORKER_LOST, "no answer in time") from None
        finally:
            del self._asked[question.question]
        if isinstance(answer, protocol.Unanswered):
            log.warning("a question of the model %s has no answer: %s", question.model, answer)
            words = _WORDS.get(answer.reason, "unanswered-fault")
            raise NoAnswer(words, answer.reason, answer.detail)
        return answer


def new_name() -> str:
    """A name for a question."""
    return secrets.token_hex(8)
