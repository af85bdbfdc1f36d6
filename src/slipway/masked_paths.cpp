#include "slipway/masked_paths.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "slipway/error.hpp"

namespace slipway {

void mask(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == -1) {
    if (errno == ENOENT) return;
    fail(errno, "look at {}", path);
  }
  constexpr unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (S_ISDIR(info.st_mode))
    check(::mount("tmpfs", path.c_str(), "tmpfs", flags, "size=4k"), "hide the folder {}", path);
  else
    check(::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr), "hide {}", path);
}

void make_read_only(const std::string& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) == -1) {
    if (errno == ENOENT) return;
    fail(errno, "look at {}", path);
  }
  // What is not said again is taken away. These have the same numbers in both calls.
  const unsigned long kept = info.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC);
  check(::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "bind {} onto itself", path);
  check(::mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kept, nullptr),
        "make {} read-only", path);
}

}  // namespace slipway
