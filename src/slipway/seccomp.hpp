#pragma once

/// Filters of system calls. seccomp(2).
namespace slipway {

/// From here on neither the caller nor what comes of it can begin a user namespace: unshare(2) and
/// clone(2) fail with EPERM where they ask for one, and clone3(2) fails with ENOSYS, since a filter
/// cannot see what it asks for (C libraries then use clone). Root in a container would be root of
/// such a namespace with every capability: it could mount its own control groups and write their
/// limits, and reach much of the kernel that is for root alone. Needs CAP_SYS_ADMIN. Throws Error.
void refuse_user_namespaces();

}  // namespace slipway
