#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The checks' own eyes on processes. They share no line with the core library's, so that a mistake
/// there cannot vouch for itself here. All read /proc; a process that is gone gives "nothing".
namespace labkit {

/// A process as the kernel shows it from outside. proc_pid_stat(5), proc_pid_status(5).
struct Process {
  pid_t pid = 0;     ///< In the checker's pid namespace.
  pid_t parent = 0;  ///< Likewise.
  char state = '?';
  std::uint64_t start_time = 0;        ///< Clock ticks after boot.
  std::vector<std::string> arguments;  ///< Its command line, as it says itself: proves nothing.
};

std::optional<Process> look_at(pid_t pid);

/// All processes of this machine that the checker sees.
std::vector<pid_t> all_processes();

/// The thread ids of a process, sorted; empty when it is gone.
std::vector<pid_t> threads_of(pid_t pid);

/// The pids of its children, sorted, found by asking every process for its parent.
std::vector<pid_t> children_of(pid_t pid);

/// The group of a process in each hierarchy, by the hierarchy's controllers as /proc/PID/cgroup
/// writes them: "cpu,cpuacct", "name=systemd", and "" for cgroup v2.
std::map<std::string, std::string> cgroups_of(pid_t pid);

/// The inode of a namespace, 0 when the process is gone. `kind` as in /proc/PID/ns: "uts", "pid",
/// ...
ino_t namespace_of(pid_t pid, const std::string& kind);

/// Its pid in each pid namespace it is in, the checker's first. Empty when it is gone.
std::vector<pid_t> pids_inside(pid_t pid);

/// Those of `pids` that are in the same pid namespace as `pid`; none when it is gone.
std::vector<pid_t> neighbours_of(pid_t pid, const std::vector<pid_t>& pids);

/// The last of its pids_inside() for each, sorted; who is gone is left out.
std::vector<pid_t> own_pids(const std::vector<pid_t>& pids);

/// CPU time of all its living threads so far, in seconds (from schedstat: nanoseconds, not ticks).
double cpu_seconds(pid_t pid);

/// Memory that it has in use, its own and shared, in bytes; 0 when it is gone.
std::int64_t resident_bytes(pid_t pid);

/// Device and inode of the file that it executes: the one name of a program that it cannot change.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};
FileId executable_of(pid_t pid);
FileId file_id(const std::string& path);

/// The root and the working folder of a process.
FileId root_of(pid_t pid);
FileId working_folder_of(pid_t pid);

/// The value of a line "Key:\tvalue" of /proc/PID/status; empty when the line or process is
/// missing.
std::string status_field(pid_t pid, const std::string& key);

}  // namespace labkit
