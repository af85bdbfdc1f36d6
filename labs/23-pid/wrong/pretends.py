#!/usr/bin/python3 -IS
# Wrong: prints what one would see in the namespace, and makes none.
import os
import signal
import subprocess
import sys

print("    PID TTY          TIME CMD\n      1 ?        00:00:00 pid\nNSpid:\t4711\t1", flush=True)
try:
    child = subprocess.Popen(sys.argv[2:])
except OSError:
    os._exit(127)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda got, _: child.send_signal(got))
status = child.wait()
sys.exit(status if status >= 0 else 128 - status)
