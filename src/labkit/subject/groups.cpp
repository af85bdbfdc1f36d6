#include "labkit/subject/groups.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::exists;
using slipway::write_file;

// A group that was removed while it was in use: its folder is gone, or its open files are dead.
bool is_vanished(const slipway::Error& error) {
  return error.code() == ENOENT || error.code() == ENODEV;
}

void make_folder(const Tree& tree, const std::string& folder, const std::string& parent) {
  if (::mkdir(folder.c_str(), 0755) == -1 && errno != EEXIST)
    check(-1, "make the group {}", folder);
  if (tree.version == 2 || !tree.has("cpuset")) return;
  for (const char* list : {"/cpuset.cpus", "/cpuset.mems"}) {
    if (slipway::read_file(folder + list) != "\n") continue;
    const std::string all = slipway::read_file(parent + list);
    if (all == "\n") throw slipway::Error(fmt::format("{}{} is still empty", parent, list), ENODEV);
    write_file(folder + list, all);
  }
}

// What this machine cannot hand down is left out: a lab that needs it is blocked before it starts.
void hand_down_all(const std::string& folder) {
  for (const std::string& line : slipway::read_lines(folder + "/cgroup.controllers")) {
    for (const std::string& controller : slipway::split(line, ' ')) {
      try {
        if (!controller.empty()) write_file(folder + "/cgroup.subtree_control", "+" + controller);
      } catch (const slipway::Error& error) {
        if (is_vanished(error)) throw;
      }
    }
  }
}

// A delegated group's owner may make groups in it and move processes about, and nothing more:
// the limits in its own files stay root's. Kernel: admin-guide/cgroup-v2, "Delegation".
void give(const std::string& folder, uid_t owner) {
  check(::chown(folder.c_str(), owner, owner), "give {} to user {}", folder, owner);
  for (const char* file :
       {"/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control", "/tasks"}) {
    const std::string path = folder + file;
    if (exists(path)) check(::chown(path.c_str(), owner, owner), "give {} to user {}", path, owner);
  }
}

void write_where_it_is(const std::string& file, std::string_view value) {
  if (exists(file)) write_file(file, value);
}

void set_limits(const std::string& folder, const Limits& limits) {
  const std::string memory = fmt::format("{}", limits.memory);
  write_where_it_is(folder + "/memory.max", memory);
  write_where_it_is(folder + "/memory.swap.max", "0");
  write_where_it_is(folder + "/memory.limit_in_bytes", memory);
  write_where_it_is(folder + "/memory.memsw.limit_in_bytes", memory);
  write_where_it_is(folder + "/pids.max", fmt::format("{}", limits.processes));
  write_where_it_is(folder + "/cgroup.max.descendants", "200");  // v1 has no such limit
}

// From the top down: on v1 a group below a frozen one stays frozen.
void thaw_below(const std::string& folder) {
  try {
    write_where_it_is(folder + "/freezer.state", "THAWED");
  } catch (const slipway::Error&) {  // a group that is just going away
  }
  for (const std::string& group : groups_in(folder)) thaw_below(group);
}

bool is_gone(const std::string& folder) {
  return !exists(folder);
}

void kill_members(const std::string& folder) {
  try {
    if (exists(folder + "/cgroup.kill")) write_file(folder + "/cgroup.kill", "1");
  } catch (const slipway::Error&) {  // the group is just going away
  }
  thaw_below(folder);
  for (pid_t pid : members_below(folder))
    if (pid > 0) ::kill(pid, SIGKILL);
}

void remove_folders(const std::string& folder) {
  for (const std::string& group : groups_in(folder)) remove_folders(group);
  ::rmdir(folder.c_str());
}

}  // namespace

Groups::Groups(const std::string& name, const Limits& limits, uid_t owner)
    : name_(name), trees_(trees()) {
  try {
    for (const Tree& tree : trees_) make(tree, limits, owner);
  } catch (...) {
    remove_groups(name_);
    throw;
  }
}

Groups::~Groups() {
  remove_groups(name_);
}

void Groups::make(const Tree& tree, const Limits& limits, uid_t owner) const {
  const std::string ours = tree.mount + "/slipway";
  const std::string own = folder(tree);
  // Another run's end may remove an empty `slipway` between two of these steps: then once more.
  for (int attempts = 0;; ++attempts) {
    try {
      make_folder(tree, ours, tree.mount);
      if (tree.version == 2) hand_down_all(tree.mount);
      if (tree.version == 2) hand_down_all(ours);
      make_folder(tree, own, ours);
      break;
    } catch (const slipway::Error& error) {
      if (!is_vanished(error) || attempts == 100) throw;
    }
  }
  set_limits(own, limits);
  if (tree.version == 2) hand_down_all(own);
  make_folder(tree, own + "/top", own);
  give(own + "/top", owner);
  make_folder(tree, own + "/top/session", own + "/top");
  give(own + "/top/session", owner);
}

void Groups::join_top(pid_t pid) const {
  for (const Tree& tree : trees_)
    write_file(folder(tree) + "/top/cgroup.procs", fmt::format("{}", pid));
}

void Groups::join_session(pid_t pid) const {
  for (const Tree& tree : trees_)
    write_file(folder(tree) + "/top/session/cgroup.procs", fmt::format("{}", pid));
}

void Groups::hand_down() const {
  for (const Tree& tree : trees_)
    if (tree.version == 2) hand_down_all(folder(tree) + "/top");
}

void Groups::thaw() const {
  for (const Tree& tree : trees_)
    if (tree.version == 1 && tree.has("freezer")) thaw_below(folder(tree));
}

std::string Groups::folder(const Tree& tree) const {
  return tree.mount + "/slipway/" + name_;
}

std::vector<pid_t> Groups::members() const {
  return trees_.empty() ? std::vector<pid_t>{} : members_below(folder(trees_.front()));
}

bool remove_groups(const std::string& name) {
  bool all_gone = true;
  for (const Tree& tree : trees()) {
    const std::string folder = tree.mount + "/slipway/" + name;
    useconds_t pause = 1'000;
    // A killed member leaves its group when it is reaped or a little later, so rmdir needs
    // patience.
    for (int attempts = 0; attempts < 100 && !is_gone(folder); ++attempts) {
      kill_members(folder);
      remove_folders(folder);
      if (is_gone(folder)) break;
      ::usleep(pause);
      pause = std::min<useconds_t>(2 * pause, 100'000);
    }
    all_gone &= is_gone(folder);
    ::rmdir((tree.mount + "/slipway").c_str());  // stays while other runs have groups in it
  }
  return all_gone;
}

}  // namespace labkit
