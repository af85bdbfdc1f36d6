#!/usr/bin/python3 -IS
# Right: the child moves itself into its groups before it unshares; the old mounts stay, each under
# a tmpfs on which the new one is mounted.
import ctypes
import os
import signal
import sys
import time

NEWNS, NEWCGROUP = 0x00020000, 0x02000000
PRIVATE_REC, PDEATHSIG = 0x44000, 1
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *words):
    encoded = [word.encode() if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*encoded) == -1:
        raise OSError(ctypes.get_errno(), f"{name} {words}: {os.strerror(ctypes.get_errno())}")


def hierarchies():
    """(type, place, options) of each mount of groups."""
    found = []
    with open("/proc/self/mountinfo") as table:
        for line in table:
            place, (kind, _, options) = line.split()[4], line.split(" - ")[1].split()
            if kind in ("cgroup", "cgroup2"):
                words = [word for word in options.split(",") if word not in ("rw", "xattr")]
                if words and words[0].startswith("name="):
                    words.insert(0, "none")
                found.append((kind, place, ",".join(words) if kind == "cgroup" else ""))
    return found


def make_group(place, name):
    folder = place
    for part in ("slipway", name):
        above, folder = folder, f"{folder}/{part}"
        os.makedirs(folder, exist_ok=True)
        for values in ("cpuset.cpus", "cpuset.mems"):  # on v1, empty in a new group
            path = f"{folder}/{values}"
            if os.path.exists(path) and open(path).read() == "\n" and not os.path.exists(f"{folder}/cgroup.type"):
                with open(f"{above}/{values}") as source, open(path, "w") as target:
                    target.write(source.read())
    return folder


def remove_group(folder):
    for _ in range(500):
        try:
            for pid in open(f"{folder}/cgroup.procs").read().split():
                os.kill(int(pid), signal.SIGKILL)
            os.rmdir(folder)
            break
        except (OSError, ProcessLookupError):
            time.sleep(0.01)
    try:
        os.rmdir(os.path.dirname(folder))
    except OSError:
        pass


def become(mounts, folders, command):
    try:
        call("prctl", PDEATHSIG, signal.SIGKILL)
        for folder in folders:
            with open(f"{folder}/cgroup.procs", "w") as procs:
                procs.write("0")
        call("unshare", NEWNS)
        call("mount", None, "/", None, PRIVATE_REC, None)
        call("unshare", NEWCGROUP)
        for kind, place, options in mounts:
            call("mount", "between", place, "tmpfs", 0, "size=4k")
            call("mount", "groups", place, kind, 0, options)
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(125)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvp(command[0], command)
    except OSError as error:
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def main():
    held = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, held)
    mounts = hierarchies()
    name = f"view-{os.urandom(4).hex()}"
    folders = [make_group(place, name) for _, place, _ in mounts]
    child = os.fork()
    if child == 0:
        become(mounts, folders, sys.argv[2:])
    while True:
        number = signal.sigwait(held)
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
    for folder in folders:
        remove_group(folder)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()
