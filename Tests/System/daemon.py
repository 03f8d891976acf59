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
    """The model that the checks convert with: the one named in CHARTHERO_MODEL, or the shipped one."""
    chosen = os.environ.get("CHARTHERO_MODEL")
    return pathlib.Path(chosen) if chosen else sorted((ROOT / "models").glob("*.safetensors"))[0]


def can_mount():
    """Whether mount namespaces may be made here."""
    own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    probe = ["unshare", "--mount", *own, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def song(seed, seconds=4.0, rate=11025):
    """The bytes of a wave file: a beat of its own for each seed."""
    noise = random.Random(seed)
    step = rate * noise.choice([22, 25, 28]) // 100
    hits = [[noise.uniform(-1, 1) * math.exp(-i / 300) for i in range(step)] for _ in range(4)]
    for i in range(step):
        hits[0][i] = math.sin(2 * math.pi * 60 * i / rate) * math.exp(-i / 900)
    bar = struct.pack(f"<{4 * step}h", *(int(29000 * max(-1, min(1, x))) for h in hits for x in h))
    data = bar * math.ceil(seconds * rate / (4 * step))
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


class Daemon:
    """Folders, a configuration, and the daemon that works with them.

    common, inbox, limits: more lines of the configuration. mounts: a line of shell that is run in a
    mount namespace of the daemon's own, where OUT and FAILED stand for its folders. user: the number
    of the user that it runs as.
    """

    def __init__(self, common="", inbox="", limits="", mounts="", user=None):
        self.model, self.mounts, self.user = model(), mounts, user
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="charthero-"))
        self.inbox, self.outbox = self.home / "in", self.home / "out"
        self.failed, self.done = self.home / "failed", self.home / "in/done"
        for folder in (self.inbox, self.outbox):
            folder.mkdir()
        (self.home / "config.toml").write_text(f"""
outbox = "{self.outbox}"
failed = "{self.failed}"
state = "{self.home}/state"
model = "{self.model}"
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
        if user is not None:
            for path in (self.home, self.inbox, self.outbox):
                os.chown(path, user, user)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def shell(self, line):
        """A line of shell with the daemon's folders in it."""
        return line.replace("OUT", str(self.outbox)).replace("FAILED", str(self.failed))

    def start(self, **environment):
        """Starts the daemon and returns at once."""
        command = [PROGRAM, "--config", self.home / "config.toml"]
        if self.mounts:
            own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
            script = self.shell(self.mounts) + ' && exec "$@"'
            command = ["unshare", "--mount", *own, "sh", "-c", script, "sh", *command]
        if self.user is not None:
            ids = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
            command = ["setpriv", *ids, *command]
        with open(self.home / "log", "ab") as log:
            self.began = len(self.log)
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment})

    def wait_until_ready(self):
        """Waits for the line that ends its start."""
        return self.wait(lambda: "; charts go to " in self.log[self.began:], 30)

    def inside(self, line):
        """What a line of shell prints in the daemon's mount namespace."""
        own = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
        return subprocess.run(
            ["nsenter", "--target", str(self.process.pid), "--mount", *own, "sh", "-c",
             self.shell(line)], capture_output=True, text=True).stdout

    def seen(self, path):
        """A path as the daemon sees it."""
        return pathlib.Path(f"/proc/{self.process.pid}/root{path}") if self.mounts else path

    def kill(self, number=signal.SIGKILL):
        if self.process:
            self.process.send_signal(number)
            status = self.process.wait(60)
            self.process = None
            return status
        return None

    def workers(self):
        """The processes that it has started."""
        found = []
        for thread in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                found += (thread / "children").read_text().split()
            except OSError:
                continue  # a thread that has ended
        return [int(number) for number in found]

    def kill_worker(self):
        """Kills a worker, if there is one soon; whether there was."""
        self.wait(self.workers, 5)
        workers = self.workers()
        if not workers:
            return False
        os.kill(workers[0], signal.SIGKILL)
        return True

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
        names = os.listdir(self.seen(self.outbox))
        return sorted(name for name in names if not name.startswith("."))

    def leftovers(self):
        names = os.listdir(self.seen(self.outbox))
        return sorted(name for name in names if name.startswith("."))

    def whole(self, chart):
        """Whether a chart folder has all its parts."""
        names = {p.name for p in self.seen(self.outbox / chart).iterdir() if p.stat().st_size}
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
        pages = next((line for line in status.splitlines() if line.startswith("VmRSS")), None)
        assert pages, f"the daemon is gone: {self.process.poll()}\n{self.log[-2000:]}"
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
