#!/usr/bin/python3 -IS
# Writes into every folder until nothing more goes in.
import os
folders = ["/tmp", "/dev/shm", "/run", "/var/tmp", "/lab", "/", "/usr", "/etc", "/dev", "/sys/fs/cgroup", "/home", "."]
block = b"x" * (1 << 20)
for folder in folders:
    for number in range(64):
        try:
            with open(f"{folder}/fill-{number}", "wb", buffering=0) as file:
                for _ in range(64):
                    file.write(block)
        except OSError:
            break
for number in range(100000):  # and inodes
    try:
        os.close(os.open(f"/tmp/i{number}", os.O_CREAT | os.O_WRONLY))
    except OSError:
        break
