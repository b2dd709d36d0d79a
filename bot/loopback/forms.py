"""Filling in: entities, select menus and modals, as a client sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcord.backend import serializers
from simcord.backend.access import channel_accessible
from simcord.backend.errors import SetupError
from simcord.enums import SELECT_TYPES, ComponentType, OptionType

from bot.loopback.state import Payload, State

#: Which kinds of thing an option or a select menu may name.
ENTITY_OPTIONS: Mapping[int, tuple[str, ...]] = {
    OptionType.USER: ("users",),
    OptionType.CHANNEL: ("channels",),
    OptionType.ROLE: ("roles",),
    OptionType.MENTIONABLE: ("users", "roles"),
}
ENTITY_SELECTS: Mapping[int, tuple[str, ...]] = {
    ComponentType.USER_SELECT: ("users",),
    ComponentType.ROLE_SELECT: ("roles",),
    ComponentType.MENTIONABLE_SELECT: ("users", "roles"),
    ComponentType.CHANNEL_SELECT: ("channels",),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member put into a modal, by the controls' custom_ids; `uploads` are ids of stored files."""

    state: State
    member: int
    channel: int
    values: Mapping[str, Any]
    uploads: Mapping[str, list[str]]
    resolved: Payload


def resolve(
    state: State, member: int, channel_id: int, kinds: Sequence[str], given: Any, resolved: Payload
) -> str:
    """Put the object of that id into `resolved`; SetupError when there is none."""
    wire_id = str(given)
    guild_id = state.get_channel(channel_id).guild_id
    guild = state.guilds.get(guild_id or 0)
    number = int(wire_id) if wire_id.isdecimal() else 0
    if "users" in kinds and number in state.users:
        resolved.setdefault("users", {})[wire_id] = dict(serializers.user_payload(state.users[number]))
        if guild is not None and number in guild.members:
            held = guild.members[number]
            found = dict(serializers.member_payload(state, guild, held, with_user=False))
            state.complete_member(found, number)
            rights = str(state.compute_permissions(guild.id, number, channel_id))
            resolved.setdefault("members", {})[wire_id] = {**found, "permissions": rights}
    elif "roles" in kinds and guild is not None and number in guild.roles:
        resolved.setdefault("roles", {})[wire_id] = dict(serializers.role_payload(guild.roles[number]))
    elif "channels" in kinds and guild is not None and channel_accessible(state, number, member):
        payload = dict(serializers.channel_payload(state, state.get_channel(number)))
        payload["permissions"] = str(state.compute_permissions(guild.id, member, number))
        resolved.setdefault("channels", {})[wire_id] = payload
    else:
        raise SetupError(f"nothing of the kind {' or '.join(kinds)} has the id {wire_id}")
    return wire_id


def choose(
    state: State, member: int, channel_id: int, menu: Payload, values: Sequence[str], resolved: Payload
) -> list[str]:
    """Check a select menu's values; entities go into `resolved`."""
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    if not least <= len(values) <= most or len(set(values)) != len(values):
        raise SetupError(f"choose between {least} and {most} different values, not {len(values)}")
    if menu["type"] != ComponentType.STRING_SELECT:
        kinds = ENTITY_SELECTS[menu["type"]]
        return [resolve(state, member, channel_id, kinds, value, resolved) for value in values]
    known = {option["value"] for option in menu.get("options") or []}
    if set(values) - known:
        raise SetupError(f"no such option: {sorted(set(values) - known)[0]!r}")
    return list(values)


def fill(nodes: Sequence[Payload], answer: Answer) -> list[Payload]:
    """A modal's components as a client sends them back."""
    filled: list[Payload] = []
    for node in nodes:
        kind = node["type"]
        if kind == ComponentType.ACTION_ROW:
            filled.append(
                {"type": kind, "id": node.get("id", 0), "components": fill(node["components"], answer)}
            )
        elif kind == ComponentType.LABEL:
            (inner,) = fill([node["component"]], answer)
            filled.append({"type": kind, "id": node.get("id", 0), "component": inner})
        elif "custom_id" in node:
            control = {"type": kind, "id": node.get("id", 0), "custom_id": node["custom_id"]}
            filled.append(control | _control(node, answer))
        else:
            filled.append({"type": kind, "id": node.get("id", 0)})
    return filled


def _control(node: Payload, answer: Answer) -> Payload:
    kind, name = node["type"], node["custom_id"]
    value = answer.values.get(name)
    if kind == ComponentType.TEXT_INPUT:
        return {"value": _text(node, "" if value is None else str(value))}
    if kind == ComponentType.FILE_UPLOAD:
        return {"values": answer.uploads.get(name, [])}
    if kind == ComponentType.CHECKBOX:
        return {"value": bool(value)}
    if kind == ComponentType.RADIO_GROUP:
        return {"value": value}
    values = [] if value is None else [str(item) for item in (value if isinstance(value, list) else [value])]
    if kind in SELECT_TYPES and (values or node.get("required", True)):
        values = choose(answer.state, answer.member, answer.channel, node, values, answer.resolved)
    return {"values": values}


def _text(node: Payload, text: str) -> str:
    least = node.get("min_length") or (1 if node.get("required", True) else 0)
    most = node.get("max_length") or 4000
    if (text or node.get("required", True)) and not least <= len(text) <= most:
        raise SetupError(f"{node['custom_id']} wants {least} to {most} characters, not {len(text)}")
    return text
