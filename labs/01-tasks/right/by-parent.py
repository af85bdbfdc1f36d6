#!/usr/bin/python3 -IS
# Right: asks every process for its parent, and takes the name for what it is: anything.
import os
import sys

pid = sys.argv[1]


def parent_of(process):
    with open(f"/proc/{process}/stat", "rb") as file:
        after_the_name = file.read().rpartition(b")")[2]
    return after_the_name.split()[1].decode()


for thread in os.listdir(f"/proc/{pid}/task"):
    print("thread", thread)
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        if parent_of(process) == pid:
            print("child", process)
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        continue
