#!/usr/bin/python3 -IS
"""Wrong: a new network with lo up, and the end of the command is nobody's business."""
import ctypes
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x40000000) != 0:
    sys.exit(125)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.Popen(sys.argv[2:]).wait()
