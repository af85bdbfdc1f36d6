#!/usr/bin/python3 -IS
"""Right: Python; on v2 the kernel wakes it when cgroup.events changes. The child moves itself into the
group, and at the end of a frozen command all are killed."""
import os
import select
import signal
import sys
import time


def refuse(why):
    print(f"freezer: {why}", file=sys.stderr)
    sys.exit(125)


def hierarchy():
    """Where groups are frozen here, and the version."""
    v2 = None
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup" and "freezer" in options.split(","):
            return mount, 1
        if kind == "cgroup2":
            v2 = mount
    return (v2, 2) if v2 else refuse("no hierarchy can freeze")


MOUNT, VERSION = hierarchy()


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def freeze(group, frozen):
    if VERSION == 2:
        write(group + "/cgroup.freeze", int(frozen))
    else:
        write(group + "/freezer.state", "FROZEN" if frozen else "THAWED")


def await_frozen_v2(group):
    events = open(group + "/cgroup.events")
    poll = select.poll()
    poll.register(events, select.POLLPRI)
    while "frozen 1" not in events.read():
        poll.poll(10_000)
        events.seek(0)


def pause(group):
    freeze(group, True)
    if VERSION == 2:
        return await_frozen_v2(group)
    while open(group + "/freezer.state").read() != "FROZEN\n":
        time.sleep(0.001)


def members(group):
    return [int(pid) for pid in open(group + "/cgroup.procs").read().split()]


def kill_all(group):
    for pid in members(group):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    freeze(group, False)


def remove(group):
    while True:
        try:
            return os.rmdir(group)
        except OSError:  # somebody is in it, or has just left it
            kill_all(group)
            time.sleep(0.01)


def run(group, command):
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending | {signal.SIGCHLD})
    os.mkdir(group)
    try:
        child = os.fork()
        if child == 0:
            write(group + "/cgroup.procs", os.getpid())
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            try:
                os.execvp(command[0], command)
            except FileNotFoundError:
                os._exit(127)
            except OSError:
                os._exit(126)
        while True:
            if signal.sigwait(ending | {signal.SIGCHLD}) in ending:
                kill_all(group)
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
    finally:
        remove(group)


def main():
    if len(sys.argv) < 3:
        refuse("usage: freezer run NAME -- COMMAND... | pause NAME | resume NAME")
    action, group = sys.argv[1], f"{MOUNT}/freezer-{sys.argv[2]}"
    if action == "run":
        return run(group, sys.argv[4:])
    if not os.path.isdir(group):
        refuse(f"there is no group {group}")
    pause(group) if action == "pause" else freeze(group, False)
    return 0


sys.exit(main())
