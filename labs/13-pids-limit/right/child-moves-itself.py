#!/usr/bin/python3 -IS
"""Right: Python, and the child moves itself into the group between fork and exec."""
import os
import re
import secrets
import signal
import sys
import time


def refuse(why):
    print(f"pids-limit: {why}", file=sys.stderr)
    sys.exit(125)


def pids_hierarchy():
    """Where the controller pids is mounted, and the version."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup" and "pids" in options.split(","):
            return mount, 1
        if kind == "cgroup2" and "pids" in open(mount + "/cgroup.controllers").read().split():
            return mount, 2
    refuse("the controller pids is mounted nowhere")


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def make_group(most):
    mount, version = pids_hierarchy()
    group = f"{mount}/pids-{secrets.token_hex(4)}"
    if version == 2 and "pids" not in open(mount + "/cgroup.subtree_control").read().split():
        write(mount + "/cgroup.subtree_control", "+pids")
    os.mkdir(group)
    write(group + "/pids.max", most)
    return group


def remove_group(group):
    write(group + "/pids.max", 0)
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


def become(command, group):
    write(group + "/cgroup.procs", os.getpid())
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


def main():
    if len(sys.argv) < 5 or sys.argv[1] != "--max" or sys.argv[3] != "--":
        refuse("usage: pids-limit --max NUMBER -- COMMAND...")
    if not re.fullmatch("[0-9]+", sys.argv[2]) or int(sys.argv[2]) == 0:
        refuse(f"{sys.argv[2]!r} is not a number above 0")

    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    group = make_group(int(sys.argv[2]))
    try:
        child = os.fork()
        if child == 0:
            become(sys.argv[4:], group)
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
