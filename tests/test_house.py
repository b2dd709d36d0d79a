"""The house's laws of imports, read from the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "generation", "storage")
STANDARD = frozenset(sys.stdlib_module_names)

#: Modules of `generation` that the bot may import; none of them loads torch.
OPEN_TO_BOT = {
    "generation.protocol",
    "generation.models",
    "generation.english",
    "generation.languages",
    "generation.scenes",
    "generation.published",
    "generation.codec",
    "generation.sheets",
    "generation.recipes",
    "generation.recipe_values",
    "generation.schedule",
    "generation.film",
}
DISCORD_ROOMS = ("bot.client", "bot.poster", "bot.commands", "bot.views", "bot.loopback")
PURE = (
    "bot.prompt",
    "bot.queue",
    "bot.quota",
    "bot.periods",
    "bot.describing",
    "bot.ranking",
    "bot.refusals",
    "bot.policy",
    "bot.places",
    "bot.durations",
    "bot.visibility",
    "bot.family",
    "bot.recipe",
    "bot.lexicon",
    "bot.folding",
    "bot.filter",
    "bot.output_check",
    "bot.nearest",
    "bot.turns",
    "bot.manner",
    "bot.spans",
    "bot.aims",
    "bot.targets",
    "bot.flags",
    "bot.preferring",
    "bot.routing",
    "bot.tongue",
    "bot.styles",
    "bot.presets",
    "bot.config",
    "bot.errors",
    "generation.protocol",
    "generation.recipes",
    "generation.recipe_values",
    "generation.schedule",
    "generation.languages",
)
ENGINE_LIBRARIES = {"torch", "numpy", "PIL", "imageio", "safetensors", "regex", "ftfy"}


def modules() -> dict[str, ast.Module]:
    """Every module of the three rooms, by its dotted name."""
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def type_checking_only(tree: ast.Module) -> set[ast.AST]:
    """Nodes under `if TYPE_CHECKING:`, which never run."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }


def imports(tree: ast.Module, *, top_level: bool = False) -> Iterator[str]:
    """Dotted names that the module imports when it runs (or, with `top_level`, when it is imported)."""
    skipped = type_checking_only(tree)
    inside = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in skipped or (top_level and node in inside):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> str | None:
    """The module of ours that an imported name lies in, if any."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_room_imports_only_what_it_may(name: str) -> None:
    """Rooms keep to the rooms below them, and heavy libraries to their own room."""
    for imported in imports(MODULES[name]):
        room, top = ours(imported), imported.partition(".")[0]
        if room and name.startswith("generation"):
            assert room.startswith("generation"), f"{name} imports {imported}"
        if name.startswith("storage"):
            assert room is not None or top in STANDARD | {"aiosqlite", "storage"}, (
                f"{name} imports {imported}"
            )
        if room and room.startswith("generation.") and name.startswith("bot"):
            spawn = name == "bot.worker" and room == "generation.process"
            assert room in OPEN_TO_BOT or spawn, f"{name} imports {imported}"
        if top == "torch":
            assert name.startswith("generation"), f"{name} imports torch"
        if top == "discord":
            assert within(name, DISCORD_ROOMS), f"{name} imports discord"
        if top == "simcord":
            assert within(name, ("bot.loopback",)), f"{name} imports simcord"
        if name in PURE:
            assert top not in {"torch", "discord", "asyncio"}, f"{name} is pure, yet imports {imported}"


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("generation")))
def test_the_engine_runs_with_its_few_libraries(name: str) -> None:
    """A GPU machine that has only torch and a handful of libraries can import all of `generation`."""
    tops = {imported.partition(".")[0] for imported in imports(MODULES[name], top_level=True)}
    assert tops <= STANDARD | ENGINE_LIBRARIES | {"generation"}


def test_there_is_no_import_circle() -> None:
    graph = {
        name: {room for imported in imports(tree) if (room := ours(imported)) and room != name}
        for name, tree in MODULES.items()
    }
    packages = {name for name in MODULES if any(other.startswith(name + ".") for other in MODULES)}
    graph = {name: {room for room in rooms if room not in packages} for name, rooms in graph.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import circle: {' -> '.join(error.args[1])}")


def test_the_bot_runs_without_torch() -> None:
    """Importing every module of the bot, as the bot process does, loads no torch."""
    names = [name for name in MODULES if name.startswith(("bot", "storage")) and name != "bot.__main__"]
    code = (
        "import importlib, sys; [*map(importlib.import_module, sys.argv[1:])]; print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, *names]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "False"


def test_nothing_is_longer_than_a_person_can_hold() -> None:
    """Files stay under 300 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
