"""What Discord refuses and SimCord lets through."""

from __future__ import annotations

import re
from typing import Any

from simcord.backend.errors import BackendError, invalid_form_body
from simcord.components import walk_components
from simcord.enums import InteractionType

from bot.loopback.call import Call, Upload
from bot.loopback.command_rules import check_commands
from bot.loopback.limits import Limits
from bot.loopback.state import Payload, State

DEFERRED_FLAGS = 1 << 6 | 1 << 12  #: ephemeral, and silent
SEND = re.compile(r"/channels/(\d+)/messages")
CALLBACK = re.compile(r"/interactions/(\d+)/[^/]+/callback")
COMMANDS = re.compile(r"/applications/\d+(/guilds/\d+)?/commands")
_SELECTS = (3, 5, 6, 7, 8)
#: Which callback types answer which interaction.
_ANSWERS = {
    InteractionType.PING: {1},
    InteractionType.APPLICATION_COMMAND: {4, 5, 9},
    InteractionType.MESSAGE_COMPONENT: {4, 5, 6, 7, 9},
    InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE: {8},
    InteractionType.MODAL_SUBMIT: {4, 5, 6, 7},
}


def too_large() -> BackendError:
    """413, as for a file above the limit."""
    return BackendError(413, 40005, "Request entity too large")


def check(call: Call, state: State, limits: Limits) -> None:
    """Raise BackendError for a request that Discord would refuse."""
    _check_files(call, limits)
    _check_place(call, state)
    _check_thread(call, state)
    if CALLBACK.fullmatch(call.path):
        _check_callback(call, state)
    elif COMMANDS.fullmatch(call.path) and call.method == "PUT":
        check_commands(call.body)
    message = _message_of(call)
    if message is not None:
        _check_message(message, len(call.files))


def _message_of(call: Call) -> Payload | None:
    body: Any = call.body
    if CALLBACK.fullmatch(call.path):
        body = (body.get("data") or {}) if isinstance(body, dict) and body.get("type") in (4, 7) else None
    elif not re.fullmatch(r"/(?:channels/\d+/messages|webhooks/\d+/[^/]+).*", call.path):
        body = None
    return body if isinstance(body, dict) else None


def _check_files(call: Call, limits: Limits) -> None:
    if len(call.files) > limits.max_files:
        raise BackendError(400, 30015, "Maximum number of attachments in a message reached (10)")
    if any(len(item.data) > limits.upload_limit_bytes for item in call.files):
        raise too_large()


def _check_place(call: Call, state: State) -> None:
    match = SEND.fullmatch(call.path)
    if match and call.method == "POST":
        channel = state.get_channel(int(match[1]))
        if channel.guild_id is None and state.closed_direct.intersection(channel.recipient_ids):
            raise BackendError(403, 50007, "Cannot send messages to this user")
        if channel.guild_id is not None and call.files:
            state.require_permissions(channel.guild_id, state.bot_user.id, channel.id, "attach_files")


def _check_thread(call: Call, state: State) -> None:
    match = re.fullmatch(r"/channels/(\d+)/messages(/.*)?", call.path)
    writes = call.method in ("POST", "PATCH")
    channel = state.channels.get(int(match[1])) if match and writes else None
    about = None if channel is None else channel.thread_metadata
    if match is None or about is None:
        return
    if about.locked:
        raise BackendError(400, 160005, "Thread is locked")
    if about.archived and match[2] and call.method == "PATCH":
        raise BackendError(400, 50083, "Thread is archived")


def _check_callback(call: Call, state: State) -> None:
    match = CALLBACK.fullmatch(call.path)
    record = state.interactions.get(int(match[1])) if match else None
    kind = call.body["type"]
    if record is None:
        return
    if kind not in _ANSWERS[InteractionType(record.type)]:
        raise invalid_form_body(f"type: {kind} does not answer an interaction of type {record.type}")
    data = call.body.get("data") or {}
    if kind in (5, 6) and call.files:
        raise invalid_form_body("a deferred answer cannot carry files")
    if kind == 5 and (set(data) - {"flags", "tts"} or int(data.get("flags") or 0) & ~DEFERRED_FLAGS):
        raise invalid_form_body("a deferred answer takes the ephemeral flag only")
    if kind == 8:
        _check_choices(data.get("choices") or [])


def _check_choices(choices: list[Payload]) -> None:
    if len(choices) > 25:
        raise invalid_form_body("data.choices: Must be 25 or fewer in length.")
    for choice in choices:
        if not 1 <= len(choice["name"]) <= 100:
            raise invalid_form_body("data.choices.name: Must be between 1 and 100 in length.")
        if isinstance(choice["value"], str) and len(choice["value"]) > 100:
            raise invalid_form_body("data.choices.value: Must be 100 or fewer in length.")


def _check_message(message: Payload, files: int) -> None:
    if len(str(message.get("nonce") or "")) > 25:
        raise invalid_form_body("nonce: Must be 25 or fewer in length.")
    new = [int(item["id"]) for item in message.get("attachments") or [] if int(item["id"]) < 1 << 22]
    if any(item >= files for item in new) or len(set(new)) != len(new):
        raise invalid_form_body("attachments.id: names a file that was not sent, or one file twice")
    for embed in message.get("embeds") or []:
        for item in embed.get("fields") or []:
            if not str(item.get("name") or "").strip() or not str(item.get("value") or "").strip():
                raise invalid_form_body("embeds.fields: This field is required")
    for component in walk_components(message.get("components") or []):
        _check_component(component)


def _check_component(component: Payload) -> None:
    kind = component.get("type")
    if (
        kind == 2
        and component.get("style") != 6
        and not component.get("label")
        and not component.get("emoji")
    ):
        raise invalid_form_body("components: a button needs a label or an emoji")
    if kind in _SELECTS and isinstance(component.get("options"), list):
        options, most = component["options"], component.get("max_values", 1)
        if most > len(options):
            raise invalid_form_body("components.max_values: more than there are options")
        if sum(bool(item.get("default")) for item in options) > most:
            raise invalid_form_body("components.options: more defaults than max_values")


def describe_files(body: Any, files: list[Upload]) -> None:
    """Give each upload the description from the JSON part, and the name that Discord makes of it."""
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    listed = body.get("attachments") if isinstance(body, dict) else None
    for item in listed or []:
        number = str(item.get("id"))
        if number.isdecimal() and int(number) < len(files):
            files[int(number)].description = item.get("description")
    for file in files:
        file.filename = re.sub(r"[^\w.()-]", "_", file.filename)
