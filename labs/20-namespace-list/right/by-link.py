#!/usr/bin/python3 -IS
# Right: reads the text of the links, and begins with the mounts.
import os
import re

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
found = {}  # "uts:[4026531838]" -> its pids
places = {}


def words(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            text = file.read().replace(b"\0", b" ")
        with open(f"/proc/{pid}/comm", "rb") as file:
            return repr(text or file.read())[2:-1]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


with open("/proc/self/mountinfo") as file:
    for line in file:
        fields = line.split()
        if fields[fields.index("-") + 1] == "nsfs":
            found[fields[3]] = []
            places[fields[3]] = fields[4]
for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
    for kind in KINDS:
        try:
            found.setdefault(os.readlink(f"/proc/{pid}/ns/{kind}"), []).append(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
print("NS TYPE NPROCS PID COMMAND")
for name, pids in found.items():
    kind, inode = re.fullmatch(r"(\w+):\[(\d+)\]", name).groups()
    if pids:
        print(inode, kind, len(pids), min(pids), words(min(pids)))
    else:
        print(inode, kind, 0, "-", places[name])
