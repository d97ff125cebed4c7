#!/usr/bin/env python3
"""Has Schemathesis try the server by its own document, as every kind of caller.

It starts the real binary twice, locked and in open mode, makes a key for each role, and sends what the document allows
and what it does not. Nothing may be answered by 5xx, by a status that the document does not name, or by a body that is
not what the document says. The same seed sends the same.

    run.py BINARY [ROLE …]
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import requests

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "docs" / "openapi.json"
ROLES = ["NORMAL", "VIP", "MANAGER", "BOT", "DISPLAY", "stranger", "open"]

SEED = 20260504
# Cases for each operation. There are a hundred operations, half of them the same under another address.
EXAMPLES = 6
# What one caller may take: a guard against hanging, far above what it takes.
WITHIN_S = 120

# Streams have no end; they are tested by clients that read them.
STREAMS = r"/events$"
# Passwords are judged slowly on purpose: those who have a role need not try them too.
SIGN_IN = r"/api/auth/(login|setup|demonstrate|password)$"
# The same routes at another address: tried by whoever may do most.
NAMED = r"^/api/restaurants/"
# The log is read in the end: whoever may switch it off is not let to.
LOG = r"^/api/log$"
NOT_TRIED = {"MANAGER": [STREAMS, SIGN_IN], "stranger": [STREAMS, NAMED], "open": [STREAMS, NAMED, LOG]}
NOT_TRIED_BY_OTHERS = [STREAMS, SIGN_IN, NAMED]

# What every route may answer, and the document says once, as `default`.
COMMON = {
    "401": "The caller is not known",
    "403": "The caller may not do this",
    "404": "There is nothing of this name",
    "405": "There is no such method",
}

CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)

PASSWORD = "velvet otter drums at noon"


class Server:
    """The real binary on a port of its own."""

    def __init__(self, binary: pathlib.Path, folder: pathlib.Path, *words: str):
        self.binary, self.folder = binary, folder
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", folder, "--backups-keep", "0", *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDME_")}
        self.log = (folder.parent / f"{folder.name}.log").open("w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        for line in self.process.stdout:
            if found := re.match(r"FeedMe serves at (\S+)", line):
                self.url = found[1]
                return
        raise SystemExit("the server did not start")

    def key(self, session: requests.Session, role: str) -> str:
        body = {"name": role, "role": role}
        if role == "BOT":
            added = session.post(f"{self.url}/api/bots", json={"mode": "pull"}, timeout=10)
            body["botId"] = added.json()["bot"]["id"]
        made = session.post(f"{self.url}/api/keys", json=body, timeout=10)
        made.raise_for_status()
        return made.json()["secret"]

    def sign_in(self) -> requests.Session:
        add = [self.binary, "user", "add", "root", "--role", "manager", "--password-stdin", "--data", self.folder]
        subprocess.run(add, input=f"{PASSWORD}\n", text=True, check=True, stdout=subprocess.DEVNULL)
        session = requests.Session()
        body = {"username": "root", "password": PASSWORD}
        session.post(f"{self.url}/api/auth/login", json=body, timeout=10).raise_for_status()
        return session

    def stop(self) -> None:
        """Ends it, and demands that it ended well and that its log has no panic and no bug."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=15)
        self.log.seek(0)
        log = self.log.read()
        if code != 0 or "panicked" in log or " ERROR " in log:
            raise SystemExit(f"the server ended with {code} and wrote:\n{log[-4000:]}")


def document(folder: pathlib.Path) -> pathlib.Path:
    """The document without `default`, which would allow every status."""
    described = json.loads(DOCUMENT.read_text())
    for item in described["paths"].values():
        for operation in item.values():
            problem = operation["responses"].pop("default")
            for status, words in COMMON.items():
                operation["responses"].setdefault(status, {**problem, "description": words})
    path = folder / "openapi.json"
    path.write_text(json.dumps(described))
    return path


def try_as(role: str, url: str, path: pathlib.Path, key: str | None) -> bool:
    begun = time.monotonic()
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", path, "--url", url]
    command += ["--checks", CHECKS, "--exclude-path-regex", "|".join(NOT_TRIED.get(role, NOT_TRIED_BY_OTHERS))]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)]
    command += ["--seed", str(SEED), "--generation-deterministic"]
    command += ["--continue-on-failure", "--request-timeout", "10", "--no-color", "--warnings", "off"]
    command += ["--suppress-health-check", "all"]
    if key is not None:
        command += ["--header", f"Authorization: Bearer {key}"]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, timeout=WITHIN_S)
    cases = re.search(r"(\d+) generated", done.stdout)
    said = "all is well" if done.returncode == 0 else "FAILED"
    print(f"{role:>9}: {cases[1] if cases else '?'} cases in {time.monotonic() - begun:.0f} s, {said}", flush=True)
    if done.returncode != 0:
        print(done.stdout[-20_000:], done.stderr[-4_000:])
    return done.returncode == 0


def main() -> None:
    binary = pathlib.Path(sys.argv[1]).resolve()
    roles = sys.argv[2:] or ROLES
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        path = document(folder)
        failed = []
        # Far more is asked for than one caller may.
        locked = Server(binary, folder / "locked", "--caller-rate", "0", "--address-rate", "0")
        session = locked.sign_in()
        for role in roles:
            if role != "open":
                key = None if role == "stranger" else locked.key(session, role)
                failed += [] if try_as(role, locked.url, path, key) else [role]
        locked.stop()
        if "open" in roles:
            served = Server(binary, folder / "open", "--open")
            failed += [] if try_as("open", served.url, path, None) else ["open"]
            served.stop()
        if failed:
            raise SystemExit(f"not as the document says, as {', '.join(failed)}")


if __name__ == "__main__":
    main()
