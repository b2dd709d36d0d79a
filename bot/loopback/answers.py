"""What Discord's answers hold and SimCord's leave out."""

from __future__ import annotations

from typing import Any

from simcord.enums import InteractionType

from bot.loopback.state import Payload, State

_APPLICATION: Payload = {
    "type": None,
    "flags_new": "0",
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "approximate_guild_count": 1,
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
    "explicit_content_filter": 0,
    "eligible_oauth2_scopes": [],
}
_FILE_COMPONENT = 13
_USER: Payload = {"primary_guild": None, "accent_color": None, "banner": None, "collectibles": None}


def complete(body: Any, state: State) -> Any:
    """Fill in what is missing, in place and however deep; gives the body back."""
    if isinstance(body, list):
        for item in body:
            complete(item, state)
    elif isinstance(body, dict):
        for item in body.values():
            complete(item, state)
        _complete_object(body, state)
    return body


def _complete_object(payload: Payload, state: State) -> None:
    if "discriminator" in payload:
        _default(payload, _USER)
    elif "joined_at" in payload and "roles" in payload:
        _default(payload, {"banner": None, "collectibles": None})
    elif "verify_key" in payload:
        _default(payload, _APPLICATION)
    elif "default_member_permissions" in payload:
        _complete_command(payload)
    elif "last_message_id" in payload:
        state.complete_channel(payload)
    elif "authorizing_integration_owners" in payload and "user" in payload:
        _complete_metadata(payload, state)
    elif "response_message_loading" in payload and payload["response_message_id"] is None:
        del payload["response_message_id"]
    elif "proxy_url" in payload and "filename" not in payload:
        _default(payload, {"id": payload.get("attachment_id", "0")})
    elif "media" in payload:
        _default(payload, {"description": None, "spoiler": False})
    elif payload.get("type") == _FILE_COMPONENT:
        _default(payload, {"spoiler": False})
    elif payload.get("nonce", "") is None:
        del payload["nonce"]


def _complete_metadata(payload: Payload, state: State) -> None:
    record = state.interactions.get(int(payload["id"]))
    if record is None:
        return
    payload["authorizing_integration_owners"] = {"0": str(record.guild_id or 0)}
    if record.type == InteractionType.MESSAGE_COMPONENT:
        _default(payload, {"interacted_message_id": str(record.source_message_id)})
    elif record.type == InteractionType.MODAL_SUBMIT:
        shown = state.modal_origins.get(record.id)
        origin = state.interactions[shown] if shown else record
        kind = {"id": str(origin.id), "type": origin.type, "user": payload["user"]}
        if origin.command_name:
            kind |= {"name": origin.command_name, "command_type": origin.command_type}
        if origin.source_message_id:
            kind |= {"interacted_message_id": str(origin.source_message_id)}
        owners = payload["authorizing_integration_owners"]
        payload["triggering_interaction_metadata"] = kind | {"authorizing_integration_owners": owners}


def _complete_command(payload: Payload) -> None:
    _default(payload, {"version": payload["id"], "nsfw": False})
    if payload["default_member_permissions"] is not None:
        payload["default_member_permissions"] = str(payload["default_member_permissions"])
    for key in ("integration_types", "contexts"):
        if payload.get(key) is None:
            payload[key] = [0] if key == "integration_types" else None


def _default(payload: Payload, defaults: Payload) -> None:
    for key, value in defaults.items():
        payload.setdefault(key, value)
