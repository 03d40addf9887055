"""The command as a stranger meets it: real processes, real pipes, real exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediation_coach import app
from tests.shipped import ROOT, settings

WALKOUT = "one side just left the room and says they are done - what now?"


def run(
    *args: str, given: bytes | None = b"", env: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mediation_coach.cli", *args],
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
    )


def words_only(tmp_path: Path) -> dict[str, str]:
    return {"MEDIATION_COACH_CACHE": str(tmp_path / "cache")}


def test_ask_prints_one_answer_with_its_sources() -> None:
    done = run("ask", WALKOUT)

    out = done.stdout.decode()
    assert done.returncode == 0
    assert "First hour" in out
    assert "[1] A party walks out" in out
    assert done.stderr == b""


def test_ask_json_is_one_object_with_the_whole_answer() -> None:
    answer = json.loads(run("ask", "--json", WALKOUT).stdout)

    assert answer["skill"] == "crisis_handling"
    assert set(answer) == {
        "id", "skill", "also", "confidence", "answer", "in_short", "citations", "safety", "refused", "clarify", "language",
    }  # fmt: skip
    assert answer["in_short"] in answer["answer"]
    assert "How it looks from the other side" in answer["answer"]
    assert len(answer["citations"]) >= 2
    assert all(citation["passages"] for citation in answer["citations"])


def test_ask_jsonl_answers_each_line_and_goes_on_after_a_bad_one() -> None:
    lines = [
        {"id": "a", "text": WALKOUT},
        "not json",
        {"id": "b", "text": "and if the women's groups refuse?", "history": ["who should be at the table?"]},
        {"id": "c"},
        {"id": "d", "text": "how do I bake bread"},
        {"id": "e", "text": "he knows where my children go to school"},
        {"id": "f", "text": "they want the text"},
    ]
    given = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()

    answers = [json.loads(line) for line in run("ask", "--jsonl", given=given).stdout.splitlines()]

    assert [a.get("id") for a in answers] == ["a", None, "b", None, "d", "e", "f"]
    assert "error" in answers[1]
    assert "error" in answers[3]
    assert answers[4]["refused"]
    assert answers[4]["skill"] == "out_of_scope"
    assert answers[5]["safety"]
    assert answers[6]["clarify"]


def test_chat_answers_each_line_when_piped() -> None:
    done = run("chat", given=f"hello\n{WALKOUT}\n2\n/skill technical\n/sources\n/help\n/quit\nnever read\n".encode())

    out = done.stdout.decode()
    assert done.returncode == 0
    assert out.index("Mediation Coach") < out.index("First hour") < out.index("Steps")
    assert "Technical aspects" in out
    assert "never read" not in out
    assert "\x1b[" not in out


def test_chat_with_no_input_shows_a_sample() -> None:
    out = run("chat").stdout.decode()

    assert out.startswith("you> one side just left the room")
    assert "First hour" in out


def test_a_follow_through_is_rehearsed_on_a_clock_that_is_pushed() -> None:
    chat = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mediation_coach.cli",
            "chat",
            "--as-of",
            "2027-01-29T08:00",
            "--zone",
            "Africa/Nairobi",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert chat.stdout is not None
    first = chat.stdout.readline().decode()
    code = first.partition("join ")[2][:8]
    said = (
        f"join {code}\n/tomorrow\nnot now\n/tomorrow\n/tomorrow\npartly\nsnooze 2 weeks\nstop\n/month\n/month\n/quit\n"
    )
    out = chat.communicate(said.encode(), timeout=120)[0].decode()
    assert chat.returncode == 0
    assert "Friday 2027-01-29, 08:00 (Africa/Nairobi)" in first
    assert "[Saturday 2027-01-30, 09:30 (Africa/Nairobi)]" in out
    asked = out.index("one thing you will do differently")
    assert out.index("Welcome") < asked < out.index("first small step") < out.index("never write to you first")
    assert out.count("[Friday 2027-04-02, 09:30 (Africa/Nairobi)]") == 1
    assert "A month on" not in out, "nothing after stop"


def test_ask_loads_nothing_it_does_not_need() -> None:
    code = (
        "import sys; from mediation_coach.cli import main; main(['ask', 'they walked out, what now']);"
        "print([m for m in ('langchain', 'langchain_core', 'langchain.chat_models', 'slack_bolt', 'slack_sdk', 'nio', 'sqlalchemy', 'apscheduler')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120, check=True, cwd=ROOT)

    assert done.stderr.decode().strip() == "[]"


@pytest.mark.parametrize(
    ("args", "given", "code", "says"),
    [
        (("ask", ""), b"", 2, "the question is empty"),
        (("ask",), b"\xff\xfe\x00\x9c", 1, "not text"),
        (("ask", "--nonsense"), b"", 2, "unrecognized arguments"),
        (("sing",), b"", 2, "invalid choice"),
        (("--config", "no-such.toml", "ask", "x"), b"", 1, "there is no settings file"),
        (("knowledge", "show", "no-such-card"), b"", 1, "there is no card"),
        (("knowledge", "check", "no-such-folder"), b"", 1, "there is no knowledge folder"),
        (("evaluate", "no-such-file"), b"", 1, "no readable golden set"),
    ],
)
def test_bad_input_gets_one_sentence_that_says_what_to_do(
    args: tuple[str, ...], given: bytes, code: int, says: str
) -> None:
    done = run(*args, given=given)

    assert done.returncode == code
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_question_of_fifty_thousand_characters_is_told_the_limit() -> None:
    done = run("ask", given=b"they left the room again " * 2000)

    assert done.returncode == 0
    assert b"8000 characters at most" in done.stdout


def test_without_the_model_it_answers_by_words_and_says_once_how_to_get_better(tmp_path: Path) -> None:
    done = run("ask", WALKOUT, env=words_only(tmp_path))

    assert done.returncode == 0
    assert b"First hour" in done.stdout
    assert done.stderr.decode().count("mediation-coach model install") == 1


def test_a_tampered_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    model = tmp_path / "cache" / "model"
    model.mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json"):
        (model / name).write_bytes(b"tampered")

    done = run("ask", WALKOUT, env=words_only(tmp_path))

    assert done.returncode == 1
    assert "not the published file" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_cache_that_cannot_be_written_is_said_and_answered_around(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be", "utf-8")

    done = run("ask", WALKOUT, env=words_only(tmp_path))

    assert done.returncode == 0
    assert "cannot be written" in done.stderr.decode()
    assert b"First hour" in done.stdout


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text('adapter = ["terminal"]\n', "utf-8")

    done = run("--config", str(tmp_path / "coach.toml"), "ask", WALKOUT)

    assert done.returncode == 1
    assert "did you mean 'adapters'?" in done.stderr.decode()


def test_a_broken_card_of_an_own_layer_is_one_sentence_with_file_and_line(tmp_path: Path) -> None:
    card = tmp_path / "own" / "process_design" / "ours.md"
    card.parent.mkdir(parents=True)
    card.write_text("---\nid: [ours\n---\n## In short\nX.\n", "utf-8")
    (tmp_path / "coach.toml").write_text(f'[[layers]]\nname = "ours"\nfolder = "{tmp_path / "own"}"\n', "utf-8")

    done = run("--config", str(tmp_path / "coach.toml"), "ask", WALKOUT, env=words_only(tmp_path))

    assert done.returncode == 1
    assert "ours.md:" in done.stderr.decode()
    assert "knowledge check" in done.stderr.decode()


def test_an_own_layer_answers_and_says_where_it_comes_from(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shipped = (ROOT / "knowledge" / "crisis_handling" / "party-walkout.md").read_text("utf-8")
    sources = (ROOT / "knowledge" / "sources.yaml").read_text("utf-8")
    (own / "crisis_handling").mkdir(parents=True)
    (own / "crisis_handling" / "party-walkout.md").write_text(
        shipped.replace("A party walks out", "Our way with walkouts"), "utf-8"
    )
    (own / "sources.yaml").write_text(sources, "utf-8")
    (tmp_path / "coach.toml").write_text(f'[[layers]]\nname = "our house"\nfolder = "{own}"\n', "utf-8")

    done = run("--config", str(tmp_path / "coach.toml"), "ask", WALKOUT, env=words_only(tmp_path))

    assert "Our way with walkouts" in done.stdout.decode()
    assert "from our house" in done.stdout.decode()


def test_a_new_card_begins_from_a_template_and_never_overwrites(tmp_path: Path) -> None:
    first = run("knowledge", "new", "our-card", "--folder", str(tmp_path), "--skill", "implementation")
    again = run("knowledge", "new", "our-card", "--folder", str(tmp_path), "--skill", "implementation")
    checked = run("knowledge", "check", str(tmp_path))

    assert first.returncode == 0
    assert (tmp_path / "implementation" / "our-card.md").exists()
    assert again.returncode == 1
    assert "is there already" in again.stderr.decode()
    assert checked.returncode == 1
    assert "example questions" in checked.stdout.decode()


def test_gaps_count_by_card_and_keep_no_text(tmp_path: Path) -> None:
    asked = tmp_path / "asked.txt"
    asked.write_text("how do I bake bread\nwhat is the tax on vans\n" + WALKOUT + "\n", "utf-8")

    out = run("knowledge", "gaps", str(asked)).stdout.decode()

    assert out.startswith("2 of 3 questions found nothing good")
    assert "bread" not in out
    assert "vans" not in out


def test_the_model_is_installed_once() -> None:
    done = run("model", "install")

    assert done.returncode == 0
    assert (app.model_folder(settings()) / "checked.json").exists()
    assert done.stderr == b""


def test_what_a_command_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        done = run("store", "migrate", env={"MEDIATION_COACH_DATA": str(tmp_path / "data")})
    finally:
        os.umask(old)

    assert done.returncode == 0, done.stderr
    written = list((tmp_path / "data").rglob("*"))
    assert written
    assert not [path.name for path in (tmp_path / "data", *written) if path.stat().st_mode & 0o077]
