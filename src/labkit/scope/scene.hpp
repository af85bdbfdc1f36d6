#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What `lab scope` shows: a process and its children, the namespaces and the control groups they
/// are in, as the kernel has them at one moment.
namespace labkit::scope {

struct Seen {
  pid_t pid = 0;
  pid_t parent = 0;
  int depth = 0;  ///< 0 for the first, or for one whose parent is not shown.
  std::string name;
  char state = '?';                         ///< As in /proc/PID/stat.
  double cpu_seconds = 0;                   ///< Used so far.
  std::int64_t resident = 0;                ///< Bytes of memory it has in use, its own and shared.
  std::map<std::string, ino_t> namespaces;  ///< By kind; 0 where one may not look.
};

/// One thing that a controller says of a group: a limit beside its use, or a text.
struct Reading {
  enum class Unit {
    bytes,
    count,
    processors,  ///< `limit` in microseconds a second; `use` in microseconds, ever growing.
    text,
  };

  std::string controller;
  std::string name;  ///< "memory", "swap", "processes", ...
  std::string file;  ///< The one that holds the limit, or the text.
  Unit unit = Unit::text;
  std::optional<std::int64_t> limit;  ///< Nothing: there is none.
  std::optional<std::int64_t> use;
  std::optional<std::int64_t> peak;
  std::string text;
  std::vector<std::pair<std::string, std::int64_t>> counters;  ///< "nr_throttled", "oom_kill", ...
};

struct Group {
  std::string controllers;  ///< Of its hierarchy: "cpu,cpuacct", "name=systemd", on v2 all it has.
  int version = 0;
  std::string path;    ///< As in /proc/PID/cgroup.
  std::string folder;  ///< Where it is mounted here.
  bool top = false;    ///< The hierarchy's own top, which all of the machine shares.
  size_t shown = 0;    ///< How many of the shown processes are in it, or in groups below.
  size_t members = 0;  ///< All that are.
  std::vector<Reading> readings;
};

struct Scene {
  double seconds = 0;  ///< Of a clock that only goes forward.
  std::vector<Seen> processes;
  std::map<std::string, ino_t> machine;  ///< The namespaces of the first process here.
  std::vector<Group> groups;
};

/// A process and all its descendants, or, given a group's folder or its path below any hierarchy,
/// its members. Throws slipway::Error, with ESRCH when there is no such process or group.
Scene look(const std::string& process_or_group);

/// The groups of these processes: those they are in, and those above that have a limit.
std::vector<Group> groups_of(const std::vector<Seen>& processes);

/// What the controllers of a group's hierarchy say of it.
std::vector<Reading> readings(const std::string& folder, int version,
                              const std::vector<std::string>& controllers);

/// The picture for a terminal. `before` is an earlier look: what was used between the two is shown
/// as a rate.
std::string draw(const Scene& scene, const Scene& before, size_t width, bool colours);

std::string to_json(const Scene& scene, const Scene& before);

/// Processors in use between two looks, by a counter in microseconds; nothing without both.
std::optional<double> rate(std::optional<std::int64_t> now, std::optional<std::int64_t> then,
                           double seconds);

/// The same reading in an earlier look; nothing where it was not there.
const Reading* earlier(const Scene& before, const Group& group, const Reading& reading);

}  // namespace labkit::scope
