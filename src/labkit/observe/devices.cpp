#include "labkit/observe/devices.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;

// Of every hierarchy that may have rules for devices, the group of the process.
std::vector<std::string> groups_of(pid_t pid) {
  std::vector<std::string> folders;
  const auto groups = cgroups_of(pid);
  for (const Tree& tree : trees()) {
    const auto group = groups.find(tree.name);
    if (group != groups.end() && (tree.version == 2 || tree.has("devices")))
      folders.push_back(tree.folder(group->second));
  }
  return folders;
}

int make(const DeviceRequest& request, const std::string& path) {
  const mode_t type = request.type == 'b' ? S_IFBLK : S_IFCHR;
  return ::mknod(path.c_str(), type | 0600, makedev(request.major, request.minor));
}

// EPERM is the groups' word alone: the nodes are ours, on a file system where devices may be
// opened.
bool may_open(const DeviceRequest& request, const std::string& path) {
  const int access = request.access == "r" ? O_RDONLY : request.access == "w" ? O_WRONLY : O_RDWR;
  const slipway::Descriptor opened(
      ::open(path.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return opened || errno != EPERM;
}

bool may_make(const DeviceRequest& request, const std::string& path) {
  if (make(request, path) == 0) return true;
  if (errno != EPERM) slipway::fail(errno, "make a node {}", request.text());
  return false;
}

// In the helper process. What is to be opened is made before the groups are joined: no rule but the
// one about opening is met.
void attempt(const std::vector<std::string>& groups, const std::vector<DeviceRequest>& requests,
             const slipway::Descriptor& answer) {
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all mounts private");
  check(::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NOEXEC, "size=1m"), "mount a tmpfs");
  const auto path = [](size_t number) { return fmt::format("/tmp/{}", number); };
  for (size_t i = 0; i < requests.size(); ++i)
    if (requests[i].access != "m")
      check(make(requests[i], path(i)), "make a node {}", requests[i].major);
  std::vector<slipway::Descriptor> trees;
  for (const std::string& group : groups)
    trees.push_back(slipway::open(group + "/cgroup.procs", O_WRONLY));
  for (const slipway::Descriptor& procs : trees)
    check(::write(procs.get(), "0", 1), "join the groups of the process");
  std::string allowed;
  for (size_t i = 0; i < requests.size(); ++i) {
    const bool so =
        requests[i].access == "m" ? may_make(requests[i], path(i)) : may_open(requests[i], path(i));
    allowed += so ? 'y' : 'n';
  }
  slipway::write_all(answer, allowed);
}

}  // namespace

std::string DeviceRequest::text() const {
  return fmt::format("{} {}:{} {}", type, major, minor, access);
}

std::optional<std::vector<bool>> devices_allowed(pid_t pid,
                                                 const std::vector<DeviceRequest>& requests) {
  const std::vector<std::string> groups = groups_of(pid);
  if (groups.empty()) return std::nullopt;
  const slipway::Descriptor answer(
      check(::memfd_create("devices", MFD_CLOEXEC), "make a file in memory"));
  try {
    slipway::start({.namespaces = CLONE_NEWNS}, [&] { attempt(groups, requests, answer); }).wait();
  } catch (const slipway::Error& error) {
    if (error.code() == ENOENT || error.code() == ENODEV) return std::nullopt;  // groups going away
    throw;
  }
  check(::lseek(answer.get(), 0, SEEK_SET), "rewind the answer");
  const std::string letters = slipway::read_all(answer);
  if (letters.size() != requests.size()) throw slipway::Error("try devices: no answer");
  std::vector<bool> allowed;
  for (const char letter : letters) allowed.push_back(letter == 'y');
  return allowed;
}

}  // namespace labkit
