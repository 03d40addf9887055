"""A real Synapse on loopback, with SQLite and no federation; started once, shared by all tests of a worker."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import hmac
import itertools
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SERVER = "coach.test"
SHARED_SECRET = "shared-secret-of-the-tests"
PASSWORD = "a password for tests"
_CONFIG = """
server_name: {server}
pid_file: {folder}/homeserver.pid
listeners:
  - port: {port}
    bind_addresses: ["127.0.0.1"]
    type: http
    tls: false
    resources: [{{names: [client], compress: false}}]
database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: {secret}
report_stats: false
macaroon_secret_key: macaroons-of-the-tests
form_secret: form-of-the-tests
trusted_key_servers: []
federation_domain_whitelist: []
enable_registration: false
presence: {{enabled: false}}
url_preview_enabled: false
bcrypt_rounds: 4
rc_message: {many}
rc_registration: {many}
rc_login: {{address: {many}, account: {many}, failed_attempts: {many}}}
rc_joins: {{local: {many}, remote: {many}}}
rc_joins_per_room: {many}
rc_invites: {{per_room: {many}, per_user: {many}, per_issuer: {many}}}
rc_room_creation: {many}
rc_key_requests: {many}
rc_admin_redaction: {many}
"""
_MANY = "{per_second: 10000, burst_count: 10000}"
_LOG = """
version: 1
formatters: {{precise: {{format: '%(asctime)s %(levelname)s %(name)s %(message)s'}}}}
handlers: {{file: {{class: logging.FileHandler, formatter: precise, filename: {folder}/synapse.log}}}}
root: {{level: WARNING, handlers: [file]}}
disable_existing_loggers: false
"""


@dataclass
class Synapse:
    """A running homeserver."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def user(self, name: str, *, admin: bool = False) -> str:
        """Register a new user and return its id; every call makes another one."""
        return str(self._registered(name, admin=admin)["user_id"])

    def token_for(self, name: str) -> tuple[str, str, str]:
        """Register a new user; return its id, and a token with its device, as a compatibility token comes."""
        made = self._registered(name, admin=False)
        return str(made["user_id"]), str(made["access_token"]), str(made["device_id"])

    def _registered(self, name: str, *, admin: bool) -> dict[str, Any]:
        local = f"{name}{next(self.numbers)}"
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        body = {"nonce": nonce, "username": local, "password": PASSWORD, "admin": admin}
        parts = [nonce, local, PASSWORD, "admin" if admin else "notadmin"]
        body["mac"] = hmac.new(SHARED_SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        return self.ask("POST", "/_synapse/admin/v1/register", body)

    def log_in(self, user: str, device: str | None = None) -> tuple[str, str]:
        """Log in by password; return token and device."""
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": PASSWORD}
        found = self.ask("POST", "/_matrix/client/v3/login", body | ({"device_id": device} if device else {}))
        return str(found["access_token"]), str(found["device_id"])

    def ask(self, method: str, path: str, body: object | None = None, token: str = "") -> dict[str, Any]:
        """Ask the server; raise `urllib.error.HTTPError` where it refuses."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Return rows of the server's own database, for what no client may see."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/homeserver.db?mode=ro", uri=True)) as database:
            return database.execute(query, arguments).fetchall()

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_running: list[Synapse] = []


def start() -> Synapse:
    """Return the homeserver of this process, started at the first call and stopped when the process ends."""
    if not _running:
        _running.append(_started())
        atexit.register(_running[0].stop)
    return _running[0]


@contextlib.contextmanager
def without_passwords() -> Iterator[Synapse]:
    """Yield a homeserver of its own on which nobody can log in by password."""
    server = _started("password_config: {enabled: false}\n")
    try:
        yield server
    finally:
        server.stop()


def _started(more: str = "") -> Synapse:
    folder = Path(tempfile.mkdtemp(prefix="coach-synapse-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = _CONFIG.format(server=SERVER, folder=folder, port=port, secret=SHARED_SECRET, many=_MANY)
    (folder / "homeserver.yaml").write_text(config + more)
    (folder / "log.yaml").write_text(_LOG.format(folder=folder))
    command = [sys.executable, "-W", "ignore", "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True)
    with (folder / "out.log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    server = Synapse(url=f"http://127.0.0.1:{port}", folder=folder, process=process)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            server.ask("GET", "/_matrix/client/versions")
            return server
        time.sleep(0.05)
    said = (folder / "out.log").read_text()[-2000:]
    server.stop()
    raise RuntimeError(f"Synapse did not start: {said}")


@pytest.fixture(scope="session")
def synapse() -> Synapse:
    """Return a real homeserver; skip with a reason where the package is not installed."""
    pytest.importorskip("synapse", reason="matrix-synapse is not installed; it comes with the dev dependencies")
    return start()
