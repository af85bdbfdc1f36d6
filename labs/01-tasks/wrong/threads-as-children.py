#!/usr/bin/python3 -IS
# Wrong: takes all threads but the first for children.
import os
import sys

pid = sys.argv[1]
for thread in os.listdir(f"/proc/{pid}/task"):
    print("thread", thread)
    if thread != pid:
        print("child", thread)
