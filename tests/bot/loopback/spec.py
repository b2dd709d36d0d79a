"""Checks recorded requests against Discord's own description of its API, where that lies at hand.

GALA_SPEC_CHECK is the path of the checking tool, GALA_SPEC that of the description (discord-openapi.json).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

#: Where the description lags behind what Discord documents and takes: media channels (16), forwarded messages
#: (1), and how discord.py asks for a forum's post; to which SimCord answers with 200 in place of 201. By the
#: place and the start of the fault.
GAPS = (
    (re.compile(r"channel_types\[\d+\]"), "16 is not one of [1, 3, 0, 2, 4, 5, 10, 11, 12, 13, 14, 15]"),
    (re.compile(r"message_reference\.type"), "1 is not one of [0]"),
    (re.compile(r"query\.use_nested_fields"), "unknown query parameter"),
    (re.compile(r"^response$"), "status 200 is not defined for this operation (201, 429, 4XX)"),
)

needed = pytest.mark.skipif(
    not (os.environ.get("GALA_SPEC_CHECK") and os.environ.get("GALA_SPEC")),
    reason="GALA_SPEC_CHECK and GALA_SPEC do not name Discord's description and the tool that reads it",
)


def findings(recording: Path) -> list[str]:
    """What is wrong with the requests (and answers) of a recording; injected answers are passed over."""
    tool, spec = os.environ["GALA_SPEC_CHECK"], os.environ["GALA_SPEC"]
    lines = recording.read_text(encoding="utf-8").splitlines()
    kept = list({shape(line): line for line in lines if not json.loads(line).get("injected")}.values())
    done = subprocess.run(
        [sys.executable, tool, "--spec", spec, "--json", "-"],
        input="\n".join(kept),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    checked = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(checked) == len(kept), done.stderr
    return [
        f"{entry['method']} {entry['path']}: {item['where']}: {item['msg']}"
        for entry in checked
        for item in entry["violations"]
        if item["kind"] != "note" and not is_gap(entry["path"], item["where"], item["msg"])
    ]


def shape(line: str) -> str:
    """What of an entry the description can judge: thousands differ in numbers and times alone."""
    entry = {name: value for name, value in json.loads(line).items() if name not in ("time", "seconds")}
    return re.sub(r"\d+", "0", json.dumps(entry, sort_keys=True))


def is_gap(path: str, where: str, fault: str) -> bool:
    """Whether the description is known to be wrong there, or the answer is SimCord's own: AutoMod's rules."""
    if "/auto-moderation/" in path and where.startswith("response"):
        return True
    return any(place.search(where) and fault.startswith(start) for place, start in GAPS)
