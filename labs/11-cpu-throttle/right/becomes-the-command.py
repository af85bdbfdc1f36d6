#!/usr/bin/python3 -IS
"""Right: the program becomes the command itself (exec). A watcher, which it leaves outside the group,
waits for its end and removes the group."""
import math
import os
import secrets
import select
import signal
import sys
import time


def refuse(why):
    print(f"cpu-throttle: {why}", file=sys.stderr)
    sys.exit(125)


def cpu_hierarchy():
    """Where the controller cpu is mounted, and the version."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup" and "cpu" in options.split(","):
            return mount, 1
        if kind == "cgroup2" and "cpu" in open(mount + "/cgroup.controllers").read().split():
            return mount, 2
    refuse("the controller cpu is mounted nowhere")


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def make_group(quota, period):
    mount, version = cpu_hierarchy()
    group = f"{mount}/throttle-{secrets.token_hex(4)}"
    if version == 2 and "cpu" not in open(mount + "/cgroup.subtree_control").read().split():
        write(mount + "/cgroup.subtree_control", "+cpu")
    os.mkdir(group)
    if version == 2:
        write(group + "/cpu.max", f"{quota} {period}")
    else:
        write(group + "/cpu.cfs_period_us", period)
        write(group + "/cpu.cfs_quota_us", quota)
    return group


def watch(watched, group):
    """The watcher's life: in a session of its own, out of reach of the terminal's signals."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    poll.poll()
    while True:
        try:
            os.rmdir(group)
            os._exit(0)
        except OSError:
            for pid in open(group + "/cgroup.procs").read().split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def main():
    if len(sys.argv) < 5 or sys.argv[1] != "--cpus" or sys.argv[3] != "--":
        refuse("usage: cpu-throttle --cpus NUMBER -- COMMAND...")
    try:
        cpus = float(sys.argv[2])
    except ValueError:
        refuse(f"{sys.argv[2]!r} is not a number")
    if not (cpus > 0 and math.isfinite(cpus)):
        refuse(f"{sys.argv[2]!r} is not above 0")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    period = 1000000 if cpus < 0.05 else 100000
    group = make_group(round(cpus * period), period)
    watched = os.pidfd_open(os.getpid())
    if os.fork() == 0:
        watch(watched, group)
    write(group + "/cgroup.procs", os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    try:
        os.execvp(sys.argv[4], sys.argv[4:])
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


main()
