#pragma once

#include <sys/mount.h>

#include <string>

#include "slipway/mount.hpp"

namespace slipway {

/// What a program expects of a Linux system, as the default config of runc has it: without
/// /sys/fs/cgroup, which is the container's group's affair, and without gid=5 for terminals, since
/// a user namespace may have no such group. In this order: some lie on others. mount(2).
inline constexpr NewMount system_mounts[] = {
    {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    // One that may be written to is only for who owns the machine. It shows the links of the
    // network namespace, and for each of these there is one sysfs: either all of its mounts are
    // read-only or none (EBUSY). So a container has a network namespace of its own.
    {"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
    // Not MS_NODEV: this is where devices are.
    {"tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
    // "newinstance" says what every devpts is from Linux 4.7 on. Without ptmxmode nobody could make
    // a terminal.
    {"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"},
    {"shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k"},
    {"mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC}};

/// Mounts all these in `root`, a folder that is to become a root, and makes the devices of
/// device.hpp. Folders that are not there are made; no link leads outside. The caller has a mount,
/// a network, a pid and an IPC namespace of its own, and still its old /proc, /sys and /dev. Throws
/// Error.
void mount_system(const std::string& root);

}  // namespace slipway
