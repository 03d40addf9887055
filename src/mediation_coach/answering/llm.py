"""A language model that writes the first message, held to the library's passages; the library's own words where it fails.

The walk: the extractive answer is made first and is always at hand. The model gets at most eight passages, the masked question
and the headings of the shape. Its draft is read line by line; a sentence is kept only if the passages it names carry it. If
anything goes wrong, or too little is kept, the extractive answer is sent. What stands behind the choices is always the library.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage

from mediation_coach import logs
from mediation_coach.answering.calling import Bill, Caller, CallFailed, build_model, tokens_of
from mediation_coach.answering.desk import (
    Draft,
    Kept,
    choose_passages,
    fitting,
    numbered,
    read_line,
    read_translation,
    show_history,
    show_passages,
    show_question,
    show_slots,
)
from mediation_coach.answering.drafts import Claim, DraftReader, Fault, plain, reaches_out
from mediation_coach.answering.extractive import chosen
from mediation_coach.answering.masking import Mask, Masker
from mediation_coach.answering.options import ModelOptions
from mediation_coach.answering.prompts import Prompts
from mediation_coach.answering.spending import Clock, Limits, Usage
from mediation_coach.answering.support import Checker, Encode
from mediation_coach.domain.composing import citations
from mediation_coach.domain.guidance import Answer, Found, Line, Part, Passage, Question, Shape, Slot, Statement
from mediation_coach.ports import Answerer, Ledger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ENGLISH = {"fr": "French", "es": "Spanish", "ar": "Arabic", "ru": "Russian"}
_LOWER = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}(?![^\W\d_])")

log = logs.get()


class NotGoodEnough(Exception):
    """What the model wrote cannot be sent; `why` is a word for metrics."""

    def __init__(self, why: str, *, note: str = "") -> None:
        """`note` is the key of a sentence that tells the person."""
        super().__init__(why)
        self.why, self.note = why, note


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """One question on its way: what is shown to the model, and what its marks mean."""

    question: Question
    extract: Answer
    cards: Sequence[Found]
    passages: tuple[Passage, ...]
    slots: tuple[Slot, ...]
    most_words: int
    mask: Mask
    addressed: frozenset[str]
    messages: tuple[BaseMessage, ...]
    deadline: float
    bill: Bill


class ModelAnswerer:
    """Answers with a language model, and with `extract` where the model cannot."""

    def __init__(
        self,
        *,
        extract: Answerer,
        options: ModelOptions,
        prompts: Prompts,
        encode: Encode | None = None,
        ordinary: Iterable[str] = (),
        model: BaseChatModel | None = None,
        ledger: Ledger | None = None,
        clock: Clock = time.time,
    ) -> None:
        """Set up the chain; nothing is called yet. `ordinary` are lower-case words that the masking takes for no names.

        The day's limits are counted in `ledger`, where there is one, else in memory; `limits.write` takes them there.

        Raises:
            ConfigError: the model cannot be set up; the message names the package or option.
        """
        self.options, self.usage = options, Usage()
        self._extract, self._prompts = extract, prompts
        ordinary = frozenset(ordinary)
        self._checker = Checker(encode, ordinary=ordinary)
        self._masker = Masker(names=options.names, ordinary=ordinary)
        self.limits = Limits(
            person=options.tokens_per_person, workspace=options.tokens_per_workspace, ledger=ledger, clock=clock
        )
        self._caller = Caller(model or build_model(options), options, self.usage)

    async def answer(self, question: Question, shape: Shape) -> Answer:
        """Return the model's answer, or the library's where the model fails or strays.

        Raises:
            AnswererUnavailable: the library itself has nothing for this question.
        """
        async with aclosing(self.stream(question, shape)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Answer):
                    return piece
        raise AssertionError("a stream ends with an answer")

    async def stream(self, question: Question, shape: Shape) -> AsyncGenerator[Part | Answer, None]:
        """Yield each verified sentence as a part of one statement, and at last the whole answer, which replaces them.

        Closing the iterator ends the call to the model.

        Raises:
            AnswererUnavailable: the library itself has nothing for this question.
        """
        extract = await self._extract.answer(question, shape)
        self.usage.answers += 1
        try:
            async with aclosing(self._written(question, shape, extract)) as pieces:
                async for piece in pieces:
                    yield piece
        except CallFailed as failed:
            yield self._instead(extract, failed.kind)
        except NotGoodEnough as reason:
            yield self._instead(extract, reason.why, note=reason.note)

    def preview(self, question: Question, shape: Shape, extract: Answer) -> str:
        """Return, word for word, what would be sent to the model for this question."""
        return "\n\n".join(str(m.content) for m in self._desk(question, shape, extract).messages)

    @property
    def resting(self) -> bool:
        """Whether no call is made for a while, because several failed in a row."""
        return self._caller.breaker.open

    async def close(self) -> None:
        """End all calls; whoever waits gets the library's answer."""
        await self._caller.close()
        await self.limits.write()

    def _instead(self, extract: Answer, why: str, *, note: str = "") -> Answer:
        self.usage.replaced += 1
        self.usage.why[why] += 1
        log.info("model_replaced", why=why)
        return replace(extract, notes=(*extract.notes, note)) if note else extract

    def _desk(self, question: Question, shape: Shape, extract: Answer) -> _Desk:
        """Lay out what the model is shown. Everything of the person's passes the mask."""
        cards = chosen(question, shape)
        headings = {part.heading for part in extract.in_short}
        slots = tuple(slot for slot in shape.first if slot.heading in headings)
        passages = choose_passages(cards, shape, extract, self.options.passages)
        ordinary = _ordinary_words(question.retrieval.found)
        mask = Mask(self._masker if self.options.masking else None, ordinary=ordinary)
        names = Mask(self._masker, ordinary=ordinary)
        for text in (*question.history, question.text):
            names.hide(text)  # also where nothing is masked: whom the asker named, an answer may address
        values = {
            "language": question.language,
            "history": show_history(question.history, mask, self.options.history_tokens),
            "question": show_question(question, mask),
            "passages": show_passages(passages, mask),
            "slots": show_slots(slots),
            "most_words": shape.first_words,
        }
        return _Desk(
            question=question,
            extract=extract,
            cards=cards,
            passages=passages,
            slots=slots,
            most_words=shape.first_words,
            mask=mask,
            addressed=names.addressed(),
            messages=tuple(self._prompts.drafting(shape.skill, values)),
            deadline=asyncio.get_running_loop().time() + self.options.whole_seconds,
            bill=Bill(),
        )

    async def _written(self, question: Question, shape: Shape, extract: Answer) -> AsyncGenerator[Part | Answer, None]:
        """Yield what the model wrote and the passages carry; at most two calls.

        Raises:
            CallFailed: the model did not answer.
            NotGoodEnough: what it wrote cannot be sent, or the day's limit is reached.
        """
        desk = self._desk(question, shape, extract)
        english = question.language == "en"
        expected = tokens_of(*(str(m.content) for m in desk.messages)) + self.options.max_tokens
        reservation = await self.limits.reserve(question.person, question.workspace, expected)
        if reservation is None:
            own = self.limits.passed(
                "person", question.person, expected
            )  # a workspace's would tell how much others ask
            raise NotGoodEnough("limit", note="limit_reached" if own else "")
        try:
            async with self._caller.slot(desk.deadline):
                draft = Draft(slots=desk.slots, most_words=desk.most_words)
                async with aclosing(self._draft(desk, desk.messages, draft)) as kept:
                    async for piece in kept:
                        if english:
                            yield Part(heading=piece.heading, statements=(piece.statement,))
                if draft.empty and english:
                    draft = await self._second(desk, draft)
                if draft.empty:
                    raise NotGoodEnough(_why(draft))
                if not english:
                    async with aclosing(self._translated(desk, draft)) as kept:
                        async for piece in kept:
                            yield Part(heading=piece.heading, statements=(piece.statement,))
        finally:
            reservation.settle(desk.bill.total)
        self.usage.written += 1
        yield _whole(desk, draft.parts())

    async def _draft(self, desk: _Desk, messages: Sequence[BaseMessage], draft: Draft) -> AsyncGenerator[Kept, None]:
        """Yield each sentence that is kept, as soon as its line is whole."""
        reader = DraftReader(headings=frozenset(s.heading for s in desk.slots), passages=len(desk.passages))
        async with aclosing(self._caller.stream(messages, desk.deadline, desk.bill)) as pieces:
            async for text in pieces:
                for claim in reader.feed(text):
                    if (kept := self._weighed(claim, desk, draft)) is not None:
                        yield kept
        for claim in reader.end():
            if (kept := self._weighed(claim, desk, draft)) is not None:
                yield kept

    def _weighed(self, claim: Claim, desk: _Desk, draft: Draft) -> Kept | None:
        """Keep a claim if it is in form, carried, and fits; count what becomes of it."""
        fault, kept = str(claim.fault or ""), None
        if not fault:
            kept, fault = self._carried(claim, desk)
        if kept is None:
            self.usage.dropped += 1
            self.usage.unfit[fault] += 1
            self.usage.invented += claim.fault is Fault.INVENTED
            draft.faults[fault] += 1
            return None
        self.usage.kept += 1
        if not draft.has_room(kept.heading, kept.statement.text):
            return None
        draft.kept.append(kept)
        return kept

    def _carried(self, claim: Claim, desk: _Desk) -> tuple[Kept | None, str]:
        text = desk.mask.restore(claim.text)
        if text is None:
            return None, "placeholder"
        if reaches_out(text):
            return None, Fault.REACHES_OUT
        slot = next(s for s in desk.slots if s.heading == claim.heading)
        cited = [p for n in claim.marks if (p := fitting(desk.passages[n - 1], slot)) is not None]
        if not cited:
            return None, "place"
        ids, fault = self._checker.carried(text, cited, addressed=desk.addressed)
        if not ids:
            return None, fault
        return Kept(heading=claim.heading, statement=Statement(text=text, passages=ids), masked=claim.text), ""

    async def _second(self, desk: _Desk, first: Draft) -> Draft:
        """Ask once more and name the faults; what was kept of the first draft is not mixed with the second."""
        faults = [f"- nothing could be used under ## {heading}" for heading in first.empty]
        faults += [f"- {FAULTS.get(fault, fault)}: {count}" for fault, count in first.faults.items()]
        said = AIMessage("\n".join(f"## {k.heading}\n{k.masked}" for k in first.kept) or "NO ANSWER")
        draft = Draft(slots=desk.slots, most_words=desk.most_words)
        messages = [*desk.messages, said, *self._prompts.again("\n".join(faults))]
        async with aclosing(self._draft(desk, messages, draft)) as kept:
            async for _ in kept:
                pass
        return draft

    async def _translated(self, desk: _Desk, draft: Draft) -> AsyncGenerator[Kept, None]:
        """Yield each kept sentence in the person's language as its line comes; at last put them all in the draft.

        Every one of them was carried in English first.

        Raises:
            NotGoodEnough: the whole is no translation of them.
        """
        originals, language = [k.masked for k in draft.kept], desk.question.language
        messages = self._prompts.translating(language=ENGLISH.get(language, language), lines=numbered(originals))
        reply = ""
        async with aclosing(self._caller.stream(messages, desk.deadline, desk.bill)) as pieces:
            async for piece in pieces:
                rest = reply.rpartition("\n")[2] + piece
                reply += piece
                for line in rest.split("\n")[:-1]:
                    if (read := read_line(line, originals, language)) and (text := _shown(read[1], desk)):
                        yield _in_words(draft.kept[read[0]], text)
        texts = [_shown(text, desk) for text in read_translation(reply, originals, language) or ()]
        if not all(texts) or len(texts) != len(originals):
            raise NotGoodEnough("translation")
        draft.kept = [_in_words(kept, str(text)) for kept, text in zip(draft.kept, texts, strict=True)]


