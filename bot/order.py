"""What a member asks for, and the job that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.quota import Asker
from bot.zoom import to_row
from generation.protocol import Motion, Origin, Target
from storage.jobs import Job, Status, new_id, pace_of

#: In a job's `detail`: an admin has cancelled it, and its member is to hear of that.
CLEARED = "cleared"
#: In a finished job's `detail`: the picture ended early because nothing more happened.
SETTLED = "settled"
#: In a job's `detail`: the channel in which its result was to stand is closed, so it stands in another.
ASTRAY = "astray"


@dataclass(frozen=True, slots=True)
class Order:
    """What a member asks for, complete. Sizes are pixels; `init` is a picture from `read_init`."""

    guild_id: int
    channel_id: int
    member_id: int
    locale: str
    prompt: str
    engine: str
    model: str
    width: int
    height: int
    steps: int
    seed: int
    init: bytes | None
    init_weight: float
    upload_limit_bytes: int
    origin: Origin | None = None  #: where `init` is an earlier picture
    place_id: int = 0  #: of a thread, the channel that it belongs to; 0: `channel_id`
    role_ids: tuple[int, ...] = ()
    booster: bool = False
    private: bool = False  #: asked for in a private thread
    stop_step: int | None = None  #: where it is to end
    parent: str | None = None  #: the code of the generation that it starts from
    result_channel_id: int | None = None  #: where the result is to stand; None: in `channel_id`
    turns: str | None = None  #: what it is steered to on its way; `bot.turns` reads it
    grid: int = 1  #: how many pictures it makes
    candidate: int | None = None  #: of the sheet that `init` is, the picture to go on from
    keep: float | None = None  #: the share of the start's rows that stay, from the top
    motion: Motion | None = None  #: where it is to be a film
    targets: tuple[Target, ...] = ()  #: pictures that it is to resemble
    instead_of: str | None = None  #: the model that does not read the prompt's language

    @property
    def pace(self) -> str:
        """As of the job that it becomes."""
        film = self.motion is not None
        return pace_of(self.model, self.grid, self.candidate, self.keep, film=film)

    @property
    def asker(self) -> Asker:
        """Who asks, and where, for the quotas."""
        place_id = self.place_id or self.channel_id
        return Asker(self.guild_id, place_id, self.member_id, self.role_ids, self.booster)


def accepted(order: Order, init_sha256: str | None, now: float, targets: str | None = None) -> Job:
    """Make the job of an order, with a new id. `now` is Unix time, `targets` what the row says of its own."""
    return Job(
        id=new_id(),
        guild_id=order.guild_id,
        channel_id=order.channel_id,
        member_id=order.member_id,
        locale=order.locale,
        prompt=order.prompt,
        engine=order.engine,
        model=order.model,
        width=order.width,
        height=order.height,
        steps=order.steps,
        seed=order.seed,
        init_sha256=init_sha256,
        init_weight=order.init_weight,
        upload_limit_bytes=order.upload_limit_bytes,
        origin=order.origin,
        status=Status.QUEUED,
        created_at=now,
        place_id=order.place_id or order.channel_id,
        private=order.private,
        stop_step=order.stop_step,
        parent=order.parent,
        result_channel_id=order.result_channel_id,
        grid=order.grid,
        candidate=order.candidate,
        keep=order.keep,
        turns=order.turns,
        motion=to_row(order.motion),
        targets=targets,
        instead_of=order.instead_of,
    )
