#include "labkit/observe/queues.hpp"

#include <dirent.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

constexpr long mqueue_magic = 0x19800202;  // statfs(2): MQUEUE_MAGIC
constexpr const char* tables[] = {"/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/sysvipc/shm"};

std::set<std::string> names_in(Descriptor folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::fdopendir(folder.get()), ::closedir);
  if (!open) slipway::fail(errno, "list the message queues");
  folder.release();
  std::set<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.insert(name);
  }
  return names;
}

// The POSIX queues of the namespace that the caller is in: a mount of them that stands nowhere.
Descriptor open_own_queues() {
  const Descriptor context(static_cast<int>(
      check(::syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC), "open the mqueue file system")));
  check(::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0),
        "set the mqueue file system up");
  const Descriptor mount(static_cast<int>(
      check(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC),
            "mount the mqueue file system")));
  return Descriptor(
      check(::openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open the queues"));
}

// In the helper process: four texts with a zero behind each name or table, since a name may hold
// any other character.
void look(const Descriptor& space, const Descriptor& answer) {
  check(::setns(space.get(), CLONE_NEWIPC), "join the IPC namespace");
  for (const char* table : tables) slipway::write_all(answer, slipway::read_file(table) + '\0');
  if (!has_posix_queues()) return;
  for (const std::string& name : names_in(open_own_queues()))
    slipway::write_all(answer, name + '\0');
}

// The first column of a table whose first line is its head.
std::set<std::int64_t> keys_in(const std::string& table) {
  std::set<std::int64_t> keys;
  const std::vector<std::string> lines = slipway::split(table, '\n');
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t begin = lines[i].find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    keys.insert(slipway::to_number(lines[i].substr(begin, lines[i].find(' ', begin) - begin)));
  }
  return keys;
}

}  // namespace

bool has_posix_queues() {
  const std::vector<std::string> types = slipway::read_lines("/proc/filesystems");
  return std::ranges::find(types, "nodev\tmqueue") != types.end();
}

std::optional<Queues> queues_of(pid_t pid) {
  const Descriptor answer(check(::memfd_create("queues", MFD_CLOEXEC), "make a file in memory"));
  try {
    const Descriptor space = slipway::open(fmt::format("/proc/{}/ns/ipc", pid));
    slipway::start({}, [&] { look(space, answer); }).wait();
  } catch (const slipway::Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
  check(::lseek(answer.get(), 0, SEEK_SET), "rewind the answer");
  std::vector<std::string> parts = slipway::split(slipway::read_all(answer), '\0');
  if (parts.size() < 4) throw slipway::Error("look into the IPC namespace: no answer");
  parts.pop_back();  // what stands behind the last zero: nothing
  return Queues{keys_in(parts[0]), keys_in(parts[1]), keys_in(parts[2]),
                std::set<std::string>(parts.begin() + 3, parts.end())};
}

std::optional<std::set<std::string>> queues_seen_at(pid_t pid, const std::string& folder) {
  const Descriptor root(::open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_CLOEXEC));
  if (!root) return std::nullopt;
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Descriptor window(
      static_cast<int>(::syscall(SYS_openat2, root.get(), folder.c_str(), &how, sizeof how)));
  struct statfs info;
  if (!window || ::fstatfs(window.get(), &info) == -1 || info.f_type != mqueue_magic)
    return std::nullopt;
  return names_in(std::move(window));
}

}  // namespace labkit
