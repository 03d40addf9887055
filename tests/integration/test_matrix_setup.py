"""Setting Matrix up by command, and the whole way of a question through the real inbox and outbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mediation_coach import cli
from mediation_coach.adapters.matrix_check import check
from mediation_coach.store.sql import SqlStore
from tests.matrix_house import house
from tests.matrix_people import EchoCoach, Member, options_for, running
from tests.synapse import PASSWORD, Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]


@pytest.fixture
def settings(synapse: Synapse, tmp_path: Path) -> Path:
    """Return a settings file for a new user, by password."""
    file = tmp_path / "coach.toml"
    table = {"homeserver": synapse.url, "user": synapse.user("coach"), "password": PASSWORD}
    lines = [
        f'data = "{tmp_path / "data"}"',
        "[matrix]",
        *(f"{key} = {json.dumps(value)}" for key, value in table.items()),
    ]
    file.write_text("\n".join(lines))
    return file


def run(settings: Path, *words: str) -> int:
    return cli.main(["--config", str(settings), "matrix", *words])


def test_login_prints_the_recovery_key_once_and_verify_shows_how_things_stand(
    settings: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(settings, "login") == 0
    first = capsys.readouterr().out
    assert run(settings, "login") == 0
    second = capsys.readouterr().out
    assert run(settings, "verify") == 0
    third = capsys.readouterr().out
    key = first.rsplit("  E", 1)[1].strip()
    assert "Logged in as a new device." in first
    assert "Verified  yes, by its owner" in first
    assert "Recovery key, shown this once" in first
    assert "Already logged in." in second
    assert key not in second + third
    assert PASSWORD not in first + second + third

    (settings.parent / "data" / "matrix" / "identity" / "seeds.json").unlink()
    assert run(settings, "verify") == 1
    assert "made elsewhere" in capsys.readouterr().out
    monkeypatch.setattr("getpass.getpass", lambda _: "E" + key)
    assert run(settings, "verify", "--recover") == 0
    monkeypatch.setattr("getpass.getpass", lambda _: "EsTb wrong")
    assert run(settings, "verify", "--recover") == 1
    assert "recovery key" in capsys.readouterr().err


def test_a_new_device_on_request_keeps_the_identity(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings, "login") == 0
    first = capsys.readouterr().out
    assert run(settings, "login", "--new-device") == 0
    second = capsys.readouterr().out

    def shown(text: str, name: str) -> str:
        return next(line for line in text.splitlines() if line.startswith(name))

    assert shown(first, "Device") != shown(second, "Device")
    assert "Verified  yes, by its owner" in second


def test_wrong_passwords_and_absent_servers_end_with_one_clear_line(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = settings.read_text()
    settings.write_text(good.replace(PASSWORD, "another password"))
    assert run(settings, "login") == 1
    settings.write_text(good.replace("http://127.0.0.1:", "http://127.0.0.1:1"))
    assert run(settings, "login") == 1
    said = capsys.readouterr().err.strip().splitlines()

    assert "refused the login" in said[0]
    assert len(said) == 2
    assert "another password" not in "".join(said)


async def test_doctor_finds_a_good_account_good_and_says_how_to_mend_a_bad_one(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path)
    found = await check(options)
    assert [what for what, good, _ in found if not good] == ["matrix: the identity can be recovered"]

    dead = options_for(synapse, tmp_path / "other", options.user, password=None)
    (finding,) = await check(dead)
    assert not finding[1]
    assert "matrix login" in finding[2]
    async with running(EchoCoach(options)):
        (finding,) = await check(options)
        assert "another process" in finding[2]


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_the_real_inbox_and_outbox_answer_each_once_and_in_order(
    synapse: Synapse, tmp_path: Path, sqlite_store: SqlStore, encrypted: bool
) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with house(options, sqlite_store), Member.present(synapse) as person:
        room = await person.open_room(options.user, encrypted=encrypted)
        texts = [f"question {n}" for n in range(12)]
        for text in texts:
            await person.say(room, text)
        await person.answered(room, options.user, f"echo: {texts[-1]}", within=60)
        assert person.bodies(room, options.user) == [f"echo: {text}" for text in texts]
