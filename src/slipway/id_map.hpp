#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The maps of a user namespace: which user and group inside is which outside.
namespace slipway {

/// A line of /proc/PID/uid_map or gid_map: `count` ids inside, from `inside` on, are as many ids
/// outside, from `outside` on. user_namespaces(7).
struct IdMap {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 0;  ///< At least 1.

  bool operator==(const IdMap&) const = default;
};

/// "INSIDE:OUTSIDE:COUNT", three decimal numbers. Throws Error when `text` is anything else, when
/// the count is 0, and when an id would be greater than 4294967294 (the next one, -1, is nobody's).
IdMap parse_id_map(std::string_view text);

/// The lines of uid_map or gid_map. The ids outside are told as the reader's own user namespace has
/// them, 4294967295 where it has none (of a process in the reader's own namespace: as the namespace
/// above has them). Throws Error.
std::vector<IdMap> id_maps(pid_t pid, std::string_view file);

/// The lines of such a file. Throws Error when one of them is not three numbers.
std::vector<IdMap> parse_id_maps(const std::vector<std::string>& lines);

}  // namespace slipway
