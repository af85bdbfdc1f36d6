#include "labkit/observe/place.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <memory>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

Descriptor open_place(const Descriptor& root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return Descriptor(
      static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
}

bool has_no_file(Descriptor opened) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(opened.get()), ::closedir);
  if (!folder) slipway::fail(errno, "list a folder that a process sees");
  opened.release();
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

// Devices other than null are not read: some wait, some have an effect.
bool is_empty(const Descriptor& root, const std::string& path, const SeenPlace& place) {
  if (place.is_device(1, 3)) return true;
  if (!S_ISREG(place.mode) && !S_ISDIR(place.mode)) return false;
  Descriptor opened = open_place(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened) return false;
  if (S_ISDIR(place.mode)) return has_no_file(std::move(opened));
  char byte;
  return ::read(opened.get(), &byte, 1) == 0;
}

}  // namespace

bool SeenPlace::is_device(unsigned major, unsigned minor) const {
  return S_ISCHR(mode) && device == makedev(major, minor);
}

std::optional<SeenPlace> place_seen_by(pid_t pid, const std::string& path) {
  const Descriptor root(::open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_CLOEXEC));
  if (!root) return std::nullopt;
  const Descriptor file = open_place(root, path, O_PATH);
  if (!file) return std::nullopt;
  struct stat info;
  struct statfs system;
  check(::fstat(file.get(), &info), "look at {}", path);
  check(::fstatfs(file.get(), &system), "look at the file system of {}", path);
  SeenPlace place{info.st_mode,
                  info.st_rdev,
                  info.st_dev,
                  static_cast<long>(system.f_type),
                  static_cast<unsigned long>(system.f_flags),
                  false};
  place.empty = is_empty(root, path, place);
  return place;
}

}  // namespace labkit
