#!/usr/bin/python3 -IS
"""Wrong: the command gets the idle class of the disk's scheduler, and no limit."""
import ctypes
import os
import re
import stat
import subprocess
import sys


def main():
    words = sys.argv[1:]
    if len(words) < 6 or words[0] != "--device" or words[2] != "--write-bps" or words[4] != "--":
        return 125
    try:
        if not stat.S_ISBLK(os.stat(words[1]).st_mode) or not re.fullmatch(r"\d+[KMGkmg]?", words[3]):
            return 125
    except OSError:
        return 125
    print("io-limit: buffered writes may be faster", file=sys.stderr)
    ioprio_set = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
    ctypes.CDLL(None).syscall(ioprio_set, 1, 0, 3 << 13)
    code = subprocess.run(words[5:]).returncode
    return code if code >= 0 else 128 - code


sys.exit(main())
