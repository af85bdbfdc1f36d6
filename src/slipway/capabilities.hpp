#pragma once

#include <linux/capability.h>

#include <span>

namespace slipway {

/// What root in a container may do where nobody has said otherwise: Docker's list without
/// CAP_MKNOD, for which one needs rules about devices. capabilities(7).
inline constexpr int usual_capabilities[] = {
    CAP_AUDIT_WRITE, CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,  CAP_FSETID,
    CAP_KILL,        CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_SETFCAP, CAP_SETGID,
    CAP_SETPCAP,     CAP_SETUID,  CAP_SYS_CHROOT};

/// Gives up all other capabilities, for this process and all that it starts or becomes: no file
/// with a set-user-ID bit, and no exec as root, brings one back. Of the sets, bounding, permitted
/// and effective are what is kept (as far as it was there), inheritable and ambient are empty.
/// Needs CAP_SETPCAP. Throws Error.
void keep_capabilities(std::span<const int> kept);

}  // namespace slipway
