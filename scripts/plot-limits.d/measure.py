"""Runs the busy program without a limit and under each controller, and samples the kernel's counters."""

import contextlib
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time

import groups

BUSY = pathlib.Path(__file__).with_name("busy.py")
SAMPLES = 100  # a run
MIB = 2**20
LIMITS = {"cpu": 0.5, "memory": 50, "pids": 20, "io": 4}  # processors, MiB, tasks, MiB a second
# What a panel shows over time; all of it is counted in the run without a limit.
SHOWN = {"cpu": "cpu_seconds", "memory": "memory_bytes", "pids": "tasks", "cpuset": "cpu_seconds",
         "io": "written_bytes", "freezer": "cpu_seconds"}


class Counters:
    """What the kernel counts for a group, whatever the version calls it."""

    def __init__(self, group, device):
        self.group, self.device = group, device

    def cpu_seconds(self):
        if self.group.version("cpuacct") == 1:
            return self.group.number("cpuacct", "cpuacct.usage") / 1e9
        return self.group.keyed("cpuacct", "cpu.stat", "usage_usec") / 1e6

    def memory_bytes(self):
        v1 = self.group.version("memory") == 1
        return self.group.number("memory", "memory.usage_in_bytes" if v1 else "memory.current")

    def tasks(self):
        return self.group.number("pids", "pids.current")

    def written_bytes(self):
        if self.group.version("io") == 1:
            return self.group.keyed("io", "blkio.throttle.io_service_bytes", f"{self.device.number} Write")
        for line in self.group.read("io", "io.stat").splitlines():
            number, *words = line.split()
            if number == self.device.number:
                return int(dict(word.split("=") for word in words).get("wbytes", 0))
        return 0

    def told(self, controller):
        """What the kernel says of its own work at the end of a run."""
        group, v1 = self.group, controller in self.group.found and self.group.version(controller) == 1
        if controller == "cpu":
            throttled = group.keyed("cpu", "cpu.stat", "throttled_time") / 1e9 if v1 else \
                group.keyed("cpu", "cpu.stat", "throttled_usec") / 1e6
            return {"periods": group.keyed("cpu", "cpu.stat", "nr_periods"),
                    "throttled": group.keyed("cpu", "cpu.stat", "nr_throttled"), "throttled_seconds": round(throttled, 2)}
        if controller == "memory":
            return {"killed": group.keyed("memory", "memory.oom_control" if v1 else "memory.events", "oom_kill")}
        if controller == "pids":
            return {"refused": group.keyed("pids", "pids.events", "max")}
        return {}


class Device:
    """A disk of memory for the program to write to. It is gone with the last process that has it open."""

    def __init__(self):
        if not os.path.exists("/dev/loop-control"):
            subprocess.run(["modprobe", "--quiet", "loop"])
        with tempfile.NamedTemporaryFile(dir="/dev/shm", prefix="slipway-plot-") as file:
            file.truncate(4 * MIB)
            made = subprocess.run(["losetup", "--find", "--show", file.name], capture_output=True, text=True)
        if made.returncode != 0:
            raise OSError(f"no loop device: {made.stderr.strip()}")
        self.path = made.stdout.strip()
        self.open = os.open(self.path, os.O_RDWR)
        subprocess.run(["losetup", "--detach", self.path], check=True)  # when nobody has it open any more
        number = os.fstat(self.open).st_rdev
        self.number = f"{os.major(number)}:{os.minor(number)}"


def limit(group, controller, device):
    """Sets the limit of one controller, and of no other."""
    v1 = controller in group.found and group.version(controller) == 1
    if controller == "cpu" and v1:
        group.write("cpu", "cpu.cfs_quota_us", int(LIMITS["cpu"] * 100_000))
    elif controller == "cpu":
        group.write("cpu", "cpu.max", f"{int(LIMITS['cpu'] * 100_000)} 100000")
    elif controller == "memory":
        group.write("memory", "memory.limit_in_bytes" if v1 else "memory.max", LIMITS["memory"] * MIB)
        swap = ("memory.memsw.limit_in_bytes", LIMITS["memory"] * MIB) if v1 else ("memory.swap.max", 0)
        if (group.folder("memory") / swap[0]).exists():
            group.write("memory", *swap)
    elif controller == "pids":
        group.write("pids", "pids.max", LIMITS["pids"])
    elif controller == "cpuset":
        group.write("cpuset", "cpuset.cpus", min(os.sched_getaffinity(0)))
    if "io" in group.found and device:
        # v1 counts only what it has a rule for: without a limit it gets one that nobody reaches.
        rate = LIMITS["io"] * MIB if controller == "io" else 10**12
        if group.version("io") == 1:
            group.write("io", "blkio.throttle.write_bps_device", f"{device.number} {rate}")
        elif controller == "io":
            group.write("io", "io.max", f"{device.number} wbps={rate}")


