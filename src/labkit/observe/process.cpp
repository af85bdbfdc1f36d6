#include "labkit/observe/process.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

// A file of /proc, or nothing when its process is gone.
std::optional<std::string> peek(const std::string& path) {
  try {
    return slipway::read_file(path);
  } catch (const slipway::Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return std::nullopt;
    throw;
  }
}

std::vector<pid_t> ids_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  std::vector<std::string> names;
  try {
    names = slipway::list_folder(folder);
  } catch (const slipway::Error& error) {
    if (error.code() != ENOENT && error.code() != ESRCH) throw;
  }
  for (const std::string& name : names)
    if (name.find_first_not_of("0123456789") == std::string::npos)
      numbers.push_back(static_cast<pid_t>(slipway::to_number(name)));
  std::ranges::sort(numbers);
  return numbers;
}

std::string proc(pid_t pid, const std::string& file) {
  return fmt::format("/proc/{}/{}", pid, file);
}

}  // namespace

std::optional<Process> look_at(pid_t pid) {
  const std::optional<std::string> stat = peek(proc(pid, "stat"));
  if (!stat) return std::nullopt;
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  // After "PID (NAME) ": state, parent, ..., the start time is the 20th.
  const auto fields = slipway::split(std::string_view(*stat).substr(name_end + 2), ' ');
  Process process;
  process.pid = pid;
  process.state = fields.at(0).at(0);
  process.parent = static_cast<pid_t>(slipway::to_number(fields.at(1)));
  process.start_time = static_cast<std::uint64_t>(slipway::to_number(fields.at(19)));
  std::string words = peek(proc(pid, "cmdline")).value_or("");
  if (words.ends_with('\0')) words.pop_back();
  if (!words.empty()) process.arguments = slipway::split(words, '\0');
  return process;
}

std::vector<pid_t> all_processes() {
  return ids_in("/proc");
}

std::vector<pid_t> threads_of(pid_t pid) {
  return ids_in(proc(pid, "task"));
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  for (pid_t candidate : all_processes()) {
    const std::optional<Process> process = look_at(candidate);
    if (process && process->parent == pid) children.push_back(candidate);
  }
  return children;
}

std::map<std::string, std::string> cgroups_of(pid_t pid) {
  std::map<std::string, std::string> groups;
  const std::string text = peek(proc(pid, "cgroup")).value_or("");
  for (const std::string& line : slipway::split(text, '\n')) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups[line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
  }
  return groups;
}

ino_t namespace_of(pid_t pid, const std::string& kind) {
  struct stat info;
  return ::stat(proc(pid, "ns/" + kind).c_str(), &info) == 0 ? info.st_ino : 0;
}

std::vector<pid_t> pids_inside(pid_t pid) {
  std::vector<pid_t> pids;
  for (const std::string& word : slipway::split(status_field(pid, "NSpid"), '\t'))
    if (!word.empty()) pids.push_back(static_cast<pid_t>(slipway::to_number(word)));
  return pids;
}

std::vector<pid_t> neighbours_of(pid_t pid, const std::vector<pid_t>& pids) {
  std::vector<pid_t> found;
  const ino_t space = namespace_of(pid, "pid");
  for (const pid_t other : pids)
    if (space != 0 && namespace_of(other, "pid") == space) found.push_back(other);
  return found;
}

std::vector<pid_t> own_pids(const std::vector<pid_t>& pids) {
  std::vector<pid_t> own;
  for (const pid_t pid : pids)
    if (const std::vector<pid_t> inside = pids_inside(pid); !inside.empty())
      own.push_back(inside.back());
  std::ranges::sort(own);
  return own;
}

double cpu_seconds(pid_t pid) {
  double nanoseconds = 0;
  for (pid_t tid : threads_of(pid)) {
    const auto text = peek(fmt::format("/proc/{}/task/{}/schedstat", pid, tid));
    if (text) nanoseconds += static_cast<double>(slipway::to_number(slipway::split(*text, ' ')[0]));
  }
  return nanoseconds / 1e9;
}

std::int64_t resident_bytes(pid_t pid) {
  const std::string field = status_field(pid, "VmRSS");  // "    1234 kB"
  const size_t begin = field.find_first_not_of(" \t");
  if (begin == std::string::npos) return 0;
  return slipway::to_number(field.substr(begin, field.find(' ', begin) - begin)) * 1024;
}

FileId file_id(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? FileId{info.st_dev, info.st_ino} : FileId{};
}

FileId root_of(pid_t pid) {
  return file_id(proc(pid, "root"));
}

FileId working_folder_of(pid_t pid) {
  return file_id(proc(pid, "cwd"));
}

FileId executable_of(pid_t pid) {
  return file_id(proc(pid, "exe"));
}

std::string status_field(pid_t pid, const std::string& key) {
  const std::string text = peek(proc(pid, "status")).value_or("");
  for (const std::string& line : slipway::split(text, '\n'))
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  return "";
}

}  // namespace labkit
