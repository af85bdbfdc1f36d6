#include "slipway/task.hpp"

#include <vector>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace slipway {

std::optional<Task> find_task(pid_t pid, pid_t tid) {
  try {
    return parse_task(read_file(fmt::format("/proc/{}/task/{}/stat", pid, tid)));
  } catch (const Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
}

Task parse_task(const std::string& text) {
  // "TID (NAME) STATE PARENT ...": the name may hold anything, so the last parenthesis ends it.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string::npos || open == 0 || close == std::string::npos || close < open)
    throw Error(fmt::format("\"{}\" is not a line of /proc/PID/stat", text));
  const std::vector<std::string> fields = split(std::string_view(text).substr(close + 1), ' ');
  // fields[0] is the empty text before the state, so field N of the manual page is fields[N - 2].
  if (fields.size() < 21 || fields[1].size() != 1)
    throw Error(fmt::format("\"{}\" is not a line of /proc/PID/stat", text));
  Task task;
  task.tid = static_cast<pid_t>(to_number(std::string_view(text).substr(0, open - 1)));
  task.name = text.substr(open + 1, close - open - 1);
  task.state = fields[1][0];
  task.parent = static_cast<pid_t>(to_number(fields[2]));
  task.start_time = static_cast<std::uint64_t>(to_number(fields[20]));
  return task;
}

}  // namespace slipway
