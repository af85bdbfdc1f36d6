#!/usr/bin/python3 -IS
"""Wrong: takes every right from the nodes in /dev that no rule names."""
import os
import re
import stat
import subprocess
import sys


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    named = set()
    for text in options[1::2]:
        rule = re.fullmatch(r"([cb]) (\d+|\*):(\d+|\*) ([rwm]+)", text)
        if not rule:
            sys.exit(125)
        named.add(rule.groups()[:3])
    for folder, _, files in os.walk("/dev"):
        for name in files:
            info = os.lstat(os.path.join(folder, name))
            if not (stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode)):
                continue
            kind = "c" if stat.S_ISCHR(info.st_mode) else "b"
            major, minor = str(os.major(info.st_rdev)), str(os.minor(info.st_rdev))
            if not any((k, a, b) in named for k in [kind] for a in [major, "*"] for b in [minor, "*"]):
                os.chmod(os.path.join(folder, name), 0)
    code = subprocess.run(command).returncode
    return code if code >= 0 else 128 - code


sys.exit(main())
