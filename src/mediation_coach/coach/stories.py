"""Stories of what came of a plan: told by a person in their own words, seen by them first, released by them alone, taken back at will."""

from __future__ import annotations

from dataclasses import replace

from mediation_coach.coach import check_in_replies as replies
from mediation_coach.coach import wishes
from mediation_coach.coach.dialogue import Spoken
from mediation_coach.coach.journeys import Journeys, today_of
from mediation_coach.coach.privacy import in_private
from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Choice, Choices, ConversationState, Event, Field, Form, Reply, Text
from mediation_coach.domain.follow_through import STORY_WAITS, Journey, Story

FORM = "story"
MOST_LETTERS = 900


class Stories:
    """Hears, shows, releases and takes back stories."""

    def __init__(self, journeys: Journeys) -> None:
        """Keep a story in its person's own journey, and nowhere else."""
        self._journeys = journeys

    async def fulfil(
        self, event: Event, journey: Journey, wish: wishes.Tell | wishes.Release | wishes.Retract
    ) -> Reply:
        """Do what someone wishes of their story."""
        match wish:
            case wishes.Tell(again=again):
                if not _cohort(journey):
                    return replies.said(journey, "plan.in_cohort")
                return _form(journey) if again or journey.story is None else self._review(journey, journey.story)
            case wishes.Release():
                if (story := journey.story) is None or self._names(story):
                    return _form(journey) if story is None else self._review(journey, story)
                on = story.released or today_of(event, journey)
                changed = await self._journeys.change(event, lambda j: _released(j, replace(story, released=on)))
                choices = (_choice("withdraw my story", "story.choice.withdraw", changed.language),)
                day = (on + STORY_WAITS).isoformat()
                return replies.said(changed, "story.released", day=day, choices=choices)
            case wishes.Retract():
                changed = await self._journeys.change(event, lambda j: replace(j, story=None))
                return replies.said(changed, "story.withdrawn")

    async def write(self, event: Event, state: ConversationState, argument: str = "") -> Spoken:
        """Keep a story as it was written, for its person alone, and show it as others would read it. Never in front of others."""
        if not event.conversation.private:
            return in_private(state.language), state
        text = " ".join(dict(event.fields).get("story", "").split())[:MOST_LETTERS]
        journey = await self._journeys.of(event, state)
        if not text or not (cohort := _cohort(journey)):
            return (_form(journey) if _cohort(journey) else replies.said(journey, "plan.in_cohort")), state
        story = Story(cohort=cohort, text=text)
        return self._review(await self._journeys.change(event, lambda j: replace(j, story=story)), story), state

    def _names(self, story: Story) -> tuple[str, ...]:
        return replies.names_in(story.text, ordinary=self._journeys.tools.ordinary_words())

    def _review(self, journey: Journey, story: Story) -> Reply:
        return _review(journey, story, self._names(story))


def _released(journey: Journey, story: Story) -> Journey:
    """Return the journey with the story released, if it still is the one its person has seen."""
    return replace(journey, story=story) if journey.story and journey.story.text == story.text else journey


def _cohort(journey: Journey) -> str:
    return next((e.cohort for e in reversed(journey.enrolments) if not e.left), "")


def _choice(words: str, label: str, language: str) -> Choice:
    return Choice(id=f"plan:{words}", label=say(label, language))


def _form(journey: Journey) -> Reply:
    language = journey.language
    field = Field(id="story", label=say("story.field", language), hint=say("plan.hint", language), multiline=True)
    form = Form(id=FORM, title=say("story.form", language), fields=(field,), submit=say("plan.form.submit", language))
    blocks = (Text(markdown=say("story.ask", language)), form)
    return Reply(blocks=blocks, summary=say("checkin.summary", language), discreet=True)


def _review(journey: Journey, story: Story, names: tuple[str, ...]) -> Reply:
    """Return the story as others would read it, and what can be done with it; not its release while it has `names`."""
    language = journey.language
    lines = [say("story.review", language), f"> {story.text}"]
    choices = [
        _choice("edit my story", "story.choice.edit", language),
        _choice("withdraw my story", "story.choice.withdraw", language),
    ]
    if names:
        lines.append(say("story.names", language, words=", ".join(dict.fromkeys(names))))
    elif story.released is not None:
        lines.append(say("story.is_released", language, day=(story.released + STORY_WAITS).isoformat()))
    else:
        lines.append(say("story.look" if replies.is_cased(story.text) else "story.look_yourself", language))
        choices.insert(0, _choice("release my story", "story.choice.release", language))
    blocks = (Text(markdown="\n\n".join(lines)), Choices(choices=tuple(choices)))
    return Reply(blocks=blocks, summary=say("checkin.summary", language), discreet=True)
