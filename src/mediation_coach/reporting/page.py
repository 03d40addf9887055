"""Figures as a page that opens offline, as CSV, and as a few lines with a picture for the chat. The same bytes from the same data."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from importlib import resources

from mediation_coach.domain.chat import Block, Image, Reply, Text
from mediation_coach.reporting import pictures
from mediation_coach.reporting.donor import Donor
from mediation_coach.reporting.figures import FLOOR, Figures, Rate, named

HIDDEN = "kept back"


def page(figures: Figures) -> str:
    """Return the report as one HTML page with its pictures inside."""
    return _rendered(
        "report.html.j2",
        figures=figures,
        has_progress=any(t.question == "progress" and t.answered for t in figures.tables),
        response_svg=_inline(pictures.response(figures, kind="svg")),
        progress_svg=_inline(pictures.progress(figures, kind="svg")),
        response_alt=response_alt(figures),
        progress_alt=progress_alt(figures),
    )


def donor_page(donor: Donor) -> str:
    """Return the report for donors as one HTML page with its picture inside."""
    active = replace(donor.figures, rates=donor.active)
    return _rendered(
        "donor.html.j2",
        donor=donor,
        figures=donor.figures,
        per_active=_per_active(donor),
        response_svg=_inline(pictures.response(active, kind="svg")),
        response_alt=response_alt(active),
    )


def _rendered(name: str, **values: object) -> str:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = resources.files(__package__)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.globals.update(
        about=_about,
        number=_number,
        percent=_percent,
        at_least=_at_least,
        answered_of=_answered_of,
        named=named,
        hidden=HIDDEN,
    )
    drawn = {key: Markup(value) for key, value in values.items() if key.endswith("_svg")}  # noqa: S704 - by us
    style = Markup((folder / "report.css").read_text("utf-8"))  # noqa: S704 - ours
    template = environment.from_string((folder / name).read_text("utf-8"))
    return template.render(**{**values, **drawn}, style=style)


def _per_active(donor: Donor) -> str:
    if donor.cost is None or donor.newest is None or donor.per_active is None:
        return HIDDEN
    amount = f"{donor.per_active:,.2f} {donor.cost.currency}".strip()
    return f"{amount} ({donor.cost.amount:,.2f} for {donor.newest.answered} who answered {named(donor.newest.step)})"


def _answered_of(rate: Rate | None) -> str:
    if rate is None or (rate.answered is None and not rate.few_missing):
        return HIDDEN
    return f"{'nearly all' if rate.few_missing else rate.answered} of about {rate.asked}"


def _inline(svg: bytes) -> str:
    """Return the drawing as it stands inside a page, hidden from screen readers: the words beside it say the same."""
    text = svg.decode()
    body = text[text.index("<svg") :]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    return body.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _number(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


def _about(count: int | None) -> str:
    return HIDDEN if count is None else f"about {count}"


def _at_least(count: int | None) -> str:
    return HIDDEN if count is None else f"{count} or more"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


def response_alt(figures: Figures) -> str:
    """Return in words what the picture of who answered shows."""
    said = [f"{named(r.step)}: {_answered_of(r)}" for r in figures.rates if r.few_missing or r.answered is not None]
    return "Answered. " + ("; ".join(said) or "Nothing can be shown yet") + "."


def progress_alt(figures: Figures) -> str:
    """Return in words what the picture of answers shows."""
    said = []
    for table in figures.tables:
        if table.question == "progress":
            shown = [f"{row.label} {row.count}" for row in table.rows if row.count is not None]
            said.append(f"{named(table.step)}: {', '.join(shown) or 'kept back'}")
    return "Answers. " + ("; ".join(said) or "Nothing can be shown yet") + "."


def table(figures: Figures) -> str:
    """Return the figures as CSV: one line a figure; what is kept back is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("check_in", "question", "answer", "people"))
    writer.writerow(("", "enrolled", "about", _cell(figures.enrolled)))
    for name in ("paused", "stopped"):
        writer.writerow(("", name, "", _cell(getattr(figures, name))))
    for rate in figures.rates:
        writer.writerow((rate.step, "asked", "about", _cell(rate.asked)))
        writer.writerow((rate.step, "answered", "", "nearly all" if rate.few_missing else _cell(rate.answered)))
    for one in figures.tables:
        for row in one.rows:
            writer.writerow((one.step, one.question, row.id, _cell(row.count)))
    return out.getvalue()


def _cell(count: int | None) -> str:
    return "" if count is None else str(count)


def summary(figures: Figures) -> Reply:
    """Return the weekly summary: a few lines, and the picture."""
    lines = [f"**{figures.name}**, as of {figures.day.isoformat()}", f"Took part: {_about(figures.enrolled)}"]
    lines += [line for line in (response_alt(figures), progress_alt(figures)) if figures.rates]
    if figures.suppressed:
        lines.append(
            f"Some numbers are kept back: none stands for fewer than {FLOOR} people, nor lets one be worked out."
        )
    if figures.closes:
        step, day = figures.closes[0]
        lines.append(f"Next figures: {named(step)}, on {day.isoformat()}.")
    blocks: tuple[Block, ...] = (Text(markdown="\n\n".join(lines)),)
    if figures.rates:
        picture = pictures.response(figures, kind="png")
        blocks = (*blocks, Image(png=picture, alt=response_alt(figures), name=f"{figures.cohort}.png"))
    return Reply(blocks=blocks, summary="Follow-through in numbers", discreet=True)
