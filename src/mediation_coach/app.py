"""Puts the house together. The only module that knows every room."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mediation_coach import plugins
from mediation_coach.answering.extractive import Extractive
from mediation_coach.coach import alone
from mediation_coach.coach.dialogue import CommandHandler, Dialogue, Ear
from mediation_coach.config import Settings
from mediation_coach.domain.chat import Event
from mediation_coach.domain.guidance import Skill
from mediation_coach.knowledge.building import Layer, Progress
from mediation_coach.knowledge.encoder import HOW_TO, Encoder, installed
from mediation_coach.knowledge.lexicon import detect_language
from mediation_coach.knowledge.retrieval import Library
from mediation_coach.knowledge.sense import SenseOfDanger
from mediation_coach.ports import Answerer, Ledger, SkillHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What rooms besides the library add to the dialogue when the coach runs for others."""

    commands: Mapping[str, CommandHandler] = field(default_factory=dict)
    forms: Mapping[str, CommandHandler] = field(default_factory=dict)
    shows_forms: Collection[str] = ()
    ears: Sequence[Ear] = ()
    on_crisis: Callable[[Event], Awaitable[bool]] | None = None


def model_folder(settings: Settings) -> Path:
    """Return where the embedding model is kept."""
    return settings.cache_folder / "model"


def layers(settings: Settings) -> tuple[Layer, ...]:
    """Return the knowledge layers, the shipped one first."""
    own = (Layer(name=o.name, folder=o.folder, hides=frozenset(o.hides)) for o in settings.layers)
    return (Layer(name="library", folder=settings.knowledge_folder), *own)


def open_library(
    settings: Settings, *, progress: Progress | None = None, notice: Callable[[str], None] | None = None
) -> Library:
    """Return the library: with the embedding model where it is installed, by words alone where it is not.

    Where the cache cannot be written, the index is built in memory, by words alone, and `notice` says so once.

    Raises:
        ContentError: the knowledge folder has a fault and there is no earlier good index.
    """
    say = notice or (lambda text: print(text, file=sys.stderr))  # noqa: T201
    encoder = Encoder(model_folder(settings)) if installed(model_folder(settings)) else None
    if encoder is None:
        say(f"Answering by words alone. For better answers {HOW_TO} once.")
    cache = settings.cache_folder / ("index" if encoder is not None else "index-words")
    if not _writable(cache):
        say(
            f"The cache folder {cache} cannot be written, so the index is built anew, by words alone; set 'cache' to one that can."
        )
        return Library(layers(settings), None, notice=say)
    return Library(layers(settings), cache, encoder=encoder, progress=progress, notice=say)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def build_answerer(settings: Settings, library: Library, *, ledger: Ledger | None = None) -> Answerer:
    """Return the folder's own words, or, where a model is set, a language model held to them; `ledger` counts its tokens.

    Raises:
        ConfigError: the model's settings are not usable, or its package is not installed.
        ContentError: a prompt is not usable.
    """
    table = settings.table("model")
    if not table:
        return Extractive()
    from mediation_coach.answering.llm import ModelAnswerer
    from mediation_coach.answering.options import read_options
    from mediation_coach.answering.prompts import Prompts

    return ModelAnswerer(
        extract=Extractive(),
        options=read_options(table),
        prompts=Prompts(settings.prompts_folder),
        encode=library.encoder.encode if library.encoder is not None else None,
        ordinary=library.index.ordinary_words(),
        ledger=ledger,
    )


def build_handlers(answerer: Answerer) -> dict[Skill, SkillHandler]:
    """Return one handler a skill, loaded by name as anyone else's would be."""
    return {skill: plugins.load(plugins.SKILLS, skill.value)(answerer) for skill in Skill}


def build_dialogue(
    settings: Settings, library: Library, *, answerer: Answerer | None = None, extras: Extras | None = None
) -> Dialogue:
    """Return the walk of a question over `library`, with what other rooms add to it."""
    extras = extras or Extras(commands=alone.commands(), ears=(alone.understand,))
    return Dialogue(
        retriever=library,
        handlers=build_handlers(answerer or build_answerer(settings, library)),
        language_of=detect_language,
        commands=extras.commands,
        forms=extras.forms,
        shows_forms=extras.shows_forms,
        ears=extras.ears,
        on_crisis=extras.on_crisis,
        contacts=settings.safety.contacts,
        sense=SenseOfDanger(library.encoder) if library.encoder is not None else None,
    )
