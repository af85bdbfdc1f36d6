// namespace-list: lists the namespaces that the processes of this machine are in, and those that
// only a bind mount keeps. The lesson is lessons/20-namespace-list.md.

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/mount.hpp"
#include "slipway/namespace.hpp"

using namespace slipway;

constexpr char usage[] = "namespace-list";

//! [given]
struct Namespace {
  std::string type;     // "uts", "pid", ...: as its file in /proc/PID/ns is called
  int count = 0;        // how many processes are in it
  pid_t first = 0;      // the lowest of their pids
  std::string kept_at;  // where a bind mount keeps it; empty when none does
};

// A namespace is named by an inode: two of whatever type never have the same.
using Listing = std::map<ino_t, Namespace>;

// The pids of all processes, in numbers; the other names in /proc begin with a letter.
std::vector<pid_t> processes() {
  std::vector<pid_t> pids;
  for (const std::string& name : list_folder("/proc"))
    if (name[0] >= '0' && name[0] <= '9') pids.push_back(static_cast<pid_t>(to_number(name)));
  return pids;
}

// A file of /proc, or nothing in it when the process has ended meanwhile.
std::string read_if_there(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& error) {
    if (error.code() == ENOENT || error.code() == ESRCH) return "";
    throw;
  }
}

// The words of its command line, or its name where there is none (kernel threads, zombies). Both
// may hold any bytes, and must not break the line.
std::string command_of(pid_t pid) {
  std::string text = read_if_there(fmt::format("/proc/{}/cmdline", pid));
  if (text.empty()) {
    text = "[" + read_if_there(fmt::format("/proc/{}/comm", pid));
    text.back() = ']';  // in place of the line's end
  }
  if (text.ends_with('\0')) text.pop_back();
  for (char& byte : text) {
    if (byte == '\0') byte = ' ';
    if (byte > 0 && byte < ' ') byte = '?';
  }
  return text;
}
//! [given]

// Step 1. The inode of the namespace to which a file like /proc/1/ns/uts leads; nothing when it
// leads nowhere (the process has ended) or may not be looked at.
std::optional<ino_t> inode_of([[maybe_unused]] const std::string& path) {
  //! [inode]
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) return info.st_ino;
  if (errno == ENOENT || errno == ESRCH || errno == EACCES) return std::nullopt;
  fail(errno, "look at {}", path);
  //! [inode]
}

// Step 2. Counts a process in each namespace that it is in.
void add_process([[maybe_unused]] Listing& listing, [[maybe_unused]] pid_t pid) {
  //! [process]
  for (const NamespaceKind& kind : namespace_kinds) {
    const auto inode = inode_of(fmt::format("/proc/{}/ns/{}", pid, kind.name));
    if (!inode) continue;  // a zombie has left most of them, and is still in the others
    Namespace& entry = listing[*inode];
    entry.type = kind.name;
    entry.first = entry.count == 0 ? pid : std::min(entry.first, pid);
    ++entry.count;
  }
  //! [process]
}

// Step 3. Adds what this mount keeps, if it is one that keeps a namespace.
void add_kept([[maybe_unused]] Listing& listing, [[maybe_unused]] const Mount& mount) {
  //! [kept]
  if (mount.type != "nsfs") return;
  const size_t colon = mount.root.find(":[");  // "uts:[4026532464]"
  if (colon == std::string::npos || !mount.root.ends_with("]")) return;
  const std::string number = mount.root.substr(colon + 2, mount.root.size() - colon - 3);
  Namespace& entry = listing[static_cast<ino_t>(to_number(number))];
  entry.type = mount.root.substr(0, colon);
  entry.kept_at = mount.target;
  //! [kept]
}

//! [print]
int list() {
  Listing listing;
  for (const pid_t pid : processes()) add_process(listing, pid);
  for (const Mount& mount : mounts()) add_kept(listing, mount);
  for (const auto& [inode, entry] : listing) {
    const bool empty = entry.count == 0;
    fmt::print("{:>10} {:<6} {:>6} {:>7} {}\n", inode, entry.type, entry.count,
               empty ? "-" : fmt::format("{}", entry.first),
               empty ? entry.kept_at : command_of(entry.first));
  }
  return 0;
}
//! [print]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    arguments.end();
    return list();
  });
}
