"""How long the filter takes with many rules: python -m benchmarks.filter [--rules 10000]

Rules are words and phrases by chance, a tenth of them with stars and a tenth in Cyrillic. Prompts are as long
as a prompt can be.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable

from bot.filter import Filter, Rule
from bot.prompt import MAX_LENGTH

LATIN, CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщыьэюя"
REPEATS = 20


def main() -> None:
    """Print a table: milliseconds, median and worst."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    count = parser.parse_args().rules
    chance = random.Random(0)
    rules = [a_rule(chance, number) for number in range(count)]
    built = Filter(rules)
    words = " ".join(word(chance, LATIN) for _ in range(MAX_LENGTH))[:MAX_LENGTH]
    cyrillic = " ".join(word(chance, CYRILLIC) for _ in range(MAX_LENGTH))[:MAX_LENGTH]
    prompts = {
        "usual words": words,
        "Cyrillic words": cyrillic,
        "one endless word": "x" * MAX_LENGTH,
        "beginnings of a rule": (rules[0].words.split()[0] + " ") * (MAX_LENGTH // 10),
        "capital Greek (two readings)": "Ν" * MAX_LENGTH,
    }
    print(f"{count} rules; prompts of {MAX_LENGTH} characters; milliseconds")
    print(f"{'':30}{'median':>10}{'worst':>10}")
    row("reading the rules in", lambda: Filter(rules))
    for name, text in prompts.items():
        row(name, lambda text=text: built.verdict([text]))  # type: ignore[misc]


def a_rule(chance: random.Random, number: int) -> Rule:
    """One to three words."""
    letters = CYRILLIC if number % 10 == 1 else LATIN
    words = " ".join(word(chance, letters) for _ in range(chance.choice((1, 1, 2, 3))))
    star = {2: f"{words}*", 3: f"*{words}*"}.get(number % 20, words)
    return Rule(star, allowed=number % 50 == 0, id=number)


def word(chance: random.Random, letters: str) -> str:
    """Some letters."""
    return "".join(chance.choice(letters) for _ in range(chance.randint(4, 12)))


def row(name: str, act: Callable[[], object]) -> None:
    """Measure, and print a line."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    print(f"{name:30}{statistics.median(times):10.2f}{max(times):10.2f}")


if __name__ == "__main__":
    main()