FAULTS = {
    Fault.NO_MARK: "sentences without the number of a passage",
    Fault.INVENTED: "sentences with the number of a passage that does not exist",
    Fault.REACHES_OUT: "sentences with a link, an address or a mention",
    Fault.TOO_LONG: "sentences that are too long",
    Fault.NOT_ASKED: "sentences under a heading that was not asked for",
    "placeholder": "sentences with a placeholder that cannot be used there",
    "place": "sentences under a heading that the passage has for other things",
    "number": "numbers, dates or spans of time that are not in the passage",
    "name": "names that are not in the passage",
    "denial": "sentences that deny what the passage says, or the other way round",
    "turned": "sentences that turn the passage's meaning round",
    "certainty": "sentences that are more or less sure than the passage",
    "amount": "sentences that say all, most, some or only where the passage does not",
    "order": "sentences in which who does what to whom, or what comes first, is not as in the passage",
    "comparison": "comparisons that the passage does not make",
    "cause": "reasons that the passage does not give",
    "condition": "sentences that leave out the passage's condition",
    "added": "sentences with a clause that is not in the passage",
    "words": "sentences too far from the passage's words",
    "meaning": "sentences too far from the passage's meaning",
    "empty": "sentences that say nothing",
}


def _shown(text: str, desk: _Desk) -> str | None:
    """Return a translated sentence with the names put back, or nothing where it cannot be shown."""
    restored = desk.mask.restore(plain(text))
    return restored if restored and not reaches_out(restored) else None


