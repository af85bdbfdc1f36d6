#!/usr/bin/python3 -IS
# Wrong: counts the files pid_for_children and time_for_children, too.
import os

found = {}
for pid in sorted(map(int, filter(str.isdigit, os.listdir("/proc")))):
    try:
        for name in os.listdir(f"/proc/{pid}/ns"):
            try:
                kind, inode = os.readlink(f"/proc/{pid}/ns/{name}").rstrip("]").split(":[")
            except (FileNotFoundError, ProcessLookupError):
                continue
            found.setdefault((inode, kind), []).append(pid)
    except (FileNotFoundError, ProcessLookupError):
        continue
for (inode, kind), pids in found.items():
    with open(f"/proc/{pids[0]}/cmdline") as file:
        print(inode, kind, len(pids), pids[0], repr(file.read().replace("\0", " ")))
