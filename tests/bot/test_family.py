"""Families: who is in the tree, where they stand, and that nothing is told of what an asker may not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import family as room
from bot.family import Node, family, in_words, members, placed
from bot.family_picture import FOCUS, SIDE, draw_family
from bot.visibility import Sight, sees
from generation.codec import decode_rgb, encode_png
from storage.generations import Generation
from tests.bot.stage import CHANNEL, stage

EYES = Sight(1, 7, 5, frozenset({5}))
MADE = Generation(
    id=1, code="a", job_id="j", guild_id=1, place_id=5, channel_id=5, message_id=None, member_id=7,
    private=False, hidden=False, parent=None, prompt="a car", engine="toy", model="toy", width=64,
    height=64, steps=3, seed=1, init_sha256=None, init_weight=0.0, seconds=None, score=None, recipe=None,
    picture_sha256="0" * 64, created_at=0.0, hearts=0,
)  # fmt: skip


def made(code, parent=None, place=5):
    return replace(MADE, code=code, parent=parent, place_id=place)


class Book:
    """Generations by code, and a note of what was asked for."""

    def __init__(self, *all_made):
        self.all = {one.code: one for one in all_made}
        self.asked = []

    async def get(self, code):
        self.asked.append(code)
        return self.all.get(code)

    async def children(self, code, limit=25):
        self.asked.append(code)
        return [one for one in self.all.values() if one.parent == code][:limit]


async def test_ancestors_and_descendants_are_there_and_siblings_are_not():
    book = Book(
        made("a"), made("b", "a"), made("sibling", "a"), made("c", "b"), made("d", "b"), made("e", "d")
    )
    root = await family(book, EYES, book.all["b"])
    assert in_words(root) == "a → b → (c, d → e)"


async def test_what_may_not_be_seen_is_one_empty_frame_that_is_not_looked_behind():
    book = Book(
        made("secret", place=6),
        made("b", "secret"),
        made("c", "b", place=6),
        made("d", "b", place=6),
        made("e", "c"),
        made("f", "b"),
    )
    root = await family(book, EYES, book.all["b"])
    assert in_words(root) == "? → b → (f, ?)"
    assert not {"c", "d"} & set(book.asked)


async def test_a_parent_that_is_gone_looks_like_one_that_may_not_be_seen():
    gone = await family(Book(made("b", "nowhere")), EYES, made("b", "nowhere"))
    hidden = await family(Book(made("nowhere", place=6), made("b", "nowhere")), EYES, made("b", "nowhere"))
    assert gone == hidden


async def test_a_circle_ends():
    """Imported rows might say anything."""
    book = Book(made("a", "b"), made("b", "a"))
    assert len(placed(await family(book, EYES, book.all["a"]))) <= room.MOST_NODES


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.booleans()),
        max_size=60,
    )
)
async def test_however_large_it_is_bounded_and_shows_only_what_may_be_seen(rows):
    """Each generation's parent is an earlier one; some are in a channel that the asker may not read."""
    book = Book(made("0"))
    for number, (parent, hidden) in enumerate(rows, 1):
        book.all[str(number)] = made(str(number), str(parent % number), 6 if hidden else 5)
    root = await family(book, EYES, book.all["0"])
    nodes = placed(root)
    assert sum(each.node.made is not None for each in nodes) <= room.MOST_NODES
    assert all(sees(EYES, one) for one in members(root))
    assert all(each.column <= room.MOST_ABOVE + 1 + room.MOST_BELOW for each in nodes)
    spots = [(each.column, each.row) for each in nodes]
    assert len(set(spots)) == len(spots)


async def test_forty_steps_back_are_cut_short():
    book = Book(*(made(str(i), str(i - 1) if i else None) for i in range(40)))
    root = await family(book, EYES, book.all["39"])
    assert root == Node(None, root.children, more=True)
    assert len(placed(root)) == room.MOST_ABOVE + 2


# -- the picture -------------------------------------------------------------------------------------------

ELSEWHERE = "gallery-talk"
RED = encode_png(np.full((40, 60, 3), (200, 30, 30), np.uint8))


def test_the_picture_shows_each_thumbnail_and_marks_the_focus():
    root = Node(made("a"), (Node(made("b")), Node(None), Node(made("c"), more=True)))
    pixels = decode_rgb(draw_family(root, "b", {"a": RED, "b": RED, "c": b"no picture"})).astype(int)
    red = (np.abs(pixels - (200, 30, 30)).max(-1) < 30).sum()
    assert 1.8 < red / SIDE**2 < 2.1
    assert (np.abs(pixels - FOCUS).max(-1) < 30).sum() > 4 * SIDE


def test_nothing_is_drawn_of_what_may_not_be_seen():
    """An empty frame looks the same whatever it stands for, thumbnails at hand or not."""
    root = Node(made("a"), (Node(None),))
    assert draw_family(root, "a", {"a": RED}) == draw_family(root, "a", {"a": RED, "secret": RED})


def test_the_largest_family_fits_a_picture():
    leaf = Node(made("c"), more=True)
    wide = Node(made("b"), (leaf,) * room.MOST_NODES)
    chain = Node(None, (wide,), more=True)
    for _ in range(room.MOST_ABOVE + room.MOST_BELOW):
        chain = Node(made("x"), (chain,))
    assert max(decode_rgb(draw_family(chain, "x", {})).shape) < 16383


# -- over the local Discord --------------------------------------------------------------------------------


@pytest.fixture
async def painting(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        yield built


async def drawn(built, name, code, channel=CHANNEL):
    member = built.discord.member(name)
    before = {message.id for message in await member.messages(channel)}
    await member.slash(channel, "family", code=code)
    return await member.wait_for(
        channel, lambda found: found.id not in before and not found.loading and found.text
    )


async def test_a_familys_tree_is_drawn_for_who_asks(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car", steps=3)
    first = await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels)
    await ben.click(first, label="Again")
    await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels and found.id != first.id)
    job = await painting.jobs.get(first.buttons[0]["custom_id"].split(":")[-1])
    answer = await drawn(painting, "Ada", job.code)
    assert f"The family of `{job.code}`: 2 pictures." in answer.text
    assert answer.files[0]["filename"] == "family.webp"
    assert f"{job.code} → " in answer.files[0]["description"]


async def test_an_unknown_code_and_one_that_may_not_be_seen_get_the_same_answer(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car", steps=3)
    result = await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels)
    job = await painting.jobs.get(result.buttons[0]["custom_id"].split(":")[-1])
    painting.discord.misbehave.deny(CHANNEL, "read_message_history", member=painting.member_id("Ben"))
    hidden = await drawn(painting, "Ben", job.code, ELSEWHERE)
    unknown = await drawn(painting, "Ben", "zzzzzz", ELSEWHERE)
    assert hidden.text == unknown.text
    assert "no picture of this code" in hidden.text
