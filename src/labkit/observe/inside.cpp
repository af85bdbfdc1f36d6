#include "labkit/observe/inside.hpp"

#include <dirent.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
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

// Whether an error means that the process ended while we looked.
bool gone(const slipway::Error& error) {
  return error.code() == ENOENT || error.code() == ESRCH;
}

// In the helper process. Three lines or more: the host name; device and inode of the top;
// mountinfo.
void look(const Descriptor& mounts, const Descriptor& names, const Descriptor& proc,
          const Descriptor& answer) {
  check(::setns(names.get(), CLONE_NEWUTS), "join the uts namespace");
  utsname name;
  check(::uname(&name), "read the host name");
  check(::setns(mounts.get(), CLONE_NEWNS), "join the mount namespace");
  struct stat top;
  check(::stat("/", &top), "look at the root");
  slipway::write_all(answer, fmt::format("{}\n{} {}\n", name.nodename, top.st_dev, top.st_ino));
  // From our own /proc, kept open: what is mounted at /proc in there is not ours.
  const Descriptor table(
      check(::openat(proc.get(), "self/mountinfo", O_RDONLY | O_CLOEXEC), "open mountinfo"));
  slipway::write_all(answer, slipway::read_all(table));
}

SeenMount parse_mount(const std::string& line) {
  const std::vector<std::string> fields = slipway::split(line, ' ');
  const auto dash = std::ranges::find(fields, "-");
  if (fields.size() < 6 || fields.end() - dash < 2)
    throw slipway::Error(fmt::format("\"{}\" is not a line of mountinfo", line));
  // Between the options of the mount and the dash stand words about who hears of what.
  std::string propagation;
  for (auto word = fields.begin() + 6; word < dash; ++word)
    propagation += (propagation.empty() ? "" : " ") + *word;
  return {fields[2], fields[3],   fields[4],
          dash[1],   propagation, fields.end() - dash > 3 ? dash[3] : "",
          fields[5]};
}

}  // namespace

std::optional<Inside> look_inside(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/ns/", pid);
  const Descriptor answer(check(::memfd_create("inside", MFD_CLOEXEC), "make a file in memory"));
  try {
    const Descriptor mounts = slipway::open(folder + "mnt");
    const Descriptor names = slipway::open(folder + "uts");
    const Descriptor proc = slipway::open("/proc", O_RDONLY | O_DIRECTORY);
    slipway::start({}, [&] { look(mounts, names, proc, answer); }).wait();
  } catch (const slipway::Error& error) {
    if (gone(error)) return std::nullopt;
    throw;
  }
  check(::lseek(answer.get(), 0, SEEK_SET), "rewind the answer");
  const std::vector<std::string> lines = slipway::split(slipway::read_all(answer), '\n');
  if (lines.size() < 3) throw slipway::Error("look into the namespaces: no answer");
  Inside inside;
  inside.host_name = lines[0];
  const std::vector<std::string> top = slipway::split(lines[1], ' ');
  inside.top.device = static_cast<dev_t>(slipway::to_number(top.at(0)));
  inside.top.inode = static_cast<ino_t>(slipway::to_number(top.at(1)));
  for (size_t i = 2; i < lines.size(); ++i)
    if (!lines[i].empty()) inside.mounts.push_back(parse_mount(lines[i]));
  return inside;
}

std::optional<std::vector<pid_t>> proc_seen_by(pid_t pid) {
  const Descriptor root(::open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_CLOEXEC));
  if (!root) return std::nullopt;
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  Descriptor proc(static_cast<int>(::syscall(SYS_openat2, root.get(), "proc", &how, sizeof how)));
  struct statfs info;
  if (!proc || ::fstatfs(proc.get(), &info) == -1 || info.f_type != PROC_SUPER_MAGIC)
    return std::nullopt;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(proc.get()), ::closedir);
  if (!folder) slipway::fail(errno, "list the /proc of process {}", pid);
  proc.release();
  std::vector<pid_t> pids;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") == std::string::npos)
      pids.push_back(static_cast<pid_t>(slipway::to_number(name)));
  }
  std::ranges::sort(pids);
  return pids;
}

}  // namespace labkit
