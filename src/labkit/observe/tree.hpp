#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

/// The checks' own eyes on files, with what stat(2) and listxattr(2) tell of them.
namespace labkit {

/// A file as it lies on its file system. Two are equal when nobody has changed it in between; that
/// it was read does not count.
struct SeenEntry {
  mode_t mode = 0;  ///< Its kind and its permissions.
  uid_t user = 0;
  gid_t group = 0;
  dev_t device = 0;  ///< Of a device node: its numbers.
  std::int64_t size = 0;
  std::int64_t changed = 0;  ///< Nanoseconds: of the content, and of anything (ctime).
  std::int64_t touched = 0;
  std::string content;                            ///< Its first 4 MiB; or a link's text.
  std::map<std::string, std::string> attributes;  ///< Extended ones.
  bool operator==(const SeenEntry&) const = default;

  bool is_whiteout() const;  ///< What overlayfs puts where a file of a lower layer was removed.
  bool is_opaque() const;    ///< A folder that hides those of the same name below it.
};

/// Everything below a folder, and itself as "", by the path from there. `root` is another process's
/// /proc/PID/root: `folder` is resolved in it, and no link is followed. Throws slipway::Error.
std::map<std::string, SeenEntry> entries_below(const std::string& root, const std::string& folder);

}  // namespace labkit
