"""Films, read back by the real ffmpeg."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import imageio_ffmpeg
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Watched:
    """What there is to see. `frames` is uint8 [N, H, W, 3]."""

    codec: str
    pixels: str
    fps: float
    seconds: float
    frames: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.frames.shape[2], self.frames.shape[1]

    def colour(self, index: int) -> NDArray[np.float64]:
        """The mean colour of a frame."""
        return np.asarray(self.frames[index].reshape(-1, 3).mean(axis=0))


def watch(path: Path) -> Watched:
    """Decode every frame; fails where ffmpeg has the least to complain of."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-xerror", "-i", str(path)]
    run = subprocess.run(
        [*command, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True,
        check=True,
    )
    said = run.stderr.decode()
    video = re.search(r"Video: (\w+).*?, (\w+)[(,].*?(\d+)x(\d+).*? ([\d.]+) fps", said)
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said)
    assert video is not None, said
    assert duration is not None, said
    frames = np.frombuffer(run.stdout, np.uint8).reshape(-1, int(video[4]), int(video[3]), 3)
    seconds = int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3])
    return Watched(video[1], video[2], float(video[5]), seconds, frames)
