"""What a question is about, learnt from example questions: a small softmax regression and its nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mediation_coach.domain.guidance import CROSSCUTTING, OUT_OF_SCOPE, Skill

Array = NDArray[np.float32]

CLASSES: tuple[str, ...] = (*Skill, OUT_OF_SCOPE)
DECAY, RATE, ROUNDS = 3e-5, 20.0, 300
NEIGHBOURS, SHARPNESS = 15, 12.0
FAR = 5.0
VOTE = 0.5


def labels_of(skill: str, also: Sequence[str]) -> Array:
    """Return the share of each class in a card: its skill, with a little for the others it serves."""
    row = np.zeros(len(CLASSES), dtype=np.float32)
    if skill == CROSSCUTTING:
        for name in also:
            row[CLASSES.index(name)] = 1 / len(also)
        return row
    row[CLASSES.index(skill)] = 1.0
    return row


def outside_labels(rows: int) -> Array:
    """Return labels of shape (rows, 5) for example questions from elsewhere."""
    labels = np.zeros((rows, len(CLASSES)), dtype=np.float32)
    labels[:, CLASSES.index(OUT_OF_SCOPE)] = 1
    return labels


def train(
    vectors: Array,
    labels: Array,
    *,
    level: bool = False,
    rounds: int = ROUNDS,
    rate: float = RATE,
    decay: float = DECAY,
) -> Array:
    """Return weights of shape (385, classes) that map a unit vector (and 1) to class scores.

    `vectors` has shape (n, 384), `labels` shape (n, classes) with rows that add up to 1. With `level`, classes count alike,
    however many examples each has. Full-batch gradient descent with momentum from zero: the same input gives the same weights.
    """
    x = np.hstack([vectors, np.ones((len(vectors), 1), dtype=np.float32)])
    weight = np.ones((len(x), 1), dtype=np.float32)
    if level:
        weight = (labels / np.maximum(labels.sum(axis=0), 1)).sum(axis=1, keepdims=True)
    weight = weight / weight.sum()
    w = np.zeros((x.shape[1], labels.shape[1]), dtype=np.float32)
    speed = np.zeros_like(w)
    for _ in range(rounds):
        step = x.T @ (weight * (_softmax(x @ w) - labels)) + decay * w
        speed = 0.9 * speed - rate * step
        w = w + speed
    return w


def standing(vector: Array, weights: Array, cards: int) -> Array:
    """Return how far each card stands above the others for this question, 0 to 1; 0 where nothing was learnt."""
    if weights.shape[1] != cards:
        return np.zeros(cards, dtype=np.float32)
    scores = np.append(vector, np.float32(1)) @ weights
    return np.asarray(np.clip((scores - scores.mean()) / (scores.std() + 1e-6), 0, FAR) / FAR, dtype=np.float32)


def shares(vector: Array, weights: Array, similarity: Array, labels: Array) -> dict[str, float]:
    """Return the share of each class for one question: the regression and a vote of its neighbours, half each.

    `similarity` (n,) is the question's cosine with each example, `labels` (n, 5) what each example is about.
    """
    learnt = _softmax(np.append(vector, np.float32(1))[None, :] @ weights)[0]
    near = np.argpartition(-similarity, min(NEIGHBOURS, len(similarity) - 1))[:NEIGHBOURS]
    votes = np.exp(SHARPNESS * similarity[near]) @ labels[near]
    both = 0.5 * learnt + 0.5 * votes / votes.sum()
    return {name: float(share) for name, share in zip(CLASSES, both, strict=True)}


def joined(learnt: Mapping[str, float], by_words: Mapping[str, float], *, foreign: bool) -> dict[str, float]:
    """Return the shares of the classes from what was learnt and from the vote by words.

    In English the vote only moves shares between the skills; whether a question is ours, the model tells better. In other
    languages, where the model reads a gloss, both count alike.
    """
    if foreign:
        return {name: (share + by_words.get(name, 0.0)) / 2 for name, share in learnt.items()}
    inside = {name: learnt[name] + VOTE * by_words.get(name, 0.0) for name in Skill}
    scale = (1 - learnt[OUT_OF_SCOPE]) / (sum(inside.values()) or 1.0)
    return {OUT_OF_SCOPE: learnt[OUT_OF_SCOPE]} | {name.value: share * scale for name, share in inside.items()}


def _softmax(scores: Array) -> Array:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), dtype=np.float32)
