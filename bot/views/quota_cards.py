"""The quotas' cards: how a member stands, and a guild's rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import discord
from discord import ui

from bot.locales import Texts
from bot.quota import (
    AMOUNTS,
    Allowance,
    Ask,
    Meter,
    Standing,
    Verdict,
    engines_of,
    judge,
    most_generous,
    times_left,
)
from bot.refusals import mention, moment, scope_key, shown
from bot.views.cards import CANCELLED, FAILED, FINISHED, RUNNING, Card, bar, card
from storage.quotas import Grant, Kind, Rule, Scope

PAGE_RULES: Final = 15
HOST: Final = (Scope.HOST_MEMBER, Scope.HOST_GUILD)


def own_card(standing: Standing, ask: Ask, texts: Texts) -> Card:
    """What a member reads of themselves: how much is left, and the bounds of each picture, whatever waits."""
    verdict = judge(replace(standing, bounds=()), ask)
    best = standing.best()
    parts = [f"{texts.get('quota-title')}\n{headline(standing, verdict, ask, texts)}"]
    meters = [*(best.meters if best else ()), *standing.ceilings]
    parts += ["\n".join(meter_lines(meter, texts)) for meter in meters]
    parts += ["\n".join(grant_line(grant, texts) for grant in standing.grants)]
    parts += ["\n".join(bound_lines(standing, texts))]
    parts += [f"-# {texts.get('quota-note')}"] if meters else []
    return card(FINISHED if verdict.allowed else FAILED, *blocks(parts))


def headline(standing: Standing, verdict: Verdict, ask: Ask, texts: Texts) -> str:
    """How many more, or when."""
    if not verdict.allowed:
        return no_line(verdict, texts)
    left = times_left(standing, ask)
    return texts.get("quota-unlimited") if left is None else texts.get("quota-left", count=left)


def no_line(verdict: Verdict, texts: Texts) -> str:
    """That there is none now, and when there will be."""
    if verdict.until is None:
        return texts.get("quota-none-ever")
    return texts.get("quota-none", when=moment(verdict.until))


def simulation_card(member_id: int, channel_id: int, standing: Standing, ask: Ask, texts: Texts) -> Card:
    """What an admin reads of a member: the verdict, the rule that says so, and everything that has a say."""
    verdict = judge(standing, ask)
    where = {"member": f"<@{member_id}>", "channel": f"<#{channel_id}>"}
    yes = texts.get("quotas-simulate-yes", **where)
    lines = [yes if verdict.allowed else texts.get("quotas-simulate-no", **where), because(verdict, texts)]
    if (left := times_left(standing, ask)) is not None and verdict.allowed:
        lines.append(texts.get("quotas-simulate-left", count=left))
    if verdict.until is not None:
        lines.append(texts.get("quotas-simulate-when", when=moment(verdict.until)))
    parts = ["\n".join(lines)]
    parts += ["\n".join(allowance_lines(allowance, texts)) for allowance in standing.own]
    parts += ["\n".join(meter_lines(meter, texts)) for meter in standing.ceilings]
    parts += ["\n".join(grant_line(grant, texts) for grant in standing.grants)]
    parts += ["\n".join(bound_lines(standing, texts))]
    return card(
        FINISHED if verdict.allowed else FAILED, *blocks([*parts, f"-# {texts.get('quotas-rule-note')}"])
    )


def because(verdict: Verdict, texts: Texts) -> str:
    """Which rule says so."""
    if verdict.grant is not None:
        return texts.get("quotas-because", rule=grant_line(verdict.grant, texts))
    if verdict.rule is None:
        return texts.get("quotas-because-nothing")
    return texts.get("quotas-because", rule=rule_line(verdict.rule, texts))


def rules_card(rules: Sequence[Rule], page: int, count: int, texts: Texts) -> Card:
    """A page of a guild's rules, each with its number. `page` counts from 0, `count` is of all rules."""
    pages = max(-(-count // PAGE_RULES), 1)
    lines = [f"`#{rule.id}` {rule_line(rule, texts)}" for rule in rules]
    body = "\n".join(lines) or texts.get("quotas-show-none")
    parts = [texts.get("quotas-show-title", count=count), body, f"-# {texts.get('quotas-rule-note')}"]
    pager = [] if pages == 1 else [page_buttons(page, pages, texts)]
    return card(RUNNING, *blocks(parts), *pager)


def page_buttons(page: int, pages: int, texts: Texts) -> ui.ActionRow[Card]:
    """Back and forth; the numbers of the pages stand in the buttons."""

    def button(to: int, label: str) -> ui.Button[Card]:
        custom_id = f"gala:admin:quotas:page:{to}"
        return ui.Button(label=label, custom_id=custom_id, disabled=not 0 <= to < pages)

    return ui.ActionRow(
        button(page - 1, texts.get("quotas-show-back")), button(page + 1, texts.get("quotas-show-on"))
    )


def note_card(text: str, *, good: bool = True) -> Card:
    """An admin's confirmation."""
    return card(FINISHED if good else CANCELLED, ui.TextDisplay(text))


def blocks(parts: Iterable[str]) -> list[ui.Item[Card]]:
    """The parts that are not empty, with lines between them."""
    items: list[ui.Item[Card]] = []
    for part in filter(None, parts):
        items += [ui.Separator(spacing=discord.SeparatorSpacing.small)] if items else []
        items.append(ui.TextDisplay(part))
    return items


def allowance_lines(allowance: Allowance, texts: Texts) -> list[str]:
    """What one role, or the member alone, has."""
    if not allowance.meters:
        return [rule_line(allowance.rule, texts)]
    return [line for meter in allowance.meters for line in meter_lines(meter, texts)]


def meter_lines(meter: Meter, texts: Texts) -> list[str]:
    """A limit, and how much of it is left until when."""
    left = texts.get(
        "quota-meter",
        left=shown(meter.left),
        amount=shown(meter.amount),
        when=f"<t:{int(-(-meter.window.end // 1))}:R>",
    )
    return [f"**{holder(meter.rule, texts)}** · {what(meter.rule, texts)}", f"{filled(meter)} {left}"]


def filled(meter: Meter) -> str:
    """What is left, as a bar."""
    return bar(round(1000 * meter.left), max(round(1000 * meter.amount), 1))


def grant_line(grant: Grant, texts: Texts) -> str:
    """What was given beside the rules, and how much of it is left."""
    left = texts.get("quota-grant", kind=str(grant.kind), left=shown(grant.left))
    if grant.expires_at is None:
        return left
    return f"{left} · {texts.get('quota-grant-until', when=f'<t:{int(grant.expires_at)}:f>')}"


def bound_lines(standing: Standing, texts: Texts) -> list[str]:
    """Sizes, steps, engines and places in line: a line for each holder."""
    lines: dict[str, list[str]] = {}
    for rules in standing.bounds:
        rule = most_generous(rules)
        lines.setdefault(holder(rule, texts), []).append(what(rule, texts))
    return [f"**{whose}** · {' · '.join(parts)}" for whose, parts in lines.items()]


def rule_line(rule: Rule, texts: Texts) -> str:
    """A rule in words."""
    return f"**{holder(rule, texts)}** · {what(rule, texts)}"


def holder(rule: Rule, texts: Texts) -> str:
    """Whom a rule is about."""
    if rule.kind is Kind.BOOSTERS:
        return texts.get("quotas-boosters")
    each = rule.kind not in AMOUNTS and rule.scope in (Scope.CHANNEL, Scope.GUILD)
    message_id = "quotas-place" if each else "quotas-holder"
    return texts.get(message_id, scope=scope_key(rule), holder=mention(rule))


def what(rule: Rule, texts: Texts) -> str:
    """What a rule allows."""
    amounts = {"amount": shown(rule.amount), "period": str(rule.period)}
    match rule.kind:
        case Kind.PICTURES:
            return texts.get("quotas-what-pictures", **amounts)
        case Kind.SECONDS:
            return texts.get("quotas-what-seconds", **amounts)
        case Kind.EXEMPT:
            return texts.get("quotas-what-exempt")
        case Kind.PIXELS:
            return texts.get("quotas-what-pixels", size=rule.detail)
        case Kind.ENGINES:
            return texts.get("quotas-what-engines", known=", ".join(engines_of(rule)))
        case _:
            return texts.get(f"quotas-what-{rule.kind}", amount=shown(rule.amount))


def rule_label(rule: Rule, guild: discord.Guild, texts: Texts) -> str:
    """A rule on one line without markup, as the choices of a command show it."""
    words = f"#{rule.id} {rule_line(rule, texts)}".replace("**", "")
    named = {Scope.ROLE: guild.get_role, Scope.CHANNEL: guild.get_channel, Scope.MEMBER: guild.get_member}
    thing = named[rule.scope](rule.target_id) if rule.scope in named else None
    name = str(rule.target_id) if thing is None else thing.name
    return words.replace(mention(rule), name) if mention(rule) else words
