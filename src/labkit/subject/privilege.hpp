#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

/// What the root of a sandbox is root of. All are for a process of the sandbox on its way in, and
/// throw slipway::Error.
namespace labkit {

constexpr uid_t users_each = 65'536;  ///< Ids of a sandbox's user namespace.

/// Begins a user namespace in which the caller is root, and which `root_user` and the ids above it
/// are outside. For process 1 of a pid namespace. user_namespaces(7).
void begin_user_namespace(uid_t root_user);

/// Enters a copy of the caller's mounts in which all are locked: none can be taken away or made
/// writable, not by root outside either. The caller stays in its user namespace.
/// mount_namespaces(7), "Restrictions on mount namespaces".
void enter_locked_mounts();

/// What the caller executes has these capabilities ("cap_sys_admin") at the most, if it is root.
/// capabilities(7).
void drop_all_capabilities_but(const std::vector<std::string>& kept);

}  // namespace labkit
