"""Questions to the real process: answered, timed out, and put again when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bot.locales import LOCALES, texts_for
from bot.questions import NoAnswer, Questions
from generation.protocol import Embedded, Finished, Ready, Reason
from tests.bot.working import a_worker
from tests.generation.pipe import TOY, a_request
from tests.generation.test_questions import BLUE, RED


async def test_a_question_gets_its_answer_though_it_was_asked_before_there_was_a_process():
    async with a_worker() as one:
        asked = one.worker.questions.embed("toy", pictures=[RED], texts=["red", "blue"])
        embedded = await asked
        assert (len(embedded.pictures), len(embedded.texts)) == (1, 2)
        scored = await one.worker.questions.score("toy", pictures=[RED, b"", BLUE], texts=["blue"])
        red, nothing, blue = scored.scores
        assert nothing is None
        assert red == pytest.approx((0,), abs=0.01)
        assert blue == pytest.approx((1,), abs=0.01)


async def test_many_questions_at_once_get_each_its_own_answer():
    async with a_worker() as one:
        shades = [f"{'red ' * number}blue" for number in range(1, 30)]
        answers = await asyncio.gather(*(one.worker.questions.embed("toy", texts=[text]) for text in shades))
        again = [await one.worker.questions.embed("toy", texts=[text]) for text in shades]
        assert [answer.texts for answer in answers] == [answer.texts for answer in again]


async def test_what_cannot_be_answered_is_told_in_words_of_both_languages():
    async with a_worker() as one:
        with pytest.raises(NoAnswer) as missing:
            await one.worker.questions.embed("no such model", texts=["red"])
        with pytest.raises(NoAnswer) as fault:
            await one.worker.questions.score("toy", pictures=[RED], texts=["raise@0"])
    assert missing.value.reason is Reason.MODEL_MISSING
    assert "no such model" in missing.value.detail
    assert fault.value.reason is Reason.INTERNAL
    for error in (missing.value, fault.value):
        for locale in LOCALES:
            assert texts_for(locale).get(error.message_id)


async def test_a_question_that_outlives_one_process_is_answered_by_the_next(tmp_path: Path):
    async with a_worker() as one:
        text = f"crash-times@1:{tmp_path}/crashes"
        embedded = await one.worker.questions.embed("toy", texts=[text, "red"])
        assert isinstance(embedded, Embedded)
        assert (tmp_path / "crashes").stat().st_size == 1


async def test_a_question_that_kills_is_not_put_for_ever(tmp_path: Path):
    async with a_worker() as one:
        with pytest.raises(NoAnswer) as lost:
            await one.worker.questions.embed("toy", texts=[f"crash-times@9:{tmp_path}/crashes"])
        assert lost.value.message_id == "unanswered-lost"
        assert (tmp_path / "crashes").stat().st_size == 2
        assert await one.worker.questions.embed("toy", texts=["red"])


async def test_a_job_beside_a_question_survives_the_question():
    async with a_worker() as one:
        one.worker.send(a_request("a", "slow@5", steps=30))
        with pytest.raises(NoAnswer):
            await one.worker.questions.embed("toy", texts=["oom@0"])
        assert isinstance((await one.answers(1))["a"], Finished)


async def test_a_late_answer_is_nobodys():
    async with a_worker() as one:
        await one.until(Ready)
        one.worker.questions = hasty = Questions(patience_s=0.2)
        assert one.worker.pid is not None
        os.kill(one.worker.pid, signal.SIGKILL)
        await one.until(Ready)  # the next process knows the hasty ones
        with pytest.raises(NoAnswer) as late:
            await hasty.embed("toy", texts=["slow@600"])
        assert late.value.message_id == "unanswered-late"
        embedded = await hasty.embed("toy", texts=["red"], patient=True)
        assert len(embedded.texts) == 1


async def test_a_caller_that_leaves_leaves_nothing_behind():
    async with a_worker() as one:
        await one.until(Ready)
        asked = asyncio.create_task(one.worker.questions.embed("toy", texts=["slow@100"]))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await one.worker.questions.embed("toy", texts=["red"])


async def test_at_the_close_every_question_is_answered_and_none_is_taken_any_more():
    async with a_worker(replace(TOY, threads=1)) as one:
        await one.until(Ready)
        asked = asyncio.create_task(one.worker.questions.embed("toy", texts=["slow@300"] * 50))
        await asyncio.sleep(0.05)
    with pytest.raises(NoAnswer):
        await asked
    with pytest.raises(NoAnswer):
        await one.worker.questions.embed("toy", texts=["red"])
