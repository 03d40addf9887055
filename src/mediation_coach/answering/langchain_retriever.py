"""Our retriever with LangChain's face, so that others can use the library in their own chains."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from mediation_coach.domain.guidance import Found, Passage


class LibraryRetriever(BaseRetriever):
    """Finds the library's passages for a question: one document a passage, best card first.

    `library` is anything that keeps the contract of `mediation_coach.ports.Retriever`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Any
    limit: int = 3
    language: str = "en"

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return await self._find(query)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        """Find where no loop is running; inside one, use `ainvoke`."""
        return asyncio.run(self._find(query))

    async def _find(self, query: str) -> list[Document]:
        retrieval = await self.library.retrieve(query, language=self.language, limit=self.limit)
        return [_document(found, passage) for found in retrieval.found for passage in found.passages]


def _document(found: Found, passage: Passage) -> Document:
    card = found.card
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "card": card.id,
            "title": card.title,
            "section": passage.kind.value,
            "score": found.score,
            "sensitivity": card.sensitivity,
            "reviewed": card.reviewed.isoformat(),
            "sources": [f"{s.organisation}, {s.title}, {s.year}" for s in card.sources],
        },
    )
