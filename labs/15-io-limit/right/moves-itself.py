#!/usr/bin/python3 -IS
"""Right: Python. The child moves itself into the group between fork and exec; on v2 the group gets every controller
that the machine has."""
import os
import re
import secrets
import signal
import stat
import sys
import time


def refuse(why):
    print(f"io-limit: {why}", file=sys.stderr)
    sys.exit(125)


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def hierarchy():
    """Where the controller of disks is mounted, and the version."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup" and "blkio" in options.split(","):
            return mount, 1
        if kind == "cgroup2" and "io" in open(mount + "/cgroup.controllers").read().split():
            return mount, 2
    refuse("the controller of disks is mounted nowhere")


def make_group(device, limit):
    mount, version = hierarchy()
    group = f"{mount}/io-limit-{secrets.token_hex(4)}"
    if version == 2:
        for controller in open(mount + "/cgroup.controllers").read().split():
            write(mount + "/cgroup.subtree_control", "+" + controller)
    os.mkdir(group)
    if version == 2:
        write(group + "/io.max", f"{device} wbps={limit}")
    else:
        write(group + "/blkio.throttle.write_bps_device", f"{device} {limit}")
        print("io-limit: writes through the page cache are not limited here (cgroup v1)", file=sys.stderr)
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
    words = sys.argv[1:]
    if len(words) < 6 or words[0] != "--device" or words[2] != "--write-bps" or words[4] != "--":
        refuse("usage: io-limit --device DEV --write-bps SIZE -- COMMAND...")
    try:
        info = os.stat(words[1])
    except OSError as error:
        refuse(error)
    size = re.fullmatch(r"(\d+)([KMG]?)", words[3], re.I)
    if not stat.S_ISBLK(info.st_mode) or not size:
        refuse(f"{words[1]} is no block device, or {words[3]} is no size")
    limit = int(size[1]) << 10 * " KMG".index(size[2].upper() or " ")
    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    group = make_group(f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}", limit)
    try:
        child = os.fork()
        if child == 0:
            write(group + "/cgroup.procs", os.getpid())
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            try:
                os.execvp(words[5], words[5:])
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
