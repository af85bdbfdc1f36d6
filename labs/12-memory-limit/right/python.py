#!/usr/bin/python3 -IS
"""Another right way, without the library: the child moves itself, and swappiness keeps v1 off swap."""
import os
import re
import signal
import subprocess
import sys
import time


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def memory_mount():
    """Where the memory controller is, and its version."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()[:3]
        if kind == "cgroup" and "memory" in options.split(","):
            return mount, 1
        if kind == "cgroup2" and "memory" in open(mount + "/cgroup.controllers").read().split():
            return mount, 2
    sys.exit(125)


def remove(group):
    while True:
        try:
            os.rmdir(group)
            return
        except FileNotFoundError:
            return
        except OSError:
            for pid in open(group + "/cgroup.procs").read().split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def size(text):
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    if not match:
        print(f"{text!r} is not a size", file=sys.stderr)
        sys.exit(125)
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]


def run(group, version, limit, command):
    if version == 2:
        write(group + "/memory.max", str(limit))
        if os.path.exists(group + "/memory.swap.max"):
            write(group + "/memory.swap.max", "0")
    else:
        write(group + "/memory.limit_in_bytes", str(limit))
        write(group + "/memory.swappiness", "0")
    try:
        child = subprocess.Popen(command, preexec_fn=lambda: write(group + "/cgroup.procs", "0"))
    except FileNotFoundError:
        return 127
    except PermissionError:
        return 126
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: child.send_signal(number))
    # Not wait(): a signal that comes just before its system call would be handled only after it.
    while child.poll() is None:
        time.sleep(0.01)
    status = child.returncode
    events = open(group + ("/memory.events" if version == 2 else "/memory.oom_control")).read()
    kills = int(re.search(r"^oom_kill (\d+)", events, re.M)[1])
    if status == -signal.SIGKILL and kills:
        print(f"the kernel killed it: no more than {limit} bytes of memory", file=sys.stderr)
    return status if status >= 0 else 128 - status


def main():
    if len(sys.argv) < 5 or sys.argv[1] != "--max" or sys.argv[3] != "--":
        sys.exit(125)
    limit = size(sys.argv[2])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    mount, version = memory_mount()
    group = f"{mount}/python-{os.getpid()}-{time.time_ns()}"
    os.mkdir(group)
    try:
        sys.exit(run(group, version, limit, sys.argv[4:]))
    finally:
        remove(group)


main()
