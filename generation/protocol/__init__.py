"""What crosses the pipe between the bot and the generation process.

Standard library only: this is the one package that both sides import. Messages are frozen values; pictures
cross as encoded bytes, never as arrays. Every `Generate` is answered by exactly one of `Finished`, `Failed`
or `Cancelled`, every `Embed` and `Score` by `Embedded`, `Scored` or `Unanswered`; frames may be lost on the
way, results and a film's shots never.
"""

from __future__ import annotations

from generation.protocol.commands import Cancel, Generate, Shutdown, Steer, Stop
from generation.protocol.news import (
    Cancelled,
    Checkpoint,
    EngineInfo,
    Failed,
    Finished,
    Heartbeat,
    Progress,
    Ready,
    Recipe,
    Shot,
    Started,
    Steered,
)
from generation.protocol.questions import MOST_ASKED, Embed, Embedded, Score, Scored, Unanswered
from generation.protocol.values import (
    Manner,
    Motion,
    Noise,
    Origin,
    Phrase,
    Reason,
    Settings,
    Start,
    Target,
    Turn,
)

VERSION = 7
Question = Embed | Score
Answer = Embedded | Scored | Unanswered
Command = Generate | Cancel | Stop | Steer | Question | Shutdown
News = Ready | Started | Progress | Shot | Checkpoint | Steered | Finished | Failed | Cancelled | Heartbeat
Event = News | Answer

__all__ = [
    "MOST_ASKED",
    "VERSION",
    "Answer",
    "Cancel",
    "Cancelled",
    "Checkpoint",
    "Command",
    "Embed",
    "Embedded",
    "EngineInfo",
    "Event",
    "Failed",
    "Finished",
    "Generate",
    "Heartbeat",
    "Manner",
    "Motion",
    "News",
    "Noise",
    "Origin",
    "Phrase",
    "Progress",
    "Question",
    "Ready",
    "Reason",
    "Recipe",
    "Score",
    "Scored",
    "Settings",
    "Shot",
    "Shutdown",
    "Start",
    "Started",
    "Steer",
    "Steered",
    "Stop",
    "Target",
    "Turn",
    "Unanswered",
]
