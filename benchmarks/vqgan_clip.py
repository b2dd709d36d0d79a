"""Gala beside the peer's own loop: step time, memory and start-up, as ratios measured in one run.

    python -m benchmarks.vqgan_clip --peer <a checkout of nerdyrodent/VQGAN-CLIP> [--core 0]

Both sides get the same weights (random, of the published networks' sizes), the same sizes and numbers of
cutouts, and else their own defaults. For every case each side starts in a process of its own; then they step
in turn, one at a time, while the others wait. It needs the extras `engine` and `reference`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cases import Case
from benchmarks.contest import Entrant, Remote


@dataclass(frozen=True, slots=True)
class Result:
    """One side in one case. Seconds of each timed step; bytes; seconds."""

    steps: tuple[float, ...]
    total: int  #: peak memory of the process
    beyond: int  #: of it, what came after loading: the step's own
    start_up: float


def main() -> None:
    arguments = _arguments()
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    cases = [
        Case(side, cutouts, arguments.device, arguments.threads)
        for side in arguments.sizes
        for cutouts in arguments.cutouts
    ]
    entrants = [Entrant("peer", checkout=arguments.peer), *(Entrant("Gala", t) for t in arguments.dtypes)]
    with tempfile.TemporaryDirectory() as folder:
        from benchmarks.networks import write_networks

        files = write_networks(Path(folder), tiny=arguments.tiny)
        rows: list[tuple[Case, Sequence[Result]]] = []
        with suppress(KeyboardInterrupt):  # what is done is reported
            for case in cases:
                remotes = [Remote(entrant, files, case) for entrant in entrants]
                rows.append((case, _compete(remotes, arguments.rounds, _uses_cpu_time(case))))
                print(_progress(case, rows[-1][1]), flush=True)
    _report(rows, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="checkout of nerdyrodent/VQGAN-CLIP")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 384, 512])
    parser.add_argument("--cutouts", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--rounds", type=int, default=3, help="timed steps of each side, after one untimed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--core", type=int, help="run everything on this core alone")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tiny", action="store_true", help="toy networks: whether it works, not how fast")
    return parser.parse_args()


def _uses_cpu_time(case: Case) -> bool:
    """Seconds of the processor are those of the clock, less what other programs took."""
    return case.device == "cpu" and case.threads == 1


def _compete(remotes: Sequence[Remote], rounds: int, cpu_time: bool) -> list[Result]:
    laps: list[list[float]] = [[] for _ in remotes]
    for number in range(rounds + 1):
        for remote, mine in zip(remotes, laps, strict=True):
            lap = remote.step()
            if number > 0:
                mine.append(lap.cpu if cpu_time else lap.wall)
    results = []
    for remote, mine in zip(remotes, laps, strict=True):
        peak = remote.peak()
        results.append(Result(tuple(mine), peak.total, peak.beyond, remote.start_up))
        remote.close()
    return results


def _progress(case: Case, results: Sequence[Result]) -> str:
    steps = ", ".join(f"{median(result.steps):.3f} s" for result in results)
    return f"{case.side} px, {case.cutouts} cutouts: {steps}"


def _report(rows: Sequence[tuple[Case, Sequence[Result]]], arguments: argparse.Namespace) -> None:
    from benchmarks.machine import describe

    names = [_NAMES[dtype] for dtype in arguments.dtypes]
    print("\n### Step time\n")
    _table(["picture", "cutouts", "peer, s", *_pairs(names, "s", "times faster")], map(_times, rows))
    print("\n### Peak memory: what a step takes beyond the loaded program, and the whole process\n")
    heads = ["picture", "cutouts", "peer, MiB", *_pairs(names, "MiB", "of the peer's")]
    _table(heads, (_memory(row, "beyond") for row in rows))
    print()
    _table(heads, (_memory(row, "total") for row in rows))
    print("\n### From the start of the program to the first frame\n")
    _table(["picture", "cutouts", "peer, s", *_pairs(names, "s", "times faster")], map(_starts, rows))
    print()
    for line in describe(arguments.device, arguments.threads):
        print(f"- {line}")
    print(f"- {arguments.rounds} rounds in turn after one untimed; medians, and of the paired ratios (range)")


_NAMES = {"float32": "Gala fp32", "bfloat16": "Gala bf16"}


def _pairs(names: Sequence[str], unit: str, ratio: str) -> list[str]:
    return [head for name in names for head in (f"{name}, {unit}", ratio)]


def _table(heads: Sequence[str], rows: object) -> None:
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:  # type: ignore[attr-defined]
        print("| " + " | ".join(row) + " |")


def _times(row: tuple[Case, Sequence[Result]]) -> list[str]:
    case, (peer, *ours) = row
    cells = [f"{case.side}", f"{case.cutouts}", f"{median(peer.steps):.2f}"]
    for own in ours:
        ratios = [theirs / mine for theirs, mine in zip(peer.steps, own.steps, strict=True)]
        cells += [f"{median(own.steps):.2f}", f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"]
    return cells


def _memory(row: tuple[Case, Sequence[Result]], field: str) -> list[str]:
    case, (peer, *ours) = row
    most = getattr(peer, field)
    cells = [f"{case.side}", f"{case.cutouts}", f"{most / 2**20:.0f}"]
    for own in ours:
        mine = getattr(own, field)
        cells += [f"{mine / 2**20:.0f}", f"{mine / most:.3f}"]
    return cells


def _starts(row: tuple[Case, Sequence[Result]]) -> list[str]:
    case, (peer, *ours) = row
    cells = [f"{case.side}", f"{case.cutouts}", f"{peer.start_up:.1f}"]
    for own in ours:
        cells += [f"{own.start_up:.1f}", f"{peer.start_up / own.start_up:.1f}"]
    return cells


if __name__ == "__main__":
    main()
