"""Films of a making, or of a camera's way: pictures become an MP4, a WebM, an animated WebP or a GIF.

It fades from one to the next; at most two of the pictures are in memory at a time. MP4 and WebM are made by
the ffmpeg that comes with imageio-ffmpeg, a process of its own that is fed frame by frame; the other two by
Pillow. All this blocks: call it in a thread.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Final, Literal

from PIL import Image

from generation.codec import PictureError, decode_rgb

FORMATS = (".mp4", ".webm", ".webp", ".gif")
LEAST_PICTURES = 3  #: fewer show no making

HOLD_FIRST_S = 0.5
HOLD_LAST_S = 2.0
LEAST_BITS_PER_S = 16_000  # below that x264 refuses
PATIENCE_S = 300.0  # for one run of ffmpeg

Kind = Literal["too-short", "too-large", "no-encoder", "failed"]


class FilmError(Exception):
    """There is no film; `kind` says why, the text more of it."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a film takes from its first picture to its last, without what both are held for."""

    step_s: float = 0.15  #: from one picture to the next, as far as the bounds allow
    least_s: float = 3.0
    most_s: float = 12.0

    def way_s(self, count: int) -> float:
        """Seconds from the first of so many pictures to the last."""
        return min(max(self.step_s * (count - 1), self.least_s), self.most_s)

    def at(self, speed: float) -> Pace:
        """The same so many times as fast."""
        return Pace(self.step_s / speed, self.least_s / speed, self.most_s / speed)


MAKING: Final = Pace()
TRAVEL: Final = Pace(1 / 12, 0.0, 60.0)  #: of a camera's way: every picture counts


@dataclass(frozen=True, slots=True)
class Take:
    """One try: how large, how fluent, and how good. `bits_per_s` None: as `quality` has it."""

    longest: int
    fps: int
    quality: int  #: CRF for ffmpeg (less is better), 0..100 for Pillow (more is better)
    bits_per_s: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What a film is to show, and how fast. `tell` is called from the thread that makes it."""

    pictures: Sequence[Path]
    pace: Pace = MAKING
    tell: Callable[[float], object] = lambda _: None  #: the share that is done, 0..1; anew with each take


@dataclass(frozen=True, slots=True)
class Reel:
    """The pictures, fitted to one even size, and the film's frames that are made of them."""

    script: Script
    width: int
    height: int
    fps: int

    @classmethod
    def of(cls, script: Script, take: Take) -> Reel:
        """The reel in the last picture's size, as far as the take allows. Raises `FilmError`."""
        last = load(script.pictures, len(script.pictures) - 1)
        scale = min(1.0, take.longest / max(last.size))
        width, height = (max(2, 2 * int(side * scale / 2)) for side in last.size)
        return cls(script, width, height, take.fps)

    @property
    def moments(self) -> list[float]:
        """Where each frame of the film stands among the pictures; 1.5 is half-way from the second on."""
        count = len(self.script.pictures)
        way, last = max(1, round(self.script.pace.way_s(count) * self.fps)), count - 1
        first_hold, last_hold = round(HOLD_FIRST_S * self.fps), round(HOLD_LAST_S * self.fps)
        return [0.0] * first_hold + [last * i / way for i in range(way)] + [float(last)] * last_hold

    def frames(self) -> Iterator[Image.Image]:
        """The film's frames, one after the other. Raises `FilmError`."""
        near: dict[int, Image.Image] = {}
        moments = self.moments
        for number, moment in enumerate(moments):
            self.script.tell(number / len(moments))
            before, share = int(moment), moment % 1
            wanted = [before] if share == 0 else [before, before + 1]
            near = {index: near.get(index) or self._fitted(index) for index in wanted}
            yield near[before] if share == 0 else Image.blend(near[before], near[before + 1], share)

    def _fitted(self, index: int) -> Image.Image:
        picture = load(self.script.pictures, index)
        size = (self.width, self.height)
        return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def make_film(script: Script, out: Path, *, limit_bytes: int | None = None) -> None:
    """Make a film of picture files, first to last, in the format that the name of `out` asks for.

    With a limit there are up to three takes, each smaller. `out` is there whole or not at all, and so is its
    folder. Raises `FilmError`.
    """
    if out.suffix not in FORMATS:
        raise ValueError(f"no film is called {out.name}")
    if len(script.pictures) < LEAST_PICTURES:
        raise FilmError("too-short")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".new-") as folder:
            draft = Path(folder) / out.name
            _shoot(script, draft, limit_bytes)
            draft.replace(out)
    except OSError as error:
        raise FilmError("failed", str(error)) from error


