#!/usr/bin/python3 -IS
"""Uses mini-run as a person at a terminal does: this program is the terminal.

usage: terminal.py MINI-RUN ROOTFS
"""
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

mini, rootfs = sys.argv[1], sys.argv[2]
patience = 40  # seconds
failures = 0


def check(what, holds, seen=""):
    global failures
    if not holds:
        failures += 1
        print(f"FAIL: {what}" + (f"; seen: {seen!r}" if seen != "" else ""))


class Terminal:
    """A terminal with mini-run on it; `streams` says which of its descriptors 0, 1 and 2 are something else."""

    def __init__(self, *command, size=(24, 80), **streams):
        self.master, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        given = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave} | streams
        # A session of its own, whose terminal this is: as after a login.
        def own_it():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        self.program = subprocess.Popen([mini, rootfs, "--", *command], preexec_fn=own_it, env={**os.environ, "TERM": "xterm"},
                                        pass_fds=[self.slave], **given)
        self.text = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        """Types `keys`, and reads what is shown meanwhile: whoever only did one of the two could wait for ever."""
        end = time.monotonic() + patience
        os.set_blocking(self.master, False)
        while keys and time.monotonic() < end:
            readable, writable, _ = select.select([self.master], [self.master], [], 1)
            if readable:
                self.text += os.read(self.master, 65536)
            if writable:
                try:
                    keys = keys[os.write(self.master, keys[:1024]):]
                except BlockingIOError:
                    time.sleep(0.001)
        os.set_blocking(self.master, True)
        return not keys

    def shows(self, pattern):
        """What is shown up to `pattern`, which is taken away; None if it does not come."""
        end = time.monotonic() + patience
        while not (match := re.search(pattern.encode(), self.text)):
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                check(f"{pattern} is shown", False, self.text[-500:])
                return None
            self.text += os.read(self.master, 65536)
        shown, self.text = self.text[:match.end()], self.text[match.end():]
        return shown

    def ends(self, status, what):
        """Reads what is still shown until the program has ended, with `status`."""
        end = time.monotonic() + patience
        while self.program.poll() is None and time.monotonic() < end:
            if select.select([self.master], [], [], 0.01)[0]:
                self.text += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536)
        check(f"{what}: the status", self.program.poll() == status, self.program.poll())
        check(f"{what}: the terminal's mode is what it was", termios.tcgetattr(self.slave) == self.before)
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        os.close(self.master)
        os.close(self.slave)
        return self.text


def a_shell():
    terminal = Terminal("sh", size=(33, 101))
    terminal.shows("# ")
    check("the mode is raw while it runs", termios.tcgetattr(terminal.slave) != terminal.before)
    terminal.type(b"tty; echo term=$TERM\n")
    terminal.shows("\r\n/dev/pts/0\r\n")
    terminal.shows("term=xterm\r\n")
    terminal.type(b"stty size\n")
    terminal.shows("\r\n33 101\r\n")
    terminal.type(b"sleep 1000; echo status=$?\n")
    terminal.shows("\r\n")
    time.sleep(0.5)  # so that it is the sleep which is interrupted, mostly; the shell must survive in any case
    terminal.type(b"\x03")
    terminal.type(b"\necho still $((40 + 2)) here\n")
    terminal.shows("\r\nstill 42 here\r\n")
    terminal.type(b"exit 7\n")
    terminal.ends(7, "a shell")


def a_new_size():
    terminal = Terminal("sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done", size=(20, 60))
    terminal.shows("ready\r\n")
    terminal.resize(44, 133)
    terminal.shows("44 133\r\n")
    terminal.resize(45, 134)
    terminal.shows("45 134\r\n")
    terminal.type(b"\x03")
    terminal.ends(130, "a command ended with ^C")


def much_typed():
    """300 kB are typed while nobody reads them and a megabyte comes out."""
    count = 300_000
    terminal = Terminal("sh", "-c", "stty raw -echo; echo ready; yes 12345678 | head -c 1000000; "
                        f"echo; head -c {count} | md5sum; echo over")
    terminal.shows("ready\n")
    keys = bytes(97 + i * i % 26 for i in range(count))
    check("all was typed", terminal.type(keys))
    shown = terminal.shows("over\n") or b""
    import hashlib
    check("all that was typed arrived, in order", hashlib.md5(keys).hexdigest().encode() in shown, shown[-200:])
    check("all that came out was shown", shown.count(b"12345678\n") == 1000000 // 9, shown.count(b"12345678\n"))
    terminal.ends(0, "much typed")


def much_shown():
    """Nobody looks at the terminal for a while; then all is there, the last words too."""
    terminal = Terminal("seq", "1", "60000")
    time.sleep(1)
    shown = terminal.ends(0, "much shown")
    check("all was shown, in order", shown == b"".join(b"%d\r\n" % i for i in range(1, 60001)), shown[-200:])


def ends_of_commands():
    terminal = Terminal("sh", "-c", "kill -9 $$")
    terminal.ends(137, "a killed command")
    terminal = Terminal("no-such-command")
    check("what was wrong is said", b"no-such-command" in terminal.ends(127, "a command that is not there"))
    terminal = Terminal("sh", "-c", "echo ready; exec sleep 1000")
    terminal.shows("ready\r\n")
    terminal.program.send_signal(signal.SIGTERM)
    terminal.ends(143, "SIGTERM")


def a_lost_terminal():
    """Whoever closes the window, ends the container."""
    terminal = Terminal("sh", "-c", "echo ready; exec sleep 1000")
    terminal.shows("ready\r\n")
    os.close(terminal.slave)
    os.close(terminal.master)
    try:
        check("a hangup ends it", terminal.program.wait(patience) == 129, terminal.program.returncode)
    except subprocess.TimeoutExpired:
        check("a hangup ends it", False, "it goes on")
        terminal.program.kill()


def no_terminal():
    """Where one of the two is none, the container gets none, and what it writes comes as it is."""
    probe = "[ -t 1 ] && echo terminal; printf 'a\\nb\\n'; ls /dev/pts; exit 3"
    terminal = Terminal("sh", "-c", probe, stdout=subprocess.PIPE)
    out = terminal.program.stdout.read()
    check("in a pipe are no carriage returns, and no terminal was made", out == b"a\nb\nptmx\n", out)
    check("nothing is shown", terminal.ends(3, "stdout to a pipe") == b"")
    terminal = Terminal("sh", "-c", "cat; tty; ls /dev/pts; exit 4", stdin=subprocess.DEVNULL)
    terminal.shows("not a tty\r\nptmx\r\n")
    terminal.ends(4, "stdin from /dev/null")
    # Errors may go elsewhere while the rest is a terminal.
    terminal = Terminal("sh", "-c", "tty; echo wrong >&2; exit 5", stderr=subprocess.PIPE)
    terminal.shows("/dev/pts/0\r\n")
    check("the errors come as they are", terminal.program.stderr.read() == b"wrong\n")
    terminal.ends(5, "stderr to a pipe")
    piped = subprocess.run([mini, rootfs, "--", "sh", "-c", "cat; exit 6"], input=b"x\n", stdout=subprocess.PIPE,
                           timeout=patience)
    check("without any terminal", (piped.returncode, piped.stdout) == (6, b"x\n"), piped)


for test in (a_shell, a_new_size, much_typed, much_shown, ends_of_commands, a_lost_terminal, no_terminal):
    begin = time.monotonic()
    test()
    print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
sys.exit(failures != 0)
