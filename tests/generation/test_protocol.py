from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from typing import get_args

import pytest

from generation import protocol

MESSAGES = (*get_args(protocol.Command), *get_args(protocol.Event))
EXAMPLE = protocol.Generate("job", "e", "m", (protocol.Phrase("a", 2.0),), 32, 32, 5, 7, b"init", 0.5)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_message_is_a_frozen_slotted_value(message):
    assert dataclasses.is_dataclass(message)
    assert vars(message)["__dataclass_params__"].frozen
    assert "__slots__" in vars(message)


def test_a_message_survives_the_pipe():
    assert pickle.loads(pickle.dumps(EXAMPLE)) == EXAMPLE


def test_a_message_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EXAMPLE.seed = 8  # type: ignore[misc]


def test_only_the_standard_library_is_imported():
    code = (
        "import sys; before = set(sys.modules); import generation.protocol\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*(new - set(sys.stdlib_module_names) - {'generation'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("\n", "")
