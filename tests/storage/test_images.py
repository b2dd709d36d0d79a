from __future__ import annotations

import asyncio
import hashlib
import resource
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from storage.errors import DatabaseReadOnly
from storage.images import ImageDamaged, ImageMissing, Images, StorageFull
from tests.storage.examples import as_nobody

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = bytes(range(256)) * 100
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return Images(tmp_path / "pictures")


@contextmanager
def largest_file(limit_bytes: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond this, as it does on a full disk."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_bytes_come_back_by_their_hash(images: Images):
    assert await images.put(DATA) == SHA256
    assert await images.get(SHA256) == DATA
    assert images.path(SHA256).parent.name == SHA256[:2]


async def test_the_same_bytes_lie_there_once(images: Images, tmp_path: Path):
    assert set(await asyncio.gather(*(images.put(DATA) for _ in range(8)))) == {SHA256}
    assert files(tmp_path) == [images.path(SHA256)]


async def test_a_missing_file_is_told(images: Images):
    with pytest.raises(ImageMissing):
        await images.get(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
async def test_what_is_not_a_hash_never_becomes_a_path(images: Images, name: str):
    with pytest.raises(ImageMissing):
        await images.get(name)


@pytest.mark.parametrize("damaged", [DATA[:-1], DATA[:-1] + b"x", b""])
async def test_damaged_bytes_are_told_and_can_be_written_anew(images: Images, damaged: bytes):
    await images.put(DATA)
    images.path(SHA256).write_bytes(damaged)
    with pytest.raises(ImageDamaged):
        await images.get(SHA256)
    await images.put(DATA)
    assert await images.get(SHA256) == DATA


async def test_a_dropped_file_is_gone_and_may_be_dropped_again(images: Images, tmp_path: Path):
    await images.put(DATA)
    await images.drop(SHA256)
    await images.drop(SHA256)
    assert files(tmp_path) == []


async def test_a_full_disk_leaves_nothing_half_written(images: Images, tmp_path: Path):
    with largest_file(1000), pytest.raises(StorageFull, match="disk is full"):
        await images.put(DATA)
    assert files(tmp_path) == []
    assert await images.put(DATA) == SHA256


async def test_a_folder_that_may_not_be_written_is_told(open_folder: Path):
    with as_nobody(), pytest.raises(DatabaseReadOnly, match="cannot be written"):
        await Images(open_folder / "pictures").put(DATA)


async def test_a_kill_while_writing_never_leaves_a_named_file_that_is_not_whole(tmp_path: Path):
    """Many large writes, killed at growing delays: whatever has a name has all of its bytes."""
    script = (
        "import asyncio, sys; from storage.images import Images\n"
        "async def main():\n"
        "    images = Images(sys.argv[1]); n = 0\n"
        "    while True:\n"
        "        n += 1; await images.put(n.to_bytes(4, 'big') * 500_000); print(n, flush=True)\n"
        "asyncio.run(main())"
    )
    for delay_s in (0.0, 0.003, 0.009, 0.017):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script, str(tmp_path)), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(delay_s)
        process.kill()
        await process.wait()
    whole = [path for path in files(tmp_path) if not path.name.startswith(".")]
    assert len(whole) >= 1
    for path in whole:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


async def test_sweeping_removes_what_was_left_half_written_and_nothing_else(images: Images, tmp_path: Path):
    await images.put(DATA)
    (images.path(SHA256).parent / ".new-left").write_bytes(b"half")
    await images.sweep()
    assert files(tmp_path) == [images.path(SHA256)]
