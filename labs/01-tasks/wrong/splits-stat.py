#!/usr/bin/python3 -IS
# Wrong: cuts /proc/PID/stat at its spaces, though the name in it may hold spaces.
import os
import sys

pid = sys.argv[1]
for thread in os.listdir(f"/proc/{pid}/task"):
    print("thread", thread)
for name in os.listdir("/proc"):
    if not name.isdigit():
        continue
    try:
        with open(f"/proc/{name}/stat") as file:
            if file.read().split()[3] == pid:
                print("child", name)
    except (FileNotFoundError, ProcessLookupError):
        continue
