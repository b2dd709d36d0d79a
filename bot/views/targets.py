"""The target images of what members ask for: attached, named by code, or those of an earlier picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.handover import targets_of
from bot.prompt import Prompt, parse
from bot.request import Request, goes_on
from bot.targets import aims_of, weighed, with_attached
from bot.views.sight import shown
from bot.views.tickets import Interaction, desk_of
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.protocol import Target
    from storage.generations import Generation
    from storage.jobs import Job


async def aimed(
    interaction: Interaction, requests: Sequence[Request], attached: Sequence[bytes] = ()
) -> list[Request]:
    """The requests with the pictures that their flags weigh and name. Raises `UserError`."""
    known: dict[str, bytes] = {}
    for code in dict.fromkeys(code for request in requests for code in codes_of(parse(request.prompt)[0])):
        known[code] = await _picture(interaction, code)
    return [_aimed(request, attached, known) for request in requests]


def codes_of(prompt: Prompt) -> list[str]:
    """The codes of the earlier pictures that a prompt names as its targets."""
    return [aim.code for aim in prompt.flags.target or ()]


async def aimed_as(interaction: Interaction, request: Request, row: Job | Generation) -> Request:
    """The request with an earlier picture's targets, if its engine has a use for them. Raises `UserError`."""
    if not row.targets or not goes_on(request.engine):
        return request
    return replace(request, targets=await _of_row(interaction, row))


async def attached_of(interaction: Interaction, row: Job | Generation) -> list[bytes]:
    """Those targets of an earlier picture that were attached. Raises `UserError` where one is lost."""
    if not row.targets:
        return []
    count = len(parse(row.prompt)[0].flags.tw or ())
    return [target.picture for target in (await _of_row(interaction, row))[:count]]


def as_told(prompt: Prompt, attached: Sequence[bytes]) -> Prompt:
    """Check that a prompt weighs no more attached targets than there are. Raises `UserError`."""
    return with_attached(prompt, min(len(attached), len(prompt.flags.tw or ())))


async def _of_row(interaction: Interaction, row: Job | Generation) -> tuple[Target, ...]:
    try:
        return await targets_of(row, desk_of(interaction).images)
    except StorageError as error:
        raise UserError("target-lost") from error


def _aimed(request: Request, attached: Sequence[bytes], known: dict[str, bytes]) -> Request:
    prompt = parse(request.prompt)[0]
    pictures = [*attached[: len(prompt.flags.tw or ())], *(known[code] for code in codes_of(prompt))]
    return replace(request, targets=weighed(aims_of(prompt.flags), pictures))


async def _picture(interaction: Interaction, code: str) -> bytes:
    """An earlier picture that the member may see. Raises `UserError`."""
    desk, generation = desk_of(interaction), await shown(interaction, code)
    job = await desk.jobs.get(generation.job_id)
    if job is not None and job.grid > 1:
        raise UserError("target-is-grid", code=code)
    picture = await desk.past.picture(generation)
    if picture is None:
        raise UserError("target-gone", code=code)
    return picture
