#!/usr/bin/python3 -IS
# Leaves processes behind that have left its session and heed no signal, and ends with 0.
import os, signal, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            while True:
                time.sleep(60)
        os._exit(0)
