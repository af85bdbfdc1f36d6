#include "slipway/root.hpp"

#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slipway/error.hpp"

namespace slipway {

void enter_root(const std::string& rootfs) {
  // Mounts are often shared with the other namespaces: without this, ours would appear there too.
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  // pivot_root wants a mount point, which a folder becomes when it is bound onto itself.
  check(::mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "bind {} onto itself", rootfs);
  check(::chdir(rootfs.c_str()), "enter {}", rootfs);
  // With the same folder for both, the old root comes to lie on top of the new one, at the same
  // place: it needs no folder inside the rootfs, and unmounting "." takes just it away.
  check(::syscall(SYS_pivot_root, ".", "."), "make {} the root", rootfs);
  check(::umount2(".", MNT_DETACH), "detach the old root");
  check(::chdir("/"), "enter the new root");
}

}  // namespace slipway
