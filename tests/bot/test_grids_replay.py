"""Several pictures at once, painted again from a code or a file."""

from __future__ import annotations

from bot import replay
from generation.recipes import recipe_of
from storage.jobs import Status
from tests.bot.dispatching import a_house, order
from tests.bot.test_main import gala, needs_weights
from tests.bot.test_replay import config_in


async def test_a_code_brings_back_the_grid_and_what_was_picked_from_it(tmp_path):
    async with a_house(tmp_path) as house:
        grid = await house.dispatcher.submit(order("a red car", grid=4))
        (grid,) = await house.wait(grid.id)
        sheet = await house.images.get(grid.picture_sha256 or "")
        codes: dict[str, tuple[int, int | None, float | None]] = {grid.code: (4, None, None)}
        for keep in (None, 0.5):
            made = await house.dispatcher.submit(order("a red car", init=sheet, candidate=2, keep=keep))
            (made,) = await house.wait(made.id)
            assert made.status is Status.FINISHED
            codes[made.code] = (1, 2, keep)
        speeds = await house.jobs.speeds()
        assert set(speeds) == {"toy", "toy x 4", "toy picked"}
    for code, expected in codes.items():
        found = await replay.find(code, None, config_in(tmp_path))
        assert (found.request.grid, found.request.candidate, found.request.keep) == expected
        assert found.recipe is not None
        assert recipe_of(found.request, 10, found.recipe.made) == found.recipe


@needs_weights
def test_a_grid_is_painted_again_byte_for_byte(tmp_path):
    prompt = "a red car --size 64x64 --steps 3 --seed 5 --n 4"
    gala("paint", prompt, "--out", "a.png", cwd=tmp_path)
    told = gala("recipe", "a.png", cwd=tmp_path).stdout
    assert "--n 4" in told
    run = gala("replay", "a.png", "--out", "b.png", cwd=tmp_path)
    assert run.stdout == "The file is the same, byte for byte.\n", run.stderr
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    half = gala(
        "paint", prompt.replace("--n 4", "--keep 50%"), "--init", "a.png", "--out", "c.png", cwd=tmp_path
    )
    assert half.returncode == 0, half.stderr
    bare = gala("paint", "a car --keep 50%", "--out", "d.png", cwd=tmp_path)
    assert "no picture whose top could be kept" in bare.stderr
