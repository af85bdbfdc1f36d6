#!/usr/bin/python3 -IS
"""A container on a terminal types a command for the shell outside (TIOCSTI); this program is terminal and shell.

usage: pushes-input.py ATTEMPTS MINI-RUN ROOTFS

ATTEMPTS is seen to do it without a container first. In ROOTFS it is /attempts.
"""
import fcntl
import os
import subprocess
import sys
import termios

attempts, mini, rootfs = sys.argv[1:]
failures = 0


def check(what, holds, seen=""):
    global failures
    if not holds:
        failures += 1
        print(f"FAIL: {what}; seen: {seen!r}")


def typed_after(*command, **streams):
    """What stands in the terminal's input, after COMMAND, and what it printed where that was no terminal."""
    master, slave = os.openpty()

    def own_it():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    given = {"stdin": slave, "stdout": slave, "stderr": slave} | streams
    program = subprocess.Popen(command, preexec_fn=own_it, pass_fds=[slave], **given)
    printed = program.stdout.read() if program.stdout else b""
    while True:  # what it shows must not fill the terminal
        try:
            program.wait(0.05)
            break
        except subprocess.TimeoutExpired:
            os.set_blocking(master, False)
            try:
                printed += os.read(master, 65536)
            except BlockingIOError:
                pass
    os.set_blocking(master, False)
    try:
        printed += os.read(master, 65536)
    except BlockingIOError:
        pass
    mode = termios.tcgetattr(slave)
    mode[3] &= ~termios.ICANON  # so that a line without its end can be read, too
    mode[6][termios.VMIN] = mode[6][termios.VTIME] = 0
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    typed = os.read(slave, 4096)
    os.close(master)
    device = os.fstat(slave).st_dev, os.fstat(slave).st_ino
    os.close(slave)
    return typed, printed, device


typed, printed, _ = typed_after(attempts, "type", "echo out\n")
check("without a container it is typed", b"echo out" in typed, printed)
container = [mini, rootfs, "--", "/attempts", "type", "echo out\n"]
for name, streams in {
    "a terminal": {},
    "a terminal for its input": {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL},
    "a terminal for its output": {"stdin": subprocess.DEVNULL},
    "a terminal for its errors": {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE},
}.items():
    typed, printed, _ = typed_after(*container, **streams)
    check(f"{name}: nothing is typed outside", typed == b"", typed)

# With a terminal of its own, nothing inside leads to the one outside.
look = "for fd in /proc/self/fd/* /dev/tty; do stat -Lc 'file %d %i' $fd; done; stat -c 'file %d %i' /dev/pts/0"
_, printed, device = typed_after(mini, rootfs, "--", "sh", "-c", look)
seen = {tuple(map(int, line.split()[1:])) for line in printed.decode().splitlines() if line.startswith("file ")}
check("its descriptors were seen", len(seen) >= 2, printed)
check("none is the terminal outside", device not in seen, (device, printed))
sys.exit(failures != 0)
