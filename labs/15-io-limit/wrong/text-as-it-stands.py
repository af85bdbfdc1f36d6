#!/usr/bin/python3 -IS
"""Wrong: hands the size to the kernel as it was typed."""
import os
import re
import secrets
import signal
import stat
import subprocess
import sys


def make_group(device, text):
    """The group of a program that is right but for the text."""
    for line in open("/proc/self/mountinfo"):
        left, right = line.split(" - ")
        mount, (kind, _, options) = left.split()[4], right.split()
        group = f"{mount}/io-limit-{secrets.token_hex(4)}"
        if kind == "cgroup" and "blkio" in options.split(","):
            os.mkdir(group)
            print("io-limit: buffered writes are not limited here", file=sys.stderr)
            return group, "blkio.throttle.write_bps_device", f"{device} {text}"
        if kind == "cgroup2" and "io" in open(mount + "/cgroup.controllers").read().split():
            open(mount + "/cgroup.subtree_control", "w").write("+io +memory")
            os.mkdir(group)
            return group, "io.max", f"{device} wbps={text}"
    return sys.exit(125)


def main():
    words = sys.argv[1:]
    if len(words) < 6 or words[0] != "--device" or words[2] != "--write-bps" or words[4] != "--":
        return 125
    if not os.path.exists(words[1]) or not re.fullmatch(r"\d+[KMG]?", words[3]):
        return 125
    info = os.stat(words[1])
    if not stat.S_ISBLK(info.st_mode):
        return 125
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    group, file, line = make_group(f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}", words[3])
    try:
        open(f"{group}/{file}", "w").write(line)
        code = subprocess.run(
            ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *words[5:]]).returncode
        return code if code >= 0 else 128 - code
    finally:
        os.rmdir(group)


sys.exit(main())
