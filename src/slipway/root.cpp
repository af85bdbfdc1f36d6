#include "slipway/root.hpp"

#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "slipway/error.hpp"

namespace slipway {

void enter_root(const std::string& rootfs) {
  // Mounts are often shared with the other namespaces: without this, ours would appear there too.
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  // pivot_root wants a mount point, which a folder becomes when it is bound onto itself.
  check(::mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "bind {} onto itself", rootfs);
  // By its whole path: "." would go on to mean the folder below what is mounted on it now.
  const std::string top = std::filesystem::absolute(rootfs);
  check(::chdir(top.c_str()), "enter {}", rootfs);
  // With the same folder for both, the old root comes to lie on top of the new one, at the same
  // place: it needs no folder inside the rootfs, and unmounting "." takes just it away.
  check(::syscall(SYS_pivot_root, ".", "."), "make {} the root", rootfs);
  check(::umount2(".", MNT_DETACH), "detach the old root");
  check(::chdir("/"), "enter the new root");
}

Descriptor open_in_root(const std::string& root, const std::string& path, int flags) {
  const Descriptor top = open(root, O_PATH | O_DIRECTORY);
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  // The links of /proc/PID are no texts but doors. RESOLVE_IN_ROOT refuses them, too, and its man
  // page says that this may change.
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  long file = -1;
  do {  // EAGAIN: something was renamed on the way, so that ".." may have led outside
    file = ::syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof how);
  } while (file == -1 && errno == EAGAIN);
  return Descriptor(static_cast<int>(check(file, "open {} in {}", path, root)));
}

void make_folder_in_root(const std::string& root, const std::string& path, mode_t mode) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return;  // the root itself
  const std::string whole = path.substr(0, end + 1);
  const size_t slash = whole.rfind('/');
  const std::string above = slash == std::string::npos ? "" : whole.substr(0, slash);
  make_folder_in_root(root, above, mode);
  const Descriptor parent = open_in_root(root, above + "/", O_PATH | O_DIRECTORY);
  const std::string name = whole.substr(slash + 1);
  if (::mkdirat(parent.get(), name.c_str(), mode) == -1 && errno != EEXIST)
    fail(errno, "make the folder {} in {}", whole, root);
}

}  // namespace slipway
