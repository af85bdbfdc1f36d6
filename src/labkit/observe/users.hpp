#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The checks' own eyes on user namespaces, from outside. user_namespaces(7).
namespace labkit {

/// A line of a map: `count` ids inside are as many outside, where the checker is.
struct IdRange {
  std::int64_t inside = 0;
  std::int64_t outside = 0;
  std::int64_t count = 0;
  bool operator==(const IdRange&) const = default;
};

/// The file uid_map or gid_map of a process; empty when nobody is mapped, or the process is gone.
std::vector<IdRange> id_map_of(pid_t pid, const std::string& file);

/// "0:1000:1", several with a comma between them; "nobody" for an empty map.
std::string in_words(const std::vector<IdRange>& map);

/// The effective user and group of a process, as the checker's own namespace has them.
struct Ids {
  std::int64_t user = -1;
  std::int64_t group = -1;
  bool operator==(const Ids&) const = default;
};
Ids ids_of(pid_t pid);  ///< -1 for both when it is gone.

/// Its effective capabilities, of which it is not told in which user namespace they count; bit N is
/// capability N. capabilities(7).
std::uint64_t capabilities_of(pid_t pid);

/// Every capability that this kernel has.
std::uint64_t all_capabilities();

}  // namespace labkit
