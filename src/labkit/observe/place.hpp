#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

/// What a process finds at a path, without asking the process.
namespace labkit {

struct SeenPlace {
  mode_t mode = 0;          ///< Its kind and its permissions.
  dev_t device = 0;         ///< Of a device node: its numbers.
  dev_t file_system = 0;    ///< On which it lies.
  long type = 0;            ///< Of that file system: PROC_SUPER_MAGIC and the like. statfs(2).
  unsigned long flags = 0;  ///< ST_RDONLY, ST_NOSUID, ...: of the mount and of the file system.
  bool empty = false;       ///< A folder without a file, or a file that one cannot read a byte of.
  bool has(unsigned long all) const { return (flags & all) == all; }
  bool is_device(unsigned major, unsigned minor) const;  ///< That character device.
};

/// `path` is resolved in the root of the process, links too, and leads nowhere else. Nothing when
/// there is nothing, or the process is gone. Throws slipway::Error.
std::optional<SeenPlace> place_seen_by(pid_t pid, const std::string& path);

}  // namespace labkit
