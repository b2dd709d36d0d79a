"""Downloads from a host on the loopback that cuts, corrupts, redirects and forgets."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.download import DownloadError, Patience, download, next_url
from generation.published import Source
from tests.bot.file_host import FileHost, file_host

DATA = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
QUICK = Patience(attempts=3, wait_s=0.001)


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with file_host() as host:
        host.files["/model.ckpt"] = DATA
        yield host


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def source(host: FileHost, *paths: str, sha256: str = "", size: int = 0, about: int = len(DATA)) -> Source:
    return Source("model.ckpt", tuple(host.base + p for p in paths or ("/model.ckpt",)), about, size, sha256)


def no_rest(folder: Path) -> bool:
    return [path.name for path in folder.iterdir()] == ["model.ckpt"]


async def test_a_file_comes_whole_and_says_how_far(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    digest = await download(
        session,
        source(host, sha256=SHA256, size=len(DATA)),
        tmp_path / "new" / "model.ckpt",
        lambda done, total: told.append((done, total)),
    )
    assert digest == SHA256
    assert (tmp_path / "new" / "model.ckpt").read_bytes() == DATA
    assert no_rest(tmp_path / "new")
    assert told[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_cut_download_goes_on_where_it_was(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path, chunked: bool
) -> None:
    """Also where the host tells no length."""
    host.cut_after, host.chunked = [70_000, 80_000], chunked
    await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    assert (tmp_path / "model.ckpt").read_bytes() == DATA
    assert [asked for _, asked in host.asked] == ["", "bytes=70000-", "bytes=150000-"]


async def test_a_later_run_goes_on_too(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """What had come when the program died is not fetched twice."""
    host.cut_after = [90_000, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"model\.ckpt: http://127"):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    assert (tmp_path / "model.ckpt.part").stat().st_size == 90_000
    host.cut_after = []
    assert await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK) == SHA256
    assert host.asked[-1] == ("/model.ckpt", "bytes=90000-")
    assert no_rest(tmp_path)


async def test_a_changed_file_is_begun_anew(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Never half of the old one and half of the new one."""
    host.cut_after = [90_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    host.cut_after, host.files["/model.ckpt"] = [], DATA[::-1]
    await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    assert (tmp_path / "model.ckpt").read_bytes() == DATA[::-1]


async def test_a_host_that_ignores_ranges_is_followed(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.cut_after, host.ranges = [200_000], False
    await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    assert (tmp_path / "model.ckpt").read_bytes() == DATA


async def test_without_a_validator_only_a_known_hash_allows_to_go_on(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.validators = False
    for sha256, second in (("", ""), (SHA256, "bytes=50000-")):
        host.cut_after, host.asked = [50_000], []
        await download(session, source(host, sha256=sha256), tmp_path / f"{second}.ckpt", patience=QUICK)
        assert [asked for _, asked in host.asked] == ["", second]


async def test_a_host_that_sends_another_range_is_not_believed(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.cut_after, host.wrong_range = [50_000], True
    with pytest.raises(DownloadError, match="another range than asked for"):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)


async def test_a_complete_part_is_not_fetched_again(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """The program died between the last byte and the renaming."""
    host.cut_after = [90_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    (tmp_path / "model.ckpt.part").write_bytes(DATA)
    assert await download(session, source(host), tmp_path / "model.ckpt") == SHA256
    assert host.asked[-1] == ("/model.ckpt", f"bytes={len(DATA)}-")


async def test_a_wrong_hash_is_refused_and_nothing_is_left(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Both hashes are told; an older good file stays."""
    (tmp_path / "model.ckpt").write_bytes(b"older")
    host.files["/model.ckpt"] = DATA[:-1] + b"x"
    with pytest.raises(DownloadError, match=f"instead of {SHA256}; thrown away"):
        await download(session, source(host, sha256=SHA256), tmp_path / "model.ckpt", patience=QUICK)
    assert (tmp_path / "model.ckpt").read_bytes() == b"older"
    assert no_rest(tmp_path)


async def test_a_wrong_size_is_refused_before_anything_comes(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match="300,000 bytes instead of 299,999"):
        await download(session, source(host, size=299_999), tmp_path / "model.ckpt", patience=QUICK)
    assert not (tmp_path / "model.ckpt").exists()


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_far_too_large_is_refused(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path, chunked: bool
) -> None:
    """By the length that is told, or as soon as more comes than may."""
    host.files["/model.ckpt"], host.chunked = bytes(17 << 20), chunked
    with pytest.raises(DownloadError, match="is larger than 16,777,216 bytes"):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)
    assert not (tmp_path / "model.ckpt").exists()


async def test_what_does_not_fit_the_disk_is_refused(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.chunked = True
    with pytest.raises(DownloadError, match=r"GB free, 100000000\.\d are needed"):
        await download(session, source(host, about=10**17), tmp_path / "model.ckpt", patience=QUICK)


async def test_passing_faults_are_waited_out(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.statuses = [503, 429]
    assert await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK) == SHA256
    host.statuses = [500, 500, 500]
    with pytest.raises(DownloadError, match="the host answers 500"):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)


async def test_lasting_faults_are_told_at_once(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match="the host answers 404"):
        await download(session, source(host, "/gone"), tmp_path / "model.ckpt", patience=QUICK)
    assert len(host.asked) == 1


async def test_a_web_page_is_not_a_model(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    host.content_type = "text/html"
    with pytest.raises(DownloadError, match="a web page instead of the file"):
        await download(session, source(host), tmp_path / "model.ckpt", patience=QUICK)


async def test_the_next_address_is_tried(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    found = await download(session, source(host, "/gone", "/model.ckpt"), tmp_path / "model.ckpt")
    assert found == SHA256
    with pytest.raises(DownloadError, match=r"/gone: .*404.*\n.*/lost: .*404"):
        await download(session, source(host, "/gone", "/lost"), tmp_path / "other")


async def test_redirects_are_followed_within_the_web(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Relative ones too; not in circles, and not to files."""
    host.redirects = {"/a": "/b", "/b": "model.ckpt", "/round": "/round", "/file": "file:///etc/passwd"}
    assert await download(session, source(host, "/a"), tmp_path / "model.ckpt", patience=QUICK) == SHA256
    with pytest.raises(DownloadError, match="more than 10 redirects"):
        await download(session, source(host, "/round"), tmp_path / "x", patience=QUICK)
    with pytest.raises(DownloadError, match="not on the web"):
        await download(session, source(host, "/file"), tmp_path / "x", patience=QUICK)


async def test_addresses_are_sent_as_they_are_written(
    host: FileHost, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Signed addresses would not survive another quoting."""
    host.redirects = {"/a": "/model.ckpt?sig=a%2Fb%2Bc%3D&p=%2Fx"}
    await download(session, source(host, "/a?p=%2Fckpts%2Flast.ckpt&dl=1"), tmp_path / "model.ckpt")
    assert host.raw == ["/a?p=%2Fckpts%2Flast.ckpt&dl=1", "/model.ckpt?sig=a%2Fb%2Bc%3D&p=%2Fx"]


def test_no_redirect_leads_away_from_encryption() -> None:
    assert next_url("http://a/x", "https://b/y") == "https://b/y"
    with pytest.raises(DownloadError, match="away from encryption"):
        next_url("https://a/x", "http://a/x")


async def test_a_host_that_is_not_there_is_told(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with file_host() as gone:
        address = source(gone)
    with pytest.raises(DownloadError, match=r"model\.ckpt: http://127\.0\.0\.1"):
        await download(session, address, tmp_path / "model.ckpt", patience=QUICK)
