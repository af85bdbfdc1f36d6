#include "labkit/observe/cgroup_view.hpp"

#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Descriptor;

// Whether the mount with this id is what one finds at its target, by our present root.
bool is_on_top(const std::string& id, const std::string& target) {
  struct statx info;
  const int found =
      ::statx(AT_FDCWD, target.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &info);
  return found == 0 && fmt::format("{}", info.stx_mnt_id) == id;
}

std::string read_through(const Descriptor& folder, const std::string& name) {
  const Descriptor file(
      check(::openat(folder.get(), name.c_str(), O_RDONLY | O_CLOEXEC), "open /proc/{}", name));
  return slipway::read_all(file);
}

// In the helper process. A line for each mount of groups that can be reached, as mountinfo has it;
// an empty line; then /proc/PID/cgroup. Our /proc is kept open: theirs may be anything.
void look(const Descriptor& mounts, const Descriptor& groups, const Descriptor& proc, pid_t pid,
          const Descriptor& answer) {
  check(::setns(mounts.get(), CLONE_NEWNS), "join the mount namespace");
  for (const std::string& line : slipway::split(read_through(proc, "self/mountinfo"), '\n')) {
    const std::vector<std::string> fields = slipway::split(line, ' ');
    if (line.find(" - cgroup") == std::string::npos || fields.size() < 5) continue;
    if (is_on_top(fields[0], fields[4])) slipway::write_all(answer, line + "\n");
  }
  check(::setns(groups.get(), CLONE_NEWCGROUP), "join the cgroup namespace");
  slipway::write_all(answer, "\n" + read_through(proc, fmt::format("{}/cgroup", pid)));
}

// The name of the tree that such a line shows: its options name a controller of it, or itself.
std::string tree_shown_by(const std::string& line, const std::vector<Tree>& all) {
  const std::string kind = line.substr(line.find(" - ") + 3);
  if (kind.starts_with("cgroup2 ")) return "";
  const std::vector<std::string> options = slipway::split(kind.substr(kind.rfind(' ') + 1), ',');
  for (const Tree& tree : all) {
    if (tree.version != 1) continue;
    const std::string& sign = tree.controllers.empty() ? tree.name : tree.controllers.front();
    if (std::ranges::find(options, sign) != options.end()) return tree.name;
  }
  return kind;
}

bool is_cgroup(const std::string& path) {
  struct statfs info;
  if (::statfs(path.c_str(), &info) == -1) return false;
  return info.f_type == CGROUP_SUPER_MAGIC || info.f_type == CGROUP2_SUPER_MAGIC;
}

bool is_folder(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

std::optional<CgroupView> cgroup_view_of(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/ns/", pid);
  slipway::Pipe answer = slipway::make_pipe();
  std::string text;
  try {
    const Descriptor mounts = slipway::open(folder + "mnt");
    const Descriptor groups = slipway::open(folder + "cgroup");
    const Descriptor proc = slipway::open("/proc", O_RDONLY | O_DIRECTORY);
    slipway::start({}, [&] { look(mounts, groups, proc, pid, answer.write); }).wait();
    answer.write.close();
    text = slipway::read_all(answer.read);
  } catch (const slipway::Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
  CgroupView view;
  const std::vector<Tree> all = trees();
  bool groups = false;
  for (const std::string& line : slipway::split(text, '\n')) {
    if (!groups && line.empty()) {
      groups = true;
    } else if (!groups) {
      const std::vector<std::string> fields = slipway::split(line, ' ');
      view.mounts.push_back({tree_shown_by(line, all), fields.at(4), fields.at(3)});
    } else if (const std::vector<std::string> fields = slipway::split(line, ':');
               fields.size() == 3) {
      view.own[fields[1]] = fields[2];
    }
  }
  return view;
}

std::vector<std::string> cgroups_held_open_by(pid_t pid) {
  const std::string process = fmt::format("/proc/{}/", pid);
  std::vector<std::string> links = {process + "root", process + "cwd"};
  try {
    for (const std::string& name : slipway::list_folder(process + "fd"))
      links.push_back(process + "fd/" + name);
  } catch (const slipway::Error&) {  // it is just ending
  }
  std::vector<std::string> held;
  for (const std::string& link : links) {
    if (!is_cgroup(link) || !is_folder(link)) continue;
    char target[4096];
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    held.push_back(link + " -> " +
                   std::string(target, length > 0 ? static_cast<size_t>(length) : 0));
  }
  return held;
}

}  // namespace labkit
