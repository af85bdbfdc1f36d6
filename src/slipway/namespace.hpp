#pragma once

#include <linux/sched.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace slipway {

/// A kind of namespace: its file in /proc/PID/ns, and its flag for clone(2), unshare(2), setns(2).
struct NamespaceKind {
  std::string_view name;
  std::uint64_t flag;
};

/// All eight, in the order of namespaces(7).
inline constexpr std::array<NamespaceKind, 8> namespace_kinds{{
    {"cgroup", CLONE_NEWCGROUP},
    {"ipc", CLONE_NEWIPC},
    {"mnt", CLONE_NEWNS},
    {"net", CLONE_NEWNET},
    {"pid", CLONE_NEWPID},
    {"time", CLONE_NEWTIME},
    {"user", CLONE_NEWUSER},
    {"uts", CLONE_NEWUTS},
}};

/// The kind of that name. Throws Error that lists the eight names.
const NamespaceKind& namespace_kind(std::string_view name);

/// The inode of the namespace that a process is in (0: the caller): two processes share the
/// namespace when the numbers are equal. Throws Error. namespaces(7).
ino_t namespace_inode(pid_t pid, const NamespaceKind& kind);

}  // namespace slipway
