#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace labkit {

/// While it lives, this process makes and reads files as the user to whom a folder belongs: under
/// sudo, what is written in a learner's workspace must be the learner's, and nothing must be
/// read or written where the learner may not. Of the owner's groups only the folder's is taken.
/// May be nested. Throws slipway::Error. setfsuid(2).
class AsOwner {
 public:
  explicit AsOwner(const std::string& folder);
  AsOwner(uid_t user, gid_t group);
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;
  ~AsOwner();

 private:
  void become(uid_t user, gid_t group);
  void restore();

  bool changed_ = false;
  uid_t user_before_ = 0;
  gid_t group_before_ = 0;
  std::vector<gid_t> groups_before_;
};

/// The user who typed sudo, when this process is root by it; nobody otherwise.
struct Caller {
  bool known = false;
  uid_t user = 0;
  gid_t group = 0;
};
Caller sudo_caller();

/// The text of a file that somebody else may have put there: a regular file of at most `most` bytes
/// and no symbolic link, or slipway::Error says what it is. Never waits, whatever it is.
std::string read_regular_file(const std::string& path, std::size_t most);

/// Writes a file whole or not at all: beside it first, then renamed over it. Throws slipway::Error.
void replace_file(const std::string& path, const std::string& text, unsigned mode = 0644);

/// A report, where --output says: a file that belongs to the folder's owner (a symbolic link is
/// replaced, never followed), or a device or pipe as it is; "-" is standard output.
void write_output(const std::string& path, const std::string& text);

}  // namespace labkit
