#include "labkit/workspace/owner.hpp"

#include <grp.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Error;

constexpr auto ask = static_cast<uid_t>(-1);  // changes nothing, returns what is. setfsuid(2)

std::vector<gid_t> supplementary_groups() {
  std::vector<gid_t> groups(
      static_cast<size_t>(check(::getgroups(0, nullptr), "count the groups of this process")));
  check(::getgroups(static_cast<int>(groups.size()), groups.data()), "list our groups");
  return groups;
}

unsigned id_from(const char* variable, const char* text) {
  try {
    const std::int64_t number = slipway::to_number(text);
    if (number >= 0 && number < std::numeric_limits<unsigned>::max())
      return static_cast<unsigned>(number);
  } catch (const Error&) {  // said below
  }
  throw Error(
      fmt::format("the variable {} is \"{}\", which is no user's number: start `lab` by "
                  "sudo, or unset it",
                  variable, text));
}

}  // namespace

AsOwner::AsOwner(const std::string& folder) {
  struct stat info;
  check(::stat(folder.c_str(), &info), "look at {}", folder);
  become(info.st_uid, info.st_gid);
}

AsOwner::AsOwner(uid_t user, gid_t group) {
  become(user, group);
}

void AsOwner::become(uid_t user, gid_t group) {
  if (::geteuid() != 0) return;  // an ordinary user is the owner, or is refused by the kernel
  user_before_ = static_cast<uid_t>(::setfsuid(ask));
  group_before_ = static_cast<gid_t>(::setfsgid(ask));
  if (user == user_before_) return;
  groups_before_ = supplementary_groups();
  changed_ = true;
  // Root's groups open files too: /etc/sudoers is readable by group 0.
  check(::setgroups(1, &group), "leave root's groups");
  ::setfsgid(group);
  ::setfsuid(user);  // with it go the capabilities over other people's files. setfsuid(2)
  if (static_cast<uid_t>(::setfsuid(ask)) == user) return;
  restore();
  throw Error(fmt::format("act as user {}: this user namespace does not know that user", user));
}

AsOwner::~AsOwner() {
  restore();
}

void AsOwner::restore() {
  if (!changed_) return;
  ::setfsuid(user_before_);
  ::setfsgid(group_before_);
  ::setgroups(groups_before_.size(), groups_before_.data());
}

Caller sudo_caller() {
  const char* user = ::getenv("SUDO_UID");
  const char* group = ::getenv("SUDO_GID");
  if (::geteuid() != 0 || user == nullptr || group == nullptr) return {};
  return {true, id_from("SUDO_UID", user), id_from("SUDO_GID", group)};
}

std::string read_regular_file(const std::string& path, std::size_t most) {
  const slipway::Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file && errno == ELOOP)
    throw Error(fmt::format("{} is a symbolic link: put the file itself there", path));
  if (!file) slipway::fail(errno, "open {}", path);
  struct stat info;
  check(::fstat(file.get(), &info), "look at {}", path);
  if (!S_ISREG(info.st_mode)) throw Error(fmt::format("{} is not a regular file", path));
  if (static_cast<std::size_t>(info.st_size) > most)
    throw Error(fmt::format("{} has {} bytes; the most is {}", path, info.st_size, most));
  return slipway::read_all(file);
}

void replace_file(const std::string& path, const std::string& text, unsigned mode) {
  const std::string beside = fmt::format("{}.{}.new", path, ::getpid());
  ::unlink(beside.c_str());  // of a killed run that had our pid
  try {
    const slipway::Descriptor file =
        slipway::open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    slipway::write_all(file, text);
    check(::rename(beside.c_str(), path.c_str()), "write {}", path);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

void write_output(const std::string& path, const std::string& text) {
  if (path == "-" || path == "/dev/stdout")
    return slipway::write_all(slipway::Descriptor(check(::dup(STDOUT_FILENO), "copy stdout")),
                              text);
  const std::string file = std::filesystem::absolute(path).string();
  const AsOwner owner(std::filesystem::path(file).parent_path().string());
  struct stat info;
  const bool there = ::lstat(file.c_str(), &info) == 0;
  if (there && (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode)))
    return slipway::write_all(slipway::open(file, O_WRONLY | O_NOFOLLOW), text);
  if (there && !S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
    throw Error(fmt::format("write {}: it is no file, and was left as it is", file));
  replace_file(file, text);
}

}  // namespace labkit
