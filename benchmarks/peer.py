"""The peer: nerdyrodent's VQGAN-CLIP `generate.py`, its own code, run from a checkout.

Everything up to its endless loop is executed as it stands; then its own `train` does the steps. Only imports
that have died since, or that no default option needs, are answered by stand-ins.
"""

from __future__ import annotations

import re
import sys
import time
import warnings
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from benchmarks.cases import PROMPT, Case, Files

_LOOP = re.compile(r"^# Do it\ntry:$", re.MULTILINE)


class Peer:
    """generate.py before its first step."""

    def __init__(self, checkout: Path, files: Files, case: Case) -> None:
        source = (checkout / "generate.py").read_text(encoding="utf-8")
        loop = _LOOP.search(source)
        if loop is None:
            raise SystemExit(f"{checkout}: this generate.py has no loop that the benchmark knows")
        _stand_in()
        sys.argv = ["generate.py", *_options(files, case)]
        self._names: dict[str, Any] = {"__name__": "generate"}
        self._next = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source[: loop.start()], "generate.py", "exec"), self._names)

    def first_frame(self) -> float:
        """The first step writes the start as a picture; returns when (Unix seconds)."""
        shown: list[float] = []
        checkin = self._names["checkin"]

        def watched(*arguments: object) -> None:
            checkin(*arguments)
            shown.append(time.time())

        self._names["checkin"] = watched
        self.step()
        self._names["checkin"] = checkin
        return shown[0]

    def rest(self) -> None:
        """Nothing stands between two steps but weights, latent and moments."""

    def start(self) -> None:
        """It has started."""

    def step(self) -> None:
        """One iteration; every fiftieth also writes a picture, as the peer does."""
        self._names["i"] = self._next
        self._names["train"](self._next)
        self._next += 1


def _options(files: Files, case: Case) -> list[str]:
    side = str(case.side)
    return [
        *("--prompts", PROMPT, "--seed", "0", "--size", side, side, "--num_cuts", str(case.cutouts)),
        *("--vqgan_config", str(files.vqgan_yaml), "--vqgan_checkpoint", str(files.vqgan_checkpoint)),
        *("--clip_model", str(files.clip_checkpoint), "--output", str(files.folder / "peer.png")),
        *("--cuda_device", "cpu" if case.device == "cpu" else "cuda:0"),
    ]


def _stand_in() -> None:
    """The first two serve training alone and no longer import; the others no default option needs."""
    _module("pytorch_lightning", LightningModule=nn.Module)
    _module("taming.main", instantiate_from_config=_instantiate)
    _module("torch_optimizer", DiffGrad=None, AdamP=None)
    declare_detection_operators()
    _module("CLIP", clip=import_module("clip.clip"))


def _module(name: str, **names: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(names)
    sys.modules[name] = module


def _instantiate(config: Any) -> object:
    module, _, name = str(config["target"]).rpartition(".")
    return getattr(import_module(module), name)(**config.get("params", {}))


@cache
def declare_detection_operators() -> torch.library.Library | None:
    """A torchvision built for CUDA does not import beside a torch built for the CPU unless these exist.

    They exist as long as the library that is returned, hence the cache.
    """
    if torch.version.cuda is not None:
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    return library
