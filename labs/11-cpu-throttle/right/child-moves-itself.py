#!/usr/bin/python3 -IS
"""Right: Python, and the child moves itself into the group between fork and exec."""
import math
import os
import secrets
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


def remove_group(group):
    while True:
        try:
            return os.rmdir(group)
        except OSError:  # somebody is in it, or has just left it
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

    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    group = make_group(round(cpus * 100000), 100000)
    try:
        child = os.fork()
        if child == 0:
            write(group + "/cgroup.procs", os.getpid())
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            try:
                os.execvp(sys.argv[4], sys.argv[4:])
            except FileNotFoundError:
                os._exit(127)
            except OSError:
                os._exit(126)
        while True:
            arrived = signal.sigwait(passed_on | {signal.SIGCHLD})
            if arrived != signal.SIGCHLD:
                os.kill(child, arrived)
                continue
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
    finally:
        remove_group(group)


sys.exit(main())
