#!/usr/bin/python3 -IS
"""Right: Python. On v2 the program is packed from numbers, the last rule first, and compares each request with masks;
the child moves itself into the group between fork and exec."""
import ctypes
import os
import re
import secrets
import signal
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
SYS_BPF, PROG_LOAD, PROG_ATTACH = {"x86_64": 321, "aarch64": 280}[os.uname().machine], 5, 8
TYPE_CGROUP_DEVICE, ATTACH_CGROUP_DEVICE = 15, 6
LETTERS = {"m": 1, "r": 2, "w": 4}


def refuse(why):
    print(f"devices: {why}", file=sys.stderr)
    sys.exit(125)


def parse(text):
    rule = re.fullmatch(r"([cb]) (\d{1,9}|\*):(\d{1,9}|\*) ([rwm]+)", text)
    if not rule:
        refuse(f"{text!r} is no rule")
    kind, major, minor, letters = rule.groups()
    number = lambda word: None if word == "*" else int(word)
    return "bc".index(kind) + 1, number(major), number(minor), sum(LETTERS[letter] for letter in set(letters))


def hierarchy():
    """Where rules for devices are kept, and the version."""
    mounts = [line.split(" - ") for line in open("/proc/self/mountinfo")]
    places = [(left.split()[4], *right.split()) for left, right in mounts]
    for place, kind, _, options in places:
        if kind == "cgroup" and "devices" in options.split(","):
            return place, 1
    for place, kind, *_ in places:
        if kind == "cgroup2":
            return place, 2
    refuse("no control groups are mounted")


def instruction(code, to=0, source=0, offset=0, value=0):
    return struct.pack("<BBhI", code, to | source << 4, offset, value & 0xffffffff)


def assemble(rules):
    load, copy, set_, jump_unless, leave = 0x61, 0xbf, 0xb7, 0x55, 0x95
    and_, shift_right = 0x57, 0x77
    parts = [instruction(load, 2, 1, 0), instruction(copy, 3, 2), instruction(and_, 2, value=0xffff),
             instruction(shift_right, 3, value=16), instruction(load, 4, 1, 4), instruction(load, 5, 1, 8)]
    for kind, major, minor, access in reversed(rules):
        tests = [(2, kind)] + [(register, number) for register, number in ((4, major), (5, minor)) if number is not None]
        for left, (register, number) in zip(range(len(tests), 0, -1), tests):
            parts.append(instruction(jump_unless, register, offset=left + 4, value=number))
        parts += [instruction(copy, 0, 3), instruction(and_, 0, value=7 & ~access),
                  instruction(jump_unless, 0, offset=2), instruction(set_, 0, value=1), instruction(leave)]
    return b"".join(parts + [instruction(set_, 0), instruction(leave)])


def bpf(command, attributes):
    attributes += bytes(128 - len(attributes))
    result = libc.syscall(SYS_BPF, command, attributes, len(attributes))
    if result == -1:
        refuse("bpf: " + os.strerror(ctypes.get_errno()))
    return result


def attach(group, program):
    code, license_ = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b"MIT")
    loaded = bpf(PROG_LOAD, struct.pack("<IIQQ", TYPE_CGROUP_DEVICE, len(program) // 8,
                                        ctypes.addressof(code), ctypes.addressof(license_)))
    folder = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
    bpf(PROG_ATTACH, struct.pack("<IIII", folder, loaded, ATTACH_CGROUP_DEVICE, 0))
    os.close(folder)
    os.close(loaded)


def write(path, text):
    with open(path, "w") as file:
        file.write(str(text))


def make_group(texts, rules):
    mount, version = hierarchy()
    group = f"{mount}/devices-{secrets.token_hex(4)}"
    os.mkdir(group)
    if version == 1:
        write(group + "/devices.deny", "a *:* rwm")
        for text in reversed(texts):
            write(group + "/devices.allow", text)
    else:
        attach(group, assemble(rules))
    return group


def remove_group(group):
    while True:
        try:
            return os.rmdir(group)
        except OSError:  # somebody is in it, or has just left it
            for pid in open(group + "/cgroup.procs").read().split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def main():
    if "--" not in sys.argv[:-1]:
        refuse("usage: devices [--allow RULE]... -- COMMAND...")
    split = sys.argv.index("--")
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    if len(options) % 2 or any(word != "--allow" for word in options[::2]):
        refuse("usage: devices [--allow RULE]... -- COMMAND...")
    texts = options[1::2]
    rules = [parse(text) for text in texts]
    passed_on = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on | {signal.SIGCHLD})
    group = make_group(texts, rules)
    try:
        child = os.fork()
        if child == 0:
            write(group + "/cgroup.procs", os.getpid())
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            try:
                os.execvp(command[0], command)
            except FileNotFoundError:
                os._exit(127)
            except OSError:
                os._exit(126)
        while True:
            arrived = signal.sigwait(passed_on | {signal.SIGCHLD})
            if arrived != signal.SIGCHLD:
                os.kill(child, arrived)
                continue
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
    finally:
        remove_group(group)


sys.exit(main())