def _in_words(kept: Kept, text: str) -> Kept:
    return replace(kept, statement=replace(kept.statement, text=text))


def _why(draft: Draft) -> str:
    """Return why a draft is not enough: nothing in it, or something missing."""
    if draft.kept:
        return "incomplete"
    return "unsupported" if _claims(draft.faults) else "no_answer"


def _claims(faults: Counter[str]) -> int:
    return sum(count for fault, count in faults.items() if fault != Fault.NO_MARK)


def _ordinary_words(found: Sequence[Found]) -> frozenset[str]:
    """Return the lower-case words of the cards that were found: none of them is a name."""
    return frozenset().union(*(_lower_words(p.lines) for f in found for p in f.passages))


@lru_cache(maxsize=4096)
def _lower_words(lines: tuple[Line, ...]) -> frozenset[str]:
    return frozenset(w for line in lines for w in _LOWER.findall(line.text) if w.islower())


def _whole(desk: _Desk, parts: tuple[Part, ...]) -> Answer:
    """Return the extract with the model's first message in the place of its own, and its sources numbered anew."""
    used = [s for part in parts for s in part.statements] + [
        s for lines in desk.extract.sections.values() for s in lines
    ]
    notes = desk.extract.notes if desk.question.language == "en" else (*desk.extract.notes, "translated")
    return replace(desk.extract, in_short=parts, citations=citations(desk.cards, used), written_by="model", notes=notes)
