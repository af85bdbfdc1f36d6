#!/usr/bin/python3 -IS
"""Right: Python, and the child moves itself into the group between fork and exec."""
import os
import signal
import sys
import time


def known_controllers():
    return [line.split()[0] for line in open("/proc/cgroups") if not line.startswith("#")]


def hierarchies():
    """Of each: where it is mounted, the version, the controllers."""
    known = known_controllers()
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        if kind == "cgroup":
            yield mount, 1, [word for word in options.split(",") if word in known]
        elif kind == "cgroup2":
            yield mount, 2, open(mount + "/cgroup.controllers").read().split()


def list_all():
    places = {name: (mount, version)
              for mount, version, names in hierarchies() for name in names}
    for name in sorted(set(known_controllers()) | set(places)):
        print(name, *places.get(name, ("-", "-")))


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def make_group(mount, version, controllers, name):
    folder = f"{mount}/{name}"
    os.mkdir(folder)
    if version == 1 and "cpuset" in controllers:
        for file in ("cpuset.cpus", "cpuset.mems"):
            write(f"{folder}/{file}", open(f"{mount}/{file}").read())
    return folder


def remove_group(folder):
    """Whoever is left in it goes back to where this program is, as cgdelete does it."""
    home = {}
    for line in open("/proc/self/cgroup"):
        _, controllers, path = line.rstrip("\n").split(":", 2)
        home[controllers] = path
    mount = os.path.dirname(folder)
    own = next(mount + home[names] for names in home
               if os.path.isdir(mount + home[names]) and is_tree(mount, names))
    while True:
        try:
            return os.rmdir(folder)
        except OSError:
            for pid in open(folder + "/cgroup.procs").read().split():
                try:
                    write(own + "/cgroup.procs", pid)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def is_tree(mount, names):
    """Whether /proc/self/cgroup calls the hierarchy that is mounted here by these names."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        if left.split()[4] != mount:
            continue
        kind, _, options = right.split()
        if kind == "cgroup2":
            return names == ""
        return names != "" and set(names.split(",")) <= set(options.split(","))
    return False


def run(name, command):
    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    folders = []
    try:
        for hierarchy in hierarchies():
            folders.append(make_group(*hierarchy, name))
        child = os.fork()
        if child == 0:
            for folder in folders:
                write(folder + "/cgroup.procs", os.getpid())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            os.execvp(command[0], command)
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
        for folder in folders:
            remove_group(folder)


if sys.argv[1:] == ["list"]:
    list_all()
elif len(sys.argv) > 4 and sys.argv[1] == "run" and sys.argv[3] == "--":
    sys.exit(run(sys.argv[2], sys.argv[4:]))
else:
    sys.exit("usage: cgroup-tree list | cgroup-tree run NAME -- COMMAND...")
