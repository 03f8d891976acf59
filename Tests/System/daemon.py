"""A real chartherod on folders of its own, for the checks beside this file."""

import json
import math
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("CHARTHERO_BUILT", ROOT / ".build/release"))
PROGRAM = BUILT / "chartherod"


def model():
    """The model that the project ships."""
    chosen = os.environ.get("CHARTHERO_MODEL")
    return pathlib.Path(chosen) if chosen else sorted((ROOT / "models").glob("*.safetensors"))[0]


def song(seed, seconds=4.0, rate=11025):
    """The bytes of a wave file: a beat of its own for each seed."""
    noise = random.Random(seed)
    step = rate * noise.choice([22, 25, 28]) // 100
    hits = [[noise.uniform(-1, 1) * math.exp(-i / 300) for i in range(step)] for _ in range(4)]
    for i in range(step):
        hits[0][i] = math.sin(2 * math.pi * 60 * i / rate) * math.exp(-i / 900)
    bar = struct.pack(f"<{4 * step}h", *(int(29000 * max(-1, min(1, x))) for h in hits for x in h))
    data = bar * max(1, round(seconds * rate / (4 * step)))
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


class Daemon:
    """Folders, a configuration, and the daemon that works with them."""

    def __init__(self, common="", inbox="", limits=""):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="charthero-"))
        self.inbox, self.outbox = self.home / "in", self.home / "out"
        self.failed, self.done = self.home / "failed", self.home / "in/done"
        for folder in (self.inbox, self.outbox):
            folder.mkdir()
        (self.home / "config.toml").write_text(f"""
outbox = "{self.outbox}"
failed = "{self.failed}"
state = "{self.home}/state"
model = "{model()}"
backoff_seconds = 0.2
{common}
[[inbox]]
path = "{self.inbox}"
settle_seconds = 0.2
{inbox}
[limits]
{limits}
""")
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, **environment):
        """Starts the daemon and returns at once."""
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--config", self.home / "config.toml"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**os.environ, **environment})

    def kill(self, number=signal.SIGKILL):
        if self.process:
            self.process.send_signal(number)
            status = self.process.wait(60)
            self.process = None
            return status
        return None

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def log(self):
        return (self.home / "log").read_text(errors="replace")

    def drop(self, name, data):
        """Puts a file into the inbox as a program does that knows its manners."""
        hidden = self.home / "dropping"
        hidden.write_bytes(data)
        hidden.rename(self.inbox / name)

    def wait(self, condition, seconds=60.0):
        """Whether the condition came true in time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def charts(self):
        return sorted(p.name for p in self.outbox.iterdir() if not p.name.startswith("."))

    def leftovers(self):
        return sorted(p.name for p in self.outbox.iterdir() if p.name.startswith("."))

    def whole(self, chart):
        """Whether a chart folder has all its parts."""
        names = {p.name for p in (self.outbox / chart).iterdir() if p.stat().st_size}
        return {"notes.chart", "song.ini", "song.ogg", "album.png"} <= names

    def jobs(self):
        """State and attempts of each job, as the ledger on the disk has them."""
        path = self.home / "state/jobs.sqlite"
        if not path.exists():
            return []
        ledger = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            return ledger.execute("SELECT path, state, attempts, reason FROM job ORDER BY id").fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            ledger.close()

    def ask(self, request):
        """What the control socket answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.home / "state/control.socket"))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while piece := connection.recv(1 << 16):
                answer += piece
        return json.loads(answer)

    def status(self, recent=0):
        return self.ask({"status": {"recent": recent}})["status"]["_0"]

    def facts(self):
        """Resident memory in MB, and open descriptors."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        pages = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(pages.split()[1]) / 1024, len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Checks:
    """Counts, and closes with the line that is counted."""

    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, name, is_good, detail=""):
        if is_good:
            self.passed += 1
            print(f"ok  {name}", flush=True)
        else:
            self.failed += 1
            print(f"BAD {name}\n      {detail}", flush=True)
        return is_good

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
