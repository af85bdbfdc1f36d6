#include "labkit/observe/tree.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <memory>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

using Entries = std::map<std::string, SeenEntry>;

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::map<std::string, std::string> attributes_of(const Descriptor& file) {
  std::string names(4096, '\0');
  const ssize_t length = ::flistxattr(file.get(), names.data(), names.size());
  std::map<std::string, std::string> all;
  if (length <= 0) return all;  // none, or a file system that has none
  for (const std::string& name : slipway::split(names.substr(0, static_cast<size_t>(length)), 0)) {
    char value[4096];
    const ssize_t size = ::fgetxattr(file.get(), name.c_str(), value, sizeof value);
    if (!name.empty() && size >= 0) all[name] = std::string(value, static_cast<size_t>(size));
  }
  return all;
}

// A file may say that it has a terabyte: what is compared is its beginning, beside its size and its
// times.
std::string beginning_of(const Descriptor& file) {
  constexpr size_t limit = 4 << 20;
  std::string bytes;
  char buffer[16384];
  while (bytes.size() < limit) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count == -1 && errno == EINTR) continue;
    if (check(count, "read a file of a layer") == 0) break;
    bytes.append(buffer, static_cast<size_t>(count));
  }
  return bytes;
}

std::string link_text(const Descriptor& folder, const std::string& name) {
  char text[4096];
  const ssize_t length = ::readlinkat(folder.get(), name.c_str(), text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<size_t>(length));
}

void add(const Descriptor& above, const std::string& name, const std::string& path, Entries& all);

void add_members(const Descriptor& folder, const std::string& path, Entries& all) {
  const int copy = check(::openat(folder.get(), ".", O_RDONLY | O_CLOEXEC), "open {}", path);
  const std::unique_ptr<DIR, int (*)(DIR*)> members(::fdopendir(copy), ::closedir);
  while (const dirent* entry = ::readdir(members.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..")
      add(folder, name, path.empty() ? name : path + "/" + name, all);
  }
}

void add(const Descriptor& above, const std::string& name, const std::string& path, Entries& all) {
  if (all.size() > 10'000) throw slipway::Error("look at a tree: it has more than 10000 files");
  struct stat info;
  if (::fstatat(above.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == -1) return;  // gone
  SeenEntry entry{info.st_mode,
                  info.st_uid,
                  info.st_gid,
                  info.st_rdev,
                  S_ISDIR(info.st_mode) ? 0 : info.st_size,
                  nanoseconds(info.st_mtim),
                  nanoseconds(info.st_ctim),
                  "",
                  {}};
  if (S_ISLNK(info.st_mode)) entry.content = link_text(above, name);
  const bool opened = S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);  // no device, no pipe
  const Descriptor file(
      opened ? ::openat(above.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
             : -1);
  if (file) entry.attributes = attributes_of(file);
  if (file && S_ISREG(info.st_mode)) entry.content = beginning_of(file);
  all[path] = entry;
  if (file && S_ISDIR(info.st_mode)) add_members(file, path, all);
}

}  // namespace

bool SeenEntry::is_whiteout() const {
  return S_ISCHR(mode) && device == 0;
}

bool SeenEntry::is_opaque() const {
  for (const char* name : {"trusted.overlay.opaque", "user.overlay.opaque"})
    if (const auto found = attributes.find(name); found != attributes.end())
      return found->second == "y";
  return false;
}

Entries entries_below(const std::string& root, const std::string& folder) {
  const Descriptor top = slipway::open(root, O_PATH | O_DIRECTORY);
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const Descriptor begin(
      static_cast<int>(check(::syscall(SYS_openat2, top.get(), folder.c_str(), &how, sizeof how),
                             "open the folder {}", folder)));
  Entries all;
  add(begin, ".", "", all);
  return all;
}

}  // namespace labkit