def freeze(group, on):
    if group.version("freezer") == 1:
        group.write("freezer", "freezer.state", "FROZEN" if on else "THAWED")
    else:
        group.write("freezer", "cgroup.freeze", int(on))


def run(name, found, controller, seconds, device):
    """One run of the program: what was shown over time, and what the kernel told of it."""
    group = groups.Group(name, found)
    limit(group, controller, device)
    counters = Counters(group, device)
    shown = [SHOWN[controller]] if controller else sorted({SHOWN[each] for each in panels(found, device)})
    result = {"seconds": [], **{counter: [] for counter in shown}}
    command = [sys.executable, str(BUSY), str(seconds)] + ([device.path] if device else [])
    with open("/dev/null", "w") as nothing:
        busy = subprocess.Popen(command, preexec_fn=group.join, stdout=nothing, stderr=nothing)
    begun, frozen = time.monotonic(), False
    while (passed := time.monotonic() - begun) < seconds:
        result["seconds"].append(round(passed, 3))
        for counter in shown:
            result[counter].append(round(getattr(counters, counter)(), 4))
        if controller == "freezer" and frozen != (now := seconds / 3 < passed < seconds * 2 / 3):
            freeze(group, now)
            result.setdefault("frozen", []).append(round(time.monotonic() - begun, 3))
            frozen = now
        time.sleep(seconds / SAMPLES)
    result |= counters.told(controller)
    groups.remove(name, found)
    busy.wait()
    return result


def panels(found, device):
    """The controllers that can be shown on this machine, in their order."""
    few = len(os.sched_getaffinity(0)) < 2
    return [controller for controller in SHOWN
            if controller in found and not (controller == "cpuset" and few) and not (controller == "io" and not device)]


@contextlib.contextmanager
def janitor(name, found):
    """A process that removes the groups when this one ends, however it ends."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.close(write)
        os.read(read, 1)  # the end of the pipe: the other end was closed
        groups.remove(name, found)
        os._exit(0)
    os.close(read)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        os.close(write)
        os.waitpid(pid, 0)


def measure(seconds):
    found = groups.hierarchies()
    missing = {"cpuacct", "memory", "pids", "freezer"} - set(found)
    if missing:
        raise OSError(f"this machine has no controller {', '.join(sorted(missing))}: lab doctor tells more")
    try:
        device = Device() if "io" in found else None
    except OSError as error:
        print(f"plot-limits: io is left out: {error}", file=sys.stderr)
        device = None
    name = f"plot-limits-{os.getpid()}-{os.urandom(3).hex()}"
    shown = panels(found, device)
    with janitor(name, found):
        runs = {controller or "none": run(name, found, controller, seconds, device) for controller in [None, *shown]}
    versions = {found[controller][0] for controller in shown}
    return {"kernel": platform.release().split("-")[0], "cgroup": " and ".join(f"v{one}" for one in sorted(versions)),
            "processors": len(os.sched_getaffinity(0)), "seconds": seconds,
            "limits": {controller: LIMITS[controller] for controller in shown if controller in LIMITS}, "runs": runs}


def as_text(data):
    """JSON with a line for each counter of each run."""
    runs = data["runs"]
    lines = [f'  "{name}": {{\n' + ",\n".join(f'   "{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in one.items())
             + "}" for name, one in runs.items()]
    head = ",\n".join(f' "{key}": {json.dumps(value)}' for key, value in data.items() if key != "runs")
    return "{\n" + head + ',\n "runs": {\n' + ",\n".join(lines) + "}\n}\n"
