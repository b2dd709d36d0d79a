"""What is compared with what. Nothing heavy is imported: a contestant's imports count as its own time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROMPT = "a lighthouse in a storm, oil on canvas"


@dataclass(frozen=True, slots=True)
class Case:
    """One size of task: square pictures of `side` pixels, seen in so many cutouts."""

    side: int
    cutouts: int
    device: str
    threads: int


@dataclass(frozen=True, slots=True)
class Files:
    """Where the same weights lie for both sides."""

    folder: Path

    @property
    def models_dir(self) -> Path:
        """Gala's `models_dir`, with one model."""
        return self.folder / "models"

    @property
    def model(self) -> str:
        """Its name."""
        return "random"

    @property
    def vqgan_yaml(self) -> Path:
        """The peer's `--vqgan_config`."""
        return self.folder / "vqgan.yaml"

    @property
    def vqgan_checkpoint(self) -> Path:
        """The peer's `--vqgan_checkpoint`."""
        return self.folder / "vqgan.ckpt"

    @property
    def clip_checkpoint(self) -> Path:
        """The peer's `--clip_model`."""
        return self.folder / "clip.pt"
