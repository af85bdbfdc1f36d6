#pragma once

#include <sys/types.h>

#include <string>

namespace labkit {

/// While it lives, this process makes and reads files as the user to whom a folder belongs: under
/// sudo, what is written in a learner's workspace must be the learner's, and nothing must be
/// written where the learner may not write. Throws slipway::Error.
class AsOwner {
 public:
  explicit AsOwner(const std::string& folder);
  AsOwner(uid_t user, gid_t group);
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;
  ~AsOwner();

 private:
  uid_t user_before_;
  gid_t group_before_;
};

}  // namespace labkit
