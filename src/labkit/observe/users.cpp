#include "labkit/observe/users.hpp"

#include <fmt/core.h>

#include <sstream>

#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

// The second of the four numbers in a line of /proc/PID/status: real, effective, saved, file
// system.
std::int64_t effective(pid_t pid, const std::string& key) {
  std::istringstream numbers(status_field(pid, key));
  std::int64_t real = -1;
  std::int64_t id = -1;
  numbers >> real >> id;
  return numbers ? id : -1;
}

}  // namespace

std::vector<IdRange> id_map_of(pid_t pid, const std::string& file) {
  std::string text;
  try {
    text = slipway::read_file(fmt::format("/proc/{}/{}", pid, file));
  } catch (const slipway::Error&) {  // it is gone
    return {};
  }
  std::istringstream lines(text);
  std::vector<IdRange> map;
  for (IdRange range; lines >> range.inside >> range.outside >> range.count;) map.push_back(range);
  return map;
}

std::string in_words(const std::vector<IdRange>& map) {
  std::string text;
  for (const IdRange& range : map)
    text += fmt::format("{}{}:{}:{}", text.empty() ? "" : ",", range.inside, range.outside,
                        range.count);
  return text.empty() ? "nobody" : text;
}

Ids ids_of(pid_t pid) {
  return {effective(pid, "Uid"), effective(pid, "Gid")};
}

std::uint64_t capabilities_of(pid_t pid) {
  const std::string digits = status_field(pid, "CapEff");
  return digits.empty() ? 0 : std::stoull(digits, nullptr, 16);
}

std::uint64_t all_capabilities() {
  const auto last = slipway::to_number(slipway::read_lines("/proc/sys/kernel/cap_last_cap").at(0));
  return (std::uint64_t{2} << last) - 1;
}

}  // namespace labkit
