"""A job in the generation process, and what has been heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.speeds import Speeds
    from generation.protocol import Progress
    from storage.jobs import Job


@dataclass(slots=True)
class Running:
    """A job in the generation process, or on its way there."""

    job: Job
    sent: bool = False
    cancelled: bool = False  #: the member has asked for its end
    first: Progress | None = None  #: since the run was last begun or resumed
    latest: Progress | None = None

    def hear(self, progress: Progress) -> None:
        """Note a frame."""
        self.first = self.first or progress
        self.latest = progress

    def seconds(self) -> float | None:
        """Return the seconds of the GPU that it has had; None before its first frame."""
        return self.job.seconds if self.latest is None else self.latest.seconds

    def speed(self) -> float | None:
        """Return seconds per step and pixel; None before two frames."""
        if self.first is None or self.latest is None or self.latest.step <= self.first.step:
            return None
        seconds, steps = self.latest.seconds - self.first.seconds, self.latest.step - self.first.step
        return seconds / steps / (self.job.width * self.job.height)

    def left_s(self, speeds: Speeds) -> float | None:
        """Return the seconds that are left, by its own speed or else that of its like."""
        speed = self.speed() or speeds.of(self.job.pace)
        if speed is None:
            return None
        whole = self.latest.steps if self.latest else self.job.steps
        last = whole if self.job.stop_step is None else self.job.stop_step
        steps = max(last - (self.latest.step if self.latest else 0), 0)
        return speed * steps * self.job.width * self.job.height
