#!/usr/bin/python3 -IS
"""Right: the program itself goes into the new user namespace and becomes the command (exec). A helper that
it leaves outside writes the maps: for an ordinary user anybody may, for root only who is outside."""
import ctypes
import os
import re
import sys

CLONE_NEWUSER = 0x10000000


def refuse(why):
    print(f"user: {why}", file=sys.stderr)
    sys.exit(125)


def parse(text):
    if not re.fullmatch(r"\d+:\d+:\d+", text):
        refuse(f"{text!r} is no map")
    return text.replace(":", " ")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def map_from_outside(pid, users, groups, ready):
    """The helper's life. Its exit status says whether the maps are written."""
    try:
        os.read(ready, 1)
        if os.geteuid() != 0:
            write(f"/proc/{pid}/setgroups", "deny")
        write(f"/proc/{pid}/gid_map", groups)
        write(f"/proc/{pid}/uid_map", users)
        os._exit(0)
    except OSError as error:
        print(f"user: {error}", file=sys.stderr)
        os._exit(1)


def main():
    words, options = sys.argv[1:], {}
    while len(words) > 1 and words[0] in ("--uid-map", "--gid-map"):
        options[words[0]] = parse(words[1])
        words = words[2:]
    if len(words) < 2 or words[0] != "--" or "--uid-map" not in options:
        refuse("usage: user --uid-map A:B:N [--gid-map A:B:N] -- COMMAND...")
    users = options["--uid-map"]
    inside = int(users.split()[0])
    groups = options.get("--gid-map", f"{inside} {os.getegid()} 1")
    root = os.geteuid() == 0
    ready, unshared = os.pipe()
    parent, helper = os.getpid(), os.fork()
    if helper == 0:
        os.close(unshared)
        map_from_outside(parent, users, groups, ready)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) == -1:
        refuse(os.strerror(ctypes.get_errno()))
    os.write(unshared, b"!")
    if os.waitpid(helper, 0)[1] != 0:
        sys.exit(125)
    if root:
        os.setgroups([])
    group = int(groups.split()[0])
    os.setresgid(group, group, group)
    os.setresuid(inside, inside, inside)
    try:
        os.execvp(words[1], words[1:])
    except FileNotFoundError:
        os._exit(127)
    except OSError:
        os._exit(126)


main()
