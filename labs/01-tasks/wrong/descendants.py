#!/usr/bin/python3 -IS
# Wrong: lists the children's children, too.
import os
import sys


def children(pid):
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += file.read().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def show(pid):
    for child in children(pid):
        print("child", child)
        try:
            show(child)
        except (FileNotFoundError, ProcessLookupError):
            continue


for thread in os.listdir(f"/proc/{sys.argv[1]}/task"):
    print("thread", thread)
show(sys.argv[1])
