#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace labkit {

/// The names that a UTS namespace keeps, as uname(2) tells them. uts_namespaces(7).
struct Names {
  std::string host;
  std::string domain;  ///< Of NIS; "(none)" until somebody sets it.
  bool operator==(const Names&) const = default;
};

/// Those that a process sees: a helper process of ours joins its namespace for a moment and asks.
/// Nothing when the process is gone. Throws slipway::Error.
std::optional<Names> names_seen_by(pid_t pid);

}  // namespace labkit
