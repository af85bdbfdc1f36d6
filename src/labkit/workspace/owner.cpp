#include "labkit/workspace/owner.hpp"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slipway/error.hpp"

namespace labkit {
namespace {

struct stat look(const std::string& folder) {
  struct stat info;
  slipway::check(::stat(folder.c_str(), &info), "look at {}", folder);
  return info;
}

}  // namespace

AsOwner::AsOwner(const std::string& folder) : AsOwner(look(folder).st_uid, look(folder).st_gid) {}

AsOwner::AsOwner(uid_t user, gid_t group) : user_before_(::geteuid()), group_before_(::getegid()) {
  if (user_before_ != 0) return;  // an ordinary user is the owner, or is refused by the kernel
  ::setfsgid(group);
  ::setfsuid(user);  // with it go the capabilities over other people's files. setfsuid(2)
}

AsOwner::~AsOwner() {
  if (user_before_ != 0) return;
  ::setfsuid(user_before_);
  ::setfsgid(group_before_);
}

}  // namespace labkit