def load(pictures: Sequence[Path], index: int) -> Image.Image:
    """A picture, or in place of a damaged one the next that is whole. Raises `FilmError`."""
    for path in pictures[index:]:
        with suppress(PictureError, OSError):
            return Image.fromarray(decode_rgb(path.read_bytes()))
    raise FilmError("failed", "the last pictures cannot be read")


def _shoot(script: Script, draft: Path, limit_bytes: int | None) -> None:
    encode, takes = _crew(draft.suffix, limit_bytes, script.pace.way_s(len(script.pictures)))
    for take in takes:
        encode(Reel.of(script, take), take, draft)
        if limit_bytes is None or draft.stat().st_size <= limit_bytes:
            return
    raise FilmError("too-large", f"{draft.stat().st_size} of {limit_bytes} bytes")


def _crew(
    suffix: str, limit_bytes: int | None, way_s: float
) -> tuple[Callable[[Reel, Take, Path], None], Sequence[Take]]:
    if suffix in (".webp", ".gif"):
        return _animate, (Take(512, 12, 80), Take(320, 10, 60), Take(192, 8, 40))
    seconds = HOLD_FIRST_S + way_s + HOLD_LAST_S
    rate = max(LEAST_BITS_PER_S, int((limit_bytes or 2**30) * 8 / seconds))
    return _film, (Take(1080, 24, 18), Take(720, 24, 23, rate * 7 // 10), Take(320, 15, 28, rate * 4 // 10))


def _animate(reel: Reel, take: Take, out: Path) -> None:
    """Pillow's way."""
    frames, form = reel.frames(), out.suffix[1:].upper()
    if form == "GIF":
        frames = (frame.quantize(256, Image.Quantize.FASTOCTREE) for frame in frames)
    options = {"duration": round(1000 / reel.fps), "loop": 0, "quality": take.quality, "method": 3}
    next(frames).save(out, form, save_all=True, append_images=frames, **options)


def _film(reel: Reel, take: Take, out: Path) -> None:
    """Ffmpeg's way. Colours are marked as BT.709, without which players guess."""
    if take.bits_per_s is None:
        rate = ["-crf", str(take.quality)] + (["-b:v", "0"] if out.suffix == ".webm" else [])
    else:
        rate = [
            "-b:v",
            str(take.bits_per_s),
            "-maxrate",
            str(take.bits_per_s),
            "-bufsize",
            str(take.bits_per_s),
        ]
    codec = {
        ".mp4": ["-c:v", "libx264", "-preset", "fast", "-movflags", "+faststart"],
        ".webm": ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5"],
    }[out.suffix]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{reel.width}x{reel.height}", "-r", str(reel.fps)]
    colours = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    colours += "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    command = [ffmpeg(), "-loglevel", "error", "-y", *source, "-i", "pipe:0", "-an", "-vf", colours]
    _feed([*command, *codec, *rate, "-threads", "1", str(out)], reel.frames())


def ffmpeg() -> str:
    """The program. Raises `FilmError` where there is none."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise FilmError("no-encoder", str(error)) from error


def _feed(command: Sequence[str], frames: Iterator[Image.Image]) -> None:
    with tempfile.TemporaryFile() as words:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
            )
        except OSError as error:
            raise FilmError("no-encoder", str(error)) from error
        patience = Timer(PATIENCE_S, process.kill)
        patience.start()
        try:
            assert process.stdin is not None
            _write(process.stdin, frames)
            code = process.wait()
        finally:
            patience.cancel()
            process.kill()  # where it has not ended by itself
            process.wait()
        if code != 0:
            words.seek(0)
            raise FilmError("failed", f"ffmpeg {code}: {words.read(2000).decode(errors='replace').strip()}")


def _write(stdin: IO[bytes], frames: Iterator[Image.Image]) -> None:
    with suppress(BrokenPipeError), stdin:  # it has ended, and its exit status says why
        for frame in frames:
            stdin.write(frame.tobytes())
