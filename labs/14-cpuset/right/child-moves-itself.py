#!/usr/bin/python3 -IS
"""Right: Python, and the child moves itself into the group between fork and exec."""
import os
import secrets
import signal
import sys
import time


def refuse(why):
    print(f"cpuset: {why}", file=sys.stderr)
    sys.exit(125)


def cpuset_hierarchy():
    """Where the controller cpuset is mounted, and the version."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup" and "cpuset" in options.split(","):
            return mount, 1
        if kind == "cgroup2" and "cpuset" in open(mount + "/cgroup.controllers").read().split():
            return mount, 2
    refuse("the controller cpuset is mounted nowhere")


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


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


def run(group, cpus, mems, command):
    try:
        write(group + "/cpuset.mems", mems)
        write(group + "/cpuset.cpus", cpus)
    except OSError as error:
        refuse(error)
    child = os.fork()
    if child == 0:
        become(command, group)
    while True:
        arrived = signal.sigwait({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
        if arrived != signal.SIGCHLD:
            os.kill(child, arrived)
            continue
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def main():
    if len(sys.argv) < 7 or (sys.argv[1], sys.argv[3], sys.argv[5]) != ("--cpus", "--mems", "--"):
        refuse("usage: cpuset --cpus LIST --mems LIST -- COMMAND...")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
    mount, version = cpuset_hierarchy()
    if version == 2 and "cpuset" not in open(mount + "/cgroup.subtree_control").read().split():
        write(mount + "/cgroup.subtree_control", "+cpuset")
    group = f"{mount}/cpuset-{secrets.token_hex(4)}"
    os.mkdir(group)
    try:
        return run(group, sys.argv[2], sys.argv[4], sys.argv[6:])
    finally:
        remove_group(group)


sys.exit(main())
