#!/usr/bin/python3
"""Wrong: gives the command a /dev of its own in which only the named nodes stand."""
import ctypes
import os
import re
import stat
import subprocess
import sys

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    nodes = []
    for text in options[1::2]:
        rule = re.fullmatch(r"([cb]) (\d+|\*):(\d+|\*) ([rwm]+)", text)
        if not rule:
            sys.exit(125)
        kind, major, minor, _ = rule.groups()
        if "*" not in (major, minor):
            nodes.append((stat.S_IFCHR if kind == "c" else stat.S_IFBLK, os.makedev(int(major), int(minor))))
    if libc.unshare(CLONE_NEWNS) == -1:
        sys.exit(125)
    libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
    libc.mount(b"tmpfs", b"/dev", b"tmpfs", 0, b"size=64k")
    for number, (kind, device) in enumerate(nodes):
        os.mknod(f"/dev/node{number}", kind | 0o666, device)
    code = subprocess.run(command, stdin=0).returncode
    return code if code >= 0 else 128 - code


sys.exit(main())
