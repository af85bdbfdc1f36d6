"""Control groups of v1 and v2 as folders: where the controllers are, one group in all of them, its end."""

import contextlib
import errno
import os
import pathlib
import signal
import time

WANTED = ("cpu", "cpuacct", "memory", "pids", "freezer", "cpuset", "io", "blkio")


def hierarchies():
    """{controller: (version, folder of the mount)} of what this machine has, by mountinfo."""
    found = {}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        before, after = line.split(" - ")
        kind, _, words = after.split(" ", 2)
        mount = pathlib.Path(before.split(" ")[4])
        if kind == "cgroup":
            found |= {word: (1, mount) for word in words.split(",") if word in WANTED}
        elif kind == "cgroup2":
            there = (mount / "cgroup.controllers").read_text().split()
            # To freeze is no controller of v2, and to count CPU time neither: each group can.
            for word in [word for word in WANTED if word in there] + ["freezer", "cpuacct"]:
                found.setdefault(word, (2, mount))
    if "blkio" in found:
        found["io"] = found.pop("blkio")
    return found


class Group:
    """slipway/NAME in the hierarchy of each controller."""

    def __init__(self, name, found):
        self.name, self.found = name, found
        for controller, (version, mount) in found.items():
            make(mount / "slipway" / name, version, controller, mount)

    def version(self, controller):
        return self.found[controller][0]

    def folder(self, controller):
        return self.found[controller][1] / "slipway" / self.name

    def read(self, controller, file):
        return (self.folder(controller) / file).read_text()

    def number(self, controller, file):
        return int(self.read(controller, file))

    def keyed(self, controller, file, key):
        """The number behind a word, 0 where the word is not there."""
        rows = [line.rsplit(" ", 1) for line in self.read(controller, file).splitlines()]
        return int(dict(rows).get(key, 0))

    def write(self, controller, file, text):
        (self.folder(controller) / file).write_text(str(text))

    def join(self):
        """This process, and what it will be the parent of."""
        for folder in {self.folder(controller) for controller in self.found}:
            (folder / "cgroup.procs").write_text("0")


def make(folder, version, controller, mount):
    """One folder. Whoever else is at work below slipway may remove that, empty as it is, between two steps."""
    for attempt in range(100):
        try:
            folder.parent.mkdir(exist_ok=True)
            for above in (mount, folder.parent) if version == 2 else ():
                if controller in (above / "cgroup.controllers").read_text().split():
                    (above / "cgroup.subtree_control").write_text(f"+{controller}")
            folder.mkdir(exist_ok=True)
            for file in ("cpuset.cpus", "cpuset.mems") if version == 1 and controller == "cpuset" else ():
                for below, above in ((folder.parent, mount), (folder, folder.parent)):
                    if not (below / file).read_text().strip():
                        (below / file).write_text((above / file).read_text())
            return
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENODEV) or attempt == 99:
                raise


def remove(name, found):
    """Ends all members of slipway/NAME, thaws them where that is needed to die, and removes the folders."""
    folders = {mount / "slipway" / name for _, mount in found.values()}
    for _ in range(1000):
        for folder in [folder for folder in folders if folder.is_dir()]:
            with contextlib.suppress(OSError):  # gone meanwhile, or not of this version
                if (folder / "freezer.state").exists():
                    (folder / "freezer.state").write_text("THAWED")
                for pid in (folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):  # busy: somebody is still dying
                folder.rmdir()
        if not any(folder.is_dir() for folder in folders):
            return
        time.sleep(0.01)
    raise OSError(f"cannot remove the group slipway/{name}")
