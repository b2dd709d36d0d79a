"""The options of a slash command, as a client sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simcord import interactions
from simcord.backend.errors import SetupError
from simcord.enums import OptionType

from bot.loopback import forms
from bot.loopback.call import Upload
from bot.loopback.state import Payload, State

LONGEST_TEXT = 6000


class ActionError(Exception):
    """Something that a member's own client would not have let them do."""


@dataclass(slots=True)
class Filling:
    """A command being filled in; `resolved` collects the objects that its values name."""

    state: State
    member: int
    channel: int
    leaf: Payload
    resolved: Payload = field(default_factory=dict)

    def complete(self, given: Mapping[str, Any]) -> list[Payload]:
        """All values; ActionError when one is missing or wrong."""
        values = self.values(given)
        missing = [
            item["name"]
            for item in self.leaf.get("options") or []
            if item.get("required") and item["name"] not in given
        ]
        if missing:
            raise ActionError(f"{self.leaf['name']} needs {', '.join(missing)}")
        return values

    def values(self, given: Mapping[str, Any], *, partial: bool = False) -> list[Payload]:
        """The values given; with `partial` those that are wrong are left out."""
        options = self.leaf.get("options") or []
        unknown = set(given) - {item["name"] for item in options}
        if unknown:
            raise ActionError(f"{self.leaf['name']} has no option {sorted(unknown)[0]!r}")
        values: list[Payload] = []
        for option in options:
            if option["name"] not in given or (partial and option["type"] == OptionType.ATTACHMENT):
                continue
            try:
                value = self._value(option, given[option["name"]])
            except SetupError as error:
                if partial:
                    continue
                raise ActionError(str(error)) from error
            values.append({"name": option["name"], "type": option["type"], "value": value})
        return values

    def _value(self, option: Payload, given: Any) -> Any:
        kind = option["type"]
        if kind == OptionType.ATTACHMENT:
            if not isinstance(given, Upload):
                raise ActionError(f"{option['name']} wants a file")
            return store(self.state, self.channel, given, self.resolved)
        if kind in forms.ENTITY_OPTIONS:
            kinds = forms.ENTITY_OPTIONS[kind]
            return forms.resolve(self.state, self.member, self.channel, kinds, given, self.resolved)
        if kind == OptionType.STRING and "max_length" not in option:
            option = option | {"max_length": LONGEST_TEXT}
        return interactions.validate_option_value(self.leaf["name"], option, given)


def store(state: State, channel: int, file: Upload, resolved: Payload) -> str:
    """Keep an uploaded file; its id."""
    return interactions.store_interaction_attachment(state, channel, file.filename, file.data, resolved)
