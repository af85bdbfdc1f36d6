#!/usr/bin/python3 -IS
"""Kills mini-run at random moments and looks whether its container dies with it.

usage: killed.py MINI-RUN ROOTFS KILLS [SEED]

A moment is some milliseconds after the start, after the command's first word or after its last, so that on any machine
all phases are met: before the command runs, while it runs, and after. Prints how often each was, and exits 1 if a process
was still alive 10 seconds later. It must be in a pid namespace of its own, with nobody but who waits for it.
"""
import collections
import os
import random
import select
import subprocess
import sys
import time

mini, rootfs, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(10**9)
print(f"seed {seed}", flush=True)
draw = random.Random(seed)
patience = 10  # seconds
phases = collections.Counter()


def processes():
    return {name for name in os.listdir("/proc") if name.isdigit()}


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def read_until(pipe, word, seconds):
    """What comes until `word`, or until the end of file; None if neither does in time."""
    text, end = b"", time.monotonic() + seconds
    while word is None or word not in text:
        if not select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
            return None
        some = os.read(pipe.fileno(), 4096)
        if not some:
            break
        text += some
    return text


def attempt():
    """Starts a container and kills its runtime; true if it did not end before."""
    after, longest = draw.choice([(b"", 0.06), (b"", 0.06), (b"first", 0.05), (b"last", 0.02)])
    pause = draw.uniform(0, longest)
    lasts = draw.choice(["0", "0.02"] if after == b"last" else ["0.02", "1000"])
    others = processes()
    command = f"sleep 1000 & (setsid sleep 1000 &); echo first; sleep {lasts}; echo last"
    runtime = subprocess.Popen([mini, "--memory", "32m", "--cpus", "1", "--pids", "16", rootfs, "--", "sh", "-c", command],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    text = read_until(runtime.stdout, after, 60)
    if text is None:
        sys.exit(f"the command said no {after.decode()} within a minute")
    time.sleep(pause)
    runtime.kill()
    was_killed = runtime.wait() == -9
    rest = read_until(runtime.stdout, None, patience)
    end = time.monotonic() + patience
    while left := [pid for pid in processes() - others if is_alive(pid)]:
        if time.monotonic() > end:
            sys.exit(f"{pause * 1000:.1f} ms after {after.decode() or 'the start'}: processes {left} are still alive")
        time.sleep(0.001)
    if rest is None:
        sys.exit("somebody still holds the container's standard output")
    text += rest
    phase = "after" if b"last" in text else "while" if b"first" in text else "before"
    phases[phase if was_killed else "too late"] += 1
    return was_killed


while kills > 0:
    kills -= attempt()
print(", ".join(f"{phase}: {phases[phase]}" for phase in ("before", "while", "after", "too late")))
if not all(phases[phase] for phase in ("before", "while", "after")):
    sys.exit("not all phases were met")
