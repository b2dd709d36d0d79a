from __future__ import annotations

from bot.speeds import REMEMBERED, Speeds


def test_nothing_is_known_at_first():
    assert Speeds().of("toy") is None


def test_a_speed_is_the_median_of_the_latest():
    speeds = Speeds({"toy": (3.0, 1.0)})
    assert speeds.of("toy") == 2.0
    speeds.learn("toy", 100.0)
    assert speeds.of("toy") == 3.0
    for _ in range(REMEMBERED):
        speeds.learn("toy", 7.0)
    assert speeds.of("toy") == 7.0


def test_of_long_memories_the_newest_part_is_kept():
    speeds = Speeds({"toy": (1.0,) * REMEMBERED + (99.0,) * 50})
    for number in range(REMEMBERED // 2 - 1):
        speeds.learn("toy", 2.0 + number)
    assert speeds.of("toy") == 1.0


def test_a_running_job_shows_a_speed_until_one_has_finished():
    speeds = Speeds()
    assert speeds.show("toy", 5.0)
    assert not speeds.show("toy", 6.0)
    assert speeds.of("toy") == 6.0
    speeds.learn("toy", 1.0)
    assert not speeds.show("toy", 6.0)
    assert speeds.of("toy") == 1.0
