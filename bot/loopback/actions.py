"""What members do: the interactions that their clicks and commands become."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from simcord import interactions
from simcord.backend import permissions, serializers
from simcord.backend.access import channel_accessible, message_accessible
from simcord.backend.models import Channel, Interaction, Message
from simcord.components import walk_components
from simcord.enums import SELECT_TYPES, ComponentType, InteractionType

from bot.loopback import forms
from bot.loopback.call import Upload
from bot.loopback.limits import Limits
from bot.loopback.options import ActionError, Filling, store
from bot.loopback.state import Payload, State

#: What an application may do in a direct message.
_DM_RIGHTS = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")


class Actions:
    """Members' deeds. Ids are snowflakes; every deed that asks the bot something gives the interaction."""

    def __init__(self, state: State, limits: Limits) -> None:
        self._state = state
        self._limits = limits

    # ------------------------------------------------------------------ words

    def say(self, member: int, channel_id: int, content: str, files: Sequence[Upload] = ()) -> Message:
        """Post a message as this member."""
        channel = self._channel(member, channel_id)
        if channel.guild_id is not None:
            self._state.require_permissions(channel.guild_id, member, channel.id, "send_messages")
        attachments = self._state.store_attachments(
            channel.id, [(item.filename, item.data) for item in files]
        )
        return self._state.create_message(channel.id, member, content, attachments=attachments)

    def direct_channel(self, member: int) -> Channel:
        """The member's direct messages with the bot."""
        return self._state.get_dm_channel(member)

    # ------------------------------------------------------------------ commands

    def commands(self, member: int, channel_id: int) -> list[Payload]:
        """The slash commands that this member sees in this channel."""
        self._channel(member, channel_id)
        return self._state.visible_commands(user_id=member, channel_id=channel_id)

    def _command(self, member: int, channel_id: int, name: str) -> tuple[Payload, Payload, list[str]]:
        parts = name.removeprefix("/").split()
        root = next((item for item in self.commands(member, channel_id) if item["name"] == parts[0]), None)
        if root is None:
            raise ActionError(f"/{parts[0]} is not among the commands that this member sees here")
        leaf, nesting = interactions.walk_to_subcommand(root, parts[1:])
        return root, leaf, nesting

    def slash(
        self,
        member: int,
        channel_id: int,
        name: str,
        options: Mapping[str, Any],
        files: Mapping[str, Upload] | None = None,
    ) -> Interaction:
        """Use a slash command; `name` is "imagine" or "group sub", `files` are attachment options by name."""
        root, leaf, nesting = self._command(member, channel_id, name)
        filling = Filling(self._state, member, channel_id, leaf)
        values = filling.complete({**options, **(files or {})})
        data = self._command_data(root, nesting, values)
        if filling.resolved:
            data["resolved"] = filling.resolved
        return self._send(InteractionType.APPLICATION_COMMAND, member, channel_id, data)

    def autocomplete(
        self, member: int, channel_id: int, name: str, option: str, text: str, options: Mapping[str, Any]
    ) -> Interaction:
        """Type `text` into an option that completes itself."""
        root, leaf, nesting = self._command(member, channel_id, name)
        declared = {item["name"]: item for item in leaf.get("options") or []}
        if not declared.get(option, {}).get("autocomplete"):
            raise ActionError(f"/{name} has no option {option!r} that completes itself")
        filled = {key: value for key, value in options.items() if key != option}
        values = Filling(self._state, member, channel_id, leaf).values(filled, partial=True)
        values.append({"name": option, "type": declared[option]["type"], "value": text, "focused": True})
        data = self._command_data(root, nesting, values)
        return self._send(InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE, member, channel_id, data)

    def menu(self, member: int, channel_id: int, name: str, message_id: int) -> Interaction:
        """Use a message's context command."""
        message = self._message(member, channel_id, message_id)
        commands = self._state.visible_commands(user_id=member, channel_id=channel_id, type=3)
        root = next((item for item in commands if item["name"] == name), None)
        if root is None:
            raise ActionError(f"no context command {name!r} here")
        target = dict(serializers.message_payload(self._state, message))
        data = {"id": root["id"], "name": name, "type": 3, "target_id": str(message_id)}
        data["resolved"] = {"messages": {str(message_id): target}}
        return self._send(InteractionType.APPLICATION_COMMAND, member, channel_id, data)

    @staticmethod
    def _command_data(root: Payload, nesting: list[str], values: list[Payload]) -> Payload:
        nested = interactions.nest_options(root, nesting, values)
        data: Payload = {"id": root["id"], "name": root["name"], "type": 1, "options": nested}
        return data | ({"guild_id": root["guild_id"]} if root.get("guild_id") else {})

    # ------------------------------------------------------------------ components and modals

    def click(
        self, member: int, channel_id: int, message_id: int, *, custom_id: str = "", label: str = ""
    ) -> Interaction:
        """Click a message's button, found by its custom_id or its label."""
        message = self._message(member, channel_id, message_id)
        button = self._component(message, (ComponentType.BUTTON,), custom_id, label)
        data: Payload = {"custom_id": button["custom_id"], "component_type": 2, "id": button.get("id", 0)}
        return self._send_component(member, message, data)

    def select(
        self, member: int, channel_id: int, message_id: int, values: Sequence[str], *, custom_id: str = ""
    ) -> Interaction:
        """Choose in a message's select menu; users, roles and channels by their ids."""
        message = self._message(member, channel_id, message_id)
        menu = self._component(message, SELECT_TYPES, custom_id, "")
        resolved: Payload = {}
        chosen = forms.choose(self._state, member, channel_id, menu, values, resolved)
        data: Payload = {"custom_id": menu["custom_id"], "component_type": menu["type"], "values": chosen}
        data["id"] = menu.get("id", 0)
        return self._send_component(member, message, data | ({"resolved": resolved} if resolved else {}))

    def submit(
        self, member: int, interaction_id: int, values: Mapping[str, Any], files: Mapping[str, Upload]
    ) -> Interaction:
        """Send a modal that an interaction was answered with; values by the controls' custom_ids."""
        shown = self._state.interactions.get(interaction_id)
        if shown is None or shown.modal is None or shown.user_id != member or shown.modal_consumed:
            raise ActionError("there is no such open modal of this member")
        resolved: Payload = {}
        uploads = {key: [store(self._state, shown.channel_id, file, resolved)] for key, file in files.items()}
        answer = forms.Answer(self._state, member, shown.channel_id, values, uploads, resolved)
        data: Payload = {
            "custom_id": shown.modal["custom_id"],
            "components": forms.fill(shown.modal["components"], answer),
        }
        shown.modal_consumed = True
        source = shown.source_message_id
        message = self._state.messages.get(shown.channel_id, {}).get(source) if source else None
        data |= {"resolved": resolved} if resolved else {}
        sent = self._send(InteractionType.MODAL_SUBMIT, member, shown.channel_id, data, message)
        self._state.modal_origins[sent.id] = shown.id
        return sent

    def _component(self, message: Message, kinds: Sequence[int], custom_id: str, label: str) -> Payload:
        found = [
            item
            for item in walk_components(message.components)
            if item.get("type") in kinds
            and item.get("custom_id")
            and (not custom_id or item["custom_id"] == custom_id)
            and (not label or item.get("label") == label)
        ]
        if len(found) != 1:
            raise ActionError(f"{len(found)} components match {custom_id or label or 'that'!r}")
        if found[0].get("disabled"):
            raise ActionError(f"{label or custom_id!r} is disabled")
        return found[0]

    def _send_component(self, member: int, message: Message, data: Payload) -> Interaction:
        return self._send(InteractionType.MESSAGE_COMPONENT, member, message.channel_id, data, message)

    # ------------------------------------------------------------------ common

    def _channel(self, member: int, channel_id: int) -> Channel:
        channel = self._state.get_channel(channel_id)
        if not channel_accessible(self._state, channel_id, member):
            raise ActionError("this member cannot see that channel")
        return channel

    def _message(self, member: int, channel_id: int, message_id: int) -> Message:
        message = self._state.get_message(channel_id, message_id)
        if not message_accessible(self._state, channel_id, message, member):
            raise ActionError("this member cannot see that message")
        return message

    def _send(
        self,
        kind: InteractionType,
        member: int,
        channel_id: int,
        data: Payload,
        message: Message | None = None,
    ) -> Interaction:
        channel = self._channel(member, channel_id)
        record, payload = interactions.base_payload(
            self._state,
            type=kind,
            channel_id=channel_id,
            guild_id=channel.guild_id,
            user_id=member,
            data=data,
        )
        record.expires_at = self._state.iso_after(self._limits.token_s)
        record.initial_response_deadline = self._state.iso_after(self._limits.first_answer_s)
        self._complete(payload, member, channel)
        if message is not None:
            record.source_message_id = message.id
            payload["message"] = dict(serializers.message_payload(self._state, message))
        self._state.asked[record.id] = time.monotonic()
        self._state.emit("INTERACTION_CREATE", payload)
        return record

    def _complete(self, payload: Payload, member: int, channel: Channel) -> None:
        payload["locale"] = self._state.locales.get(member, "en-US")
        payload["attachment_size_limit"] = self._limits.upload_limit_bytes
        self._state.complete_channel(payload["channel"])
        if channel.guild_id is not None:
            payload["guild"] = {"id": str(channel.guild_id), "locale": "en-US", "features": []}
            self._state.complete_member(payload["member"], member)
        else:
            rights = sum(permissions.flag(name) for name in _DM_RIGHTS)
            payload["app_permissions"] = str(rights)
        owner = "0" if channel.guild_id is None else str(channel.guild_id)
        payload["authorizing_integration_owners"] = {"0": owner}

    # ------------------------------------------------------------------ outcomes

    def outcome(self, record: Interaction) -> Payload:
        """How an interaction stands: `outcome` is None until the first answer or its failure."""
        asked = self._state.asked.get(record.id, 0.0)
        answered = self._state.answered.get(record.id)
        late = time.monotonic() - asked >= self._limits.first_answer_s
        state = str(record.response_kind) if record.response_kind else "failed" if late else None
        return {
            "id": str(record.id),
            "outcome": state,
            "seconds": None if answered is None else round(answered - asked, 4),
            "message": None if record.message_id is None else str(record.message_id),
            "channel": str(record.channel_id),
            "ephemeral": record.ephemeral,
            "modal": record.modal,
            "choices": record.autocomplete_choices,
        }

    async def wait_outcome(self, record: Interaction) -> Payload:
        """Wait for the first answer, or until it is too late for one."""
        while True:
            outcome = self.outcome(record)
            if outcome["outcome"] is not None:
                return outcome
            left = self._state.asked[record.id] + self._limits.first_answer_s - time.monotonic()
            await self._state.pulse.after(self._state.pulse.revision, max(left, 0.001))


__all__ = ["ActionError", "Actions"]
